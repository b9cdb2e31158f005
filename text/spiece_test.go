package text

import (
	"encoding/binary"
	"math"
	"slices"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// trainer and normalizer are a model's numbers by their fields.
type numbers map[protowire.Number]uint64

func (n numbers) message() (out []byte) {
	for _, field := range []protowire.Number{3, 4, 5, 24, 35} {
		if value, has := n[field]; has {
			out = protowire.AppendVarint(protowire.AppendTag(out, field, protowire.VarintType), value)
		}
	}
	return out
}

// modelFile writes a tokenizer.model.
func modelFile(tokens []string, scores []float32, types []int32, trainer, normalizer numbers, table string) string {
	var out []byte
	message := func(field protowire.Number, b []byte) {
		out = protowire.AppendBytes(protowire.AppendTag(out, field, protowire.BytesType), b)
	}
	for i, token := range tokens {
		b := protowire.AppendString(protowire.AppendTag(nil, 1, protowire.BytesType), token)
		b = protowire.AppendFixed32(protowire.AppendTag(b, 2, protowire.Fixed32Type), math.Float32bits(scores[i]))
		message(1, protowire.AppendVarint(protowire.AppendTag(b, 3, protowire.VarintType), uint64(types[i])))
	}
	message(2, trainer.message())
	b := normalizer.message()
	if table != "" {
		b = protowire.AppendString(protowire.AppendTag(b, 2, protowire.BytesType), table)
	}
	message(3, b)
	return string(out)
}

// unknownModel has no bytes, so that there are unknown characters.
func unknownModel(trainer, normalizer numbers) string {
	tokens, scores, types := pieceTokens()
	return modelFile(slices.Delete(tokens, 3, 259), slices.Delete(scores, 3, 259), slices.Delete(types, 3, 259), trainer, normalizer, "")
}

// smallModel is of SentencePiece's BPE, as Llama has it.
func smallModel(trainer, normalizer numbers, changes map[string]int32) string {
	tokens, scores, types := pieceTokens()
	for i, token := range tokens {
		if kind, has := changes[token]; has {
			types[i] = kind
		}
	}
	return modelFile(tokens, scores, types, trainer, normalizer, "")
}

var llamaConfig = `{"tokenizer_class": "LlamaTokenizer"}`

func TestSentencePiece(t *testing.T) {
	bpe, plain := numbers{3: 2, 35: 1}, numbers{4: 0}
	for _, c := range []struct {
		model, config, text, want string
	}{
		{smallModel(bpe, plain, nil), llamaConfig, "abab  a", "<s>| |ab|ab| | a"},
		{smallModel(bpe, plain, nil), llamaConfig, "a<s>é", "<s>| a|<0x3C>|<0x73>|<0x3E>|<0xC3>|<0xA9>"},
		{smallModel(bpe, nil, nil), llamaConfig, "  ab  a ", "<s>| |ab| a"},
		{smallModel(bpe, numbers{3: 0, 4: 0}, nil), llamaConfig, "ab", "<s>|ab"},
		{smallModel(bpe, plain, map[string]int32{"ba": pieceUser}), llamaConfig, "abab", "<s>| a|ba|b"},
		{unknownModel(numbers{3: 2}, plain), llamaConfig, "éxa", "<s>| |<unk>|a"},
		{smallModel(numbers{3: 1, 35: 1}, plain, nil), `{"add_bos_token": false, "add_eos_token": true}`, "abaé", " a|ba|<0xC3>|<0xA9>|</s>"},
		{unknownModel(numbers{}, nil), `{"tokenizer_class": "T5Tokenizer"}`, " xyba", " |<unk>|ba|</s>"},
		{smallModel(bpe, plain, nil), llamaConfig, "", "<s>"},
	} {
		readsAs(t, folderOf(t, map[string]string{"tokenizer.model": c.model, "tokenizer_config.json": c.config}), c.text, c.want)
	}
}

// charsTable is a table that maps "ab" to "x" and "a" to "yz", as Darts-clone
// lays it out: the first unit's offset leads to the units of bytes.
func charsTable() string {
	units := make([]uint32, 512)
	units[0] = 256 << 10          // the root's children are at 256 ^ byte
	units[256^'a'] = 1<<8 | 'a'   // a key ends here
	units[256^'a'] |= 128 << 10   // its value and children are at 256^'a'^128
	at := uint32(256 ^ 'a' ^ 128) //
	units[at] = 1<<31 | 2         // "yz"
	units[at^'b'] = 1<<8 | 'b' | 7<<10
	units[at^'b'^7] = 1 << 31 // "x"
	table := binary.LittleEndian.AppendUint32(nil, uint32(4*len(units)))
	for _, unit := range units {
		table = binary.LittleEndian.AppendUint32(table, unit)
	}
	return string(table) + "x\x00yz\x00"
}

func TestCharsMap(t *testing.T) {
	table, ok := newCharsMap(charsTable())
	n := spNormal{table: table, whole: newLexicon(map[string]int32{"aab": 1})}
	if got := n.apply("abaca aab"); !ok || got != "xyzcyz▁aab" {
		t.Error(got, ok)
	}
	for _, blob := range []string{"\x01", "\x04\x00\x00\x00", "\x03\x00\x00\x00abcd", "\xff\xff\xff\xff", "\x00\x00\x00\x00", "\x04\x00\x00\x00abcd\xff"} {
		if _, ok := newCharsMap(blob); ok {
			t.Errorf("%q", blob)
		}
	}
}

func TestHostileSentencePiece(t *testing.T) {
	tokens, scores, types := pieceTokens()
	bpe := numbers{3: 2, 35: 1}
	whole := smallModel(bpe, nil, nil)
	for want, c := range map[string]struct{ model, config string }{
		"it has no pieces":                      {"", llamaConfig},
		"no SentencePiece model: unexpected":    {whole[:len(whole)/2], llamaConfig},
		"no SentencePiece model":                {"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", llamaConfig},
		"treat_whitespace_as_suffix":            {smallModel(numbers{3: 2, 24: 1}, nil, nil), llamaConfig},
		"escape_whitespaces false":              {smallModel(bpe, numbers{5: 0}, nil), llamaConfig},
		"its model_type 3 is neither":           {smallModel(numbers{3: 3, 35: 1}, nil, nil), llamaConfig},
		"a Unigram with pieces of the user":     {smallModel(numbers{3: 1}, nil, map[string]int32{"ab": pieceUser}), llamaConfig},
		`"ab", is of type 5`:                    {smallModel(bpe, nil, map[string]int32{"ab": pieceUnused}), llamaConfig},
		"pieces 0 and 260 are both":             {smallModel(bpe, nil, map[string]int32{"a": pieceUnknown}), llamaConfig},
		"no piece is the unknown one":           {smallModel(bpe, nil, map[string]int32{"<unk>": pieceNormal}), llamaConfig},
		"byte_fallback: 1 of the tokens":        {smallModel(bpe, nil, map[string]int32{"<0x41>": pieceNormal}), llamaConfig},
		"byte_fallback without pieces":          {modelFile([]string{"<unk>", "a"}, scores, []int32{2, 1}, bpe, nil, ""), llamaConfig},
		"or the other way round":                {smallModel(numbers{3: 2}, nil, nil), llamaConfig},
		`piece 1, "<unk>", is empty`:            {modelFile([]string{"<unk>", "<unk>"}, scores, []int32{2, 1}, bpe, nil, ""), llamaConfig},
		`piece 1, "\xff", is empty, no UTF-8`:   {modelFile([]string{"<unk>", "\xff"}, scores, []int32{2, 1}, bpe, nil, ""), llamaConfig},
		`piece 1, "a", has score NaN`:           {modelFile([]string{"<unk>", "a"}, []float32{0, float32(math.NaN())}, []int32{2, 1}, bpe, nil, ""), llamaConfig},
		"its table of characters is damaged":    {modelFile(tokens, scores, types, bpe, nil, "abc"), llamaConfig},
		"nothing says which special tokens":     {whole, `{}`},
		"(tokenizer_class is \"XTokenizer\")":   {whole, `{"tokenizer_class": "XTokenizer"}`},
		"special token -1 is not":               {modelFile([]string{"<unk>"}, scores, []int32{2}, numbers{3: 2}, nil, ""), llamaConfig},
		"tokenizer_config.json: invalid charac": {whole, `nonsense`},
	} {
		tok, err := LoadTokenizer(folderOf(t, map[string]string{"tokenizer.model": c.model, "tokenizer_config.json": c.config}))
		if failsWith(t, err, want); tok != nil {
			t.Errorf("%s: a tokenizer all the same", want)
		}
	}
}

func FuzzSentencePiece(f *testing.F) {
	tokens, scores, types := pieceTokens()
	f.Add([]byte(smallModel(numbers{3: 2, 35: 1}, nil, map[string]int32{"ba": pieceUser})), "ab  é<s>")
	f.Add([]byte(modelFile(tokens[:300-36], scores, types, numbers{3: 1}, nil, charsTable())), "ab  é<s>")
	f.Fuzz(func(t *testing.T, raw []byte, text string) {
		m, err := parseSentencePiece(raw)
		var p *pipeline
		if err == nil {
			p, err = m.pipeline(settings{Class: "LlamaTokenizer"})
		}
		if err != nil {
			failsWith(t, err, "")
			return
		}
		encodes(t, p, text)
	})
}

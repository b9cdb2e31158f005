package text

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"
)

// said is a Source that is what a GGUF file says of itself.
type said map[string]any

func (s said) File(string) (string, bool) { return "", false }
func (s said) Metadata() map[string]any   { return s }
func (s said) Config() map[string]any     { return nil }

// ggufOf writes short keys in full, and changes some.
func ggufOf(parts, changes object) said {
	out := said{}
	for key, value := range without(parts, changes) {
		out["tokenizer.ggml."+key] = value
	}
	return out
}

func byteNames() (names []string) {
	for b := range 256 {
		names = append(names, byteToken(byte(b)))
	}
	return names
}

// pieceTokens are tokens of SentencePiece's kind, with scores and types.
func pieceTokens() (tokens []string, scores []float32, types []int32) {
	tokens = append(append([]string{"<unk>", "<s>", "</s>"}, byteNames()...), "▁", "a", "b", "ab", "▁a", "ba")
	scores = append(make([]float32, 259), -10, -11, -12, -1, -2, -1) // ab before ▁a, and before ba where both may be
	types = append([]int32{2, 3, 3}, slices.Repeat([]int32{6}, 256)...)
	return tokens, scores, append(types, 1, 1, 1, 1, 1, 1)
}

var (
	ggufBytes = object{"model": "gpt2", "pre": "smollm", "tokens": strings.Fields(byteTokens + " 12"), "merges": []string{"a b", "Ġ ab", "Ã ©", "1 2"},
		"token_type": append([]int32{3}, slices.Repeat([]int32{1}, 15)...), "bos_token_id": uint32(0)}
	ggufBERT = object{"model": "bert", "tokens": []string{"[UNK]", "[CLS]", "[SEP]", "▁ab", "c", "▁!"}, "token_type": []int32{3, 3, 3, 1, 1, 1}}
)

func ggufPieces() object {
	tokens, scores, types := pieceTokens()
	return object{"model": "llama", "tokens": tokens, "scores": scores, "token_type": types, "bos_token_id": uint32(1), "eos_token_id": uint32(2)}
}

func TestGGUFTokenizers(t *testing.T) {
	for _, c := range []struct {
		from said
		text string
		want string
	}{
		{ggufOf(ggufBytes, nil), "ab 12<s>é", "ab| |1|2|<s>|é"},
		{ggufOf(ggufBytes, object{"pre": "gpt-2", "add_bos_token": true}), "ab 12", "<s>|ab| |12"},
		{ggufOf(ggufBytes, object{"pre": "llama-bpe"}), "abc 12", "<s>|abc| |12"},
		{ggufOf(ggufBytes, object{"pre": "llama-bpe", "add_bos_token": false, "add_eos_token": true, "eos_token_id": int64(1)}), "abc 12", "abc| |12|a"},
		{ggufOf(ggufBytes, object{"pre": "qwen2"}), "abc 12", "ab|c| |1|2"},
		{ggufOf(ggufBytes, object{"token_type": nil}), "<s>", ""},
		{ggufOf(ggufPieces(), nil), "abab a", "<s>| |ab|ab| a"},
		{ggufOf(ggufPieces(), nil), "bab", "<s>| |ba|b"},
		{ggufOf(ggufPieces(), object{"add_space_prefix": false, "add_eos_token": true}), "aé<s> a", "<s>|a|<0xC3>|<0xA9>|<s>| a|</s>"},
		{ggufOf(ggufPieces(), nil), "", "<s>"},
		{ggufOf(ggufBERT, nil), "ABC ab!", "[CLS]|ab|##c|ab|!|[SEP]"},
		{ggufOf(ggufBERT, object{"tokens": list{"[UNK]", "[CLS]", "[SEP]", "▁ab", "c", "▁!"}, "token_type": list{3.0, 3.0, 3.0, 1.0, 1.0, 1.0}}), "ab", "[CLS]|ab|[SEP]"},
	} {
		readsAs(t, c.from, c.text, c.want)
	}
}

func TestHostileGGUFTokenizers(t *testing.T) {
	for want, from := range map[string]said{
		`tokenizer.ggml.model "rwkv"`:            ggufOf(ggufBytes, object{"model": "rwkv"}),
		`tokenizer.ggml.model ""`:                ggufOf(ggufBytes, object{"model": uint8(1)}),
		`tokenizer.ggml.pre "default"`:           ggufOf(ggufBytes, object{"pre": "default"}),
		`tokenizer.ggml.pre "" is not supported`: ggufOf(ggufBytes, object{"pre": nil}),
		"tokenizer.ggml.tokens is no list":       ggufOf(ggufBytes, object{"tokens": nil}),
		"tokens is no list of strings":           ggufOf(ggufBytes, object{"tokens": list{1}}),
		`token 1, "a", is empty, no UTF-8`:       ggufOf(ggufBytes, object{"tokens": []string{"a", "a"}}),
		`token 0, "\xff", is empty, no`:          ggufOf(ggufBytes, object{"tokens": []string{"\xff"}}),
		`token 0, "", is empty`:                  ggufOf(ggufBytes, object{"tokens": []string{""}}),
		"token_type is no list of 16 numbers":    ggufOf(ggufBytes, object{"token_type": []int32{1}}),
		"token_type: entry 0 is no finite":       ggufOf(ggufBytes, object{"tokens": []string{"a"}, "token_type": []string{"a"}}),
		"merges is no list":                      ggufOf(ggufBytes, object{"merges": []string{}}),
		`merges: "ab" is no pair`:                ggufOf(ggufBytes, object{"merges": []string{"ab"}}),
		`"x" is no token`:                        ggufOf(ggufBytes, object{"merges": []string{"a x"}}),
		"bos_token_id is no token":               ggufOf(ggufBytes, object{"add_bos_token": true, "bos_token_id": uint32(99)}),
		"scores or token_type are missing":       ggufOf(ggufPieces(), object{"scores": nil}),
		"scores: entry 4 is no finite":           ggufOf(ggufPieces(), object{"scores": append(make([]float32, 4), append([]float32{float32(math.NaN())}, make([]float32, 260)...)...)}),
		"not all of <0x00> to <0xFF>":            ggufOf(ggufPieces(), object{"token_type": slices.Repeat([]int32{1}, 265)}),
		"eos_token_id is no token":               ggufOf(ggufPieces(), object{"add_eos_token": true, "eos_token_id": 1.5}),
		"has no token [CLS]":                     ggufOf(ggufBERT, object{"tokens": []string{"[UNK]"}, "token_type": []int8{3}}),
		"token_type is missing":                  ggufOf(ggufBERT, object{"token_type": nil}),
		"has a line end":                         ggufOf(ggufBERT, object{"tokens": []string{"[UNK]\n"}, "token_type": []int8{3}}),
		"the vocabulary has capital letters":     ggufOf(ggufBERT, object{"tokens": []string{"[UNK]", "[CLS]", "[SEP]", "▁Ab"}, "token_type": []int8{3, 3, 3, 1}}),
	} {
		tok, err := LoadTokenizer(from)
		if failsWith(t, err, want); tok != nil {
			t.Errorf("%s: a tokenizer all the same", want)
		}
	}
}

// A tokenizer.json helps out where metadata is refused, and only there.
func TestTokenizerJSONBesideGGUF(t *testing.T) {
	for pre, want := range map[string]int{"default": 17, "smollm": 16} {
		metadata, err := json.Marshal(ggufOf(ggufBytes, object{"pre": pre}))
		if err != nil {
			t.Fatal(err)
		}
		tok, err := LoadTokenizer(folderOf(t, map[string]string{"metadata.json": string(metadata), "tokenizer.json": smallFiles["bytes"]}))
		if err != nil || tok.Size() != want {
			t.Errorf("%s: %v, %v", pre, tok, err)
		}
	}
}

// FuzzGGUFTokenizers changes metadata, written as JSON.
func FuzzGGUFTokenizers(f *testing.F) {
	for _, parts := range []said{ggufOf(ggufBytes, nil), ggufOf(ggufPieces(), nil), ggufOf(ggufBERT, nil)} {
		raw, err := json.Marshal(parts)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw, "ab <s> é1\n")
	}
	f.Fuzz(func(t *testing.T, raw []byte, text string) {
		var from said
		if json.Unmarshal(raw, &from) != nil || from["tokenizer.ggml.model"] == nil {
			return
		}
		tok, err := LoadTokenizer(from)
		if err != nil {
			failsWith(t, err, "")
			return
		}
		encodes(t, tok, text)
	})
}

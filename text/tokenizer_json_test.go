package text

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

type object = map[string]any
type list = []any

// tokenizerJSON is a file with these parts.
func tokenizerJSON(parts object) string {
	file := object{"version": "1.0", "truncation": nil, "padding": nil, "added_tokens": list{}, "normalizer": nil, "pre_tokenizer": nil, "post_processor": nil, "decoder": nil}
	maps.Copy(file, parts)
	raw, err := json.Marshal(file)
	if err != nil {
		panic(err)
	}
	return string(raw)
}

// vocabOf numbers tokens, which blanks part.
func vocabOf(tokens string) object {
	ids := object{}
	for i, token := range strings.Fields(tokens) {
		ids[token] = i
	}
	return ids
}

// special is an added token with its id.
func special(id int, content string, more object) object {
	token := object{"id": id, "content": content, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true}
	maps.Copy(token, more)
	return token
}

func bpeModel(tokens string, merges list, more object) object {
	model := object{"type": "BPE", "dropout": nil, "unk_token": nil, "fuse_unk": false, "byte_fallback": false, "ignore_merges": false, "vocab": vocabOf(tokens), "merges": merges}
	maps.Copy(model, more)
	return model
}

func template(ids object, steps ...string) object {
	var single list
	named := object{}
	for _, step := range steps {
		kind := "SpecialToken"
		if step == "A" {
			kind = "Sequence"
		} else {
			named[step] = object{"id": step, "ids": list{ids[step]}, "tokens": list{step}}
		}
		single = append(single, object{kind: object{"id": step, "type_id": 0}})
	}
	return object{"type": "TemplateProcessing", "single": single, "pair": list{}, "special_tokens": named}
}

// Small tokenizers of every structure.
var (
	byteTokens = "<s> a b c Ġ Ċ Ã © 1 2 ' ab Ġab Ã© abc"
	byteMerges = list{list{"a", "b"}, list{"Ġ", "ab"}, list{"Ã", "©"}}
	byteCut    = object{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true}
	llama3Cut  = object{"type": "Sequence", "pretokenizers": list{
		object{"type": "Split", "pattern": object{"Regex": llama3Pattern}, "behavior": "Isolated", "invert": false},
		object{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false}}}

	smallFiles = map[string]string{
		"bytes": tokenizerJSON(object{"model": bpeModel(byteTokens, byteMerges, nil), "pre_tokenizer": byteCut,
			"added_tokens": list{special(0, "<s>", nil), special(15, "<mask>", object{"lstrip": true}), special(16, "cab", object{"normalized": true, "single_word": true, "special": false})}}),
		"llama3": tokenizerJSON(object{"model": bpeModel(byteTokens, byteMerges, object{"ignore_merges": true}), "pre_tokenizer": llama3Cut, "added_tokens": list{special(0, "<s>", nil)},
			"post_processor": object{"type": "Sequence", "processors": list{object{"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": false, "use_regex": true}, template(vocabOf("<s>"), "<s>", "A")}}}),
		"digits": tokenizerJSON(object{"model": bpeModel(byteTokens+" 12 Ġ1", list{"1 2", "Ġ 1"}, nil), "pre_tokenizer": object{"type": "Sequence", "pretokenizers": list{
			object{"type": "Digits", "individual_digits": true}, byteCut}}}),
		"metaspace": tokenizerJSON(object{"model": bpeModel("<unk> a b ▁ ▁a", list{"▁ a"}, object{"unk_token": "<unk>", "fuse_unk": true}),
			"added_tokens": list{special(0, "<unk>", nil)}, "pre_tokenizer": object{"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": true}}),
		"prepend": tokenizerJSON(object{"model": bpeModel("<unk> a b ▁ ▁a", list{"▁ a"}, object{"unk_token": "<unk>"}),
			"added_tokens": list{special(0, "<unk>", nil)}, "normalizer": object{"type": "Sequence", "normalizers": list{object{"type": "Prepend", "prepend": "▁"}, object{"type": "Replace", "pattern": object{"String": " "}, "content": "▁"}}}}),
		"bert": tokenizerJSON(object{"model": object{"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 5, "vocab": vocabOf("[UNK] [CLS] [SEP] ab ##c a !")},
			"normalizer": object{"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": nil, "lowercase": true}, "pre_tokenizer": object{"type": "BertPreTokenizer"},
			"added_tokens": list{special(0, "[UNK]", nil), special(1, "[CLS]", nil), special(2, "[SEP]", nil)}, "post_processor": template(vocabOf("[UNK] [CLS] [SEP]"), "[CLS]", "A", "[SEP]"),
			"truncation": object{"max_length": 2}}),
		"roberta": tokenizerJSON(object{"model": bpeModel(byteTokens+" </s>", byteMerges, nil), "pre_tokenizer": byteCut,
			"post_processor": object{"type": "RobertaProcessing", "sep": list{"</s>", 15}, "cls": list{"<s>", 0}, "trim_offsets": true, "add_prefix_space": false}}),
		"unigram": tokenizerJSON(object{"model": object{"type": "Unigram", "unk_id": 0, "byte_fallback": false, "vocab": list{list{"<unk>", 0}, list{"a", -1}, list{"b", -2}, list{"ab", -2.5}, list{"▁", -3}}},
			"pre_tokenizer": object{"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true}}),
	}
)

// The tokens are those of the reference, tokenizers 0.23.3.
func TestTokenizerJSON(t *testing.T) {
	for name, cases := range map[string]map[string]string{
		"bytes":     {"": "", "ab abc": "ab| ab|c", "é\n": "é|\n", "\u00ea": "<0xC3>", "a <mask> <s>": "a|<mask>| |<s>", "cab! acab": "cab| |a|c|ab", "ab'12": "ab|'|1|2"},
		"llama3":    {"abc": "<s>|abc", " ab": "<s>| ab", "\tab": "<s>|ab", "1212": "<s>|1|2|1|2", "": "<s>", "<s>": "<s>|<s>"},
		"digits":    {"12 12": "1|2| |1|2", "a1": "a|1"},
		"metaspace": {"a a": " a| a", "xx": " |<unk>", "a<unk>a": " a|<unk>|a", " a": " a", "": ""},
		"prepend":   {"a a": " a| a", "xx": " |<unk>|<unk>", "a<unk>a": " a|<unk>| a", " a": " | a", "": ""},
		"bert":      {"ABC a!": "[CLS]|ab|##c|a|!|[SEP]", "": "[CLS]|[SEP]", "aaaaaa ab[SEP]": "[CLS]|[UNK]|ab|[SEP]|[SEP]", "ábc": "[CLS]|ab|##c|[SEP]"},
		"roberta":   {"abé": "<s>|ab|é|</s>"},
		"unigram":   {"ab aab": " |ab| |a|ab", "xyab": " |<unk>|ab", "bab": " |b|ab"},
	} {
		tok := load(t, smallFiles[name])
		for text, want := range cases {
			ids, err := tok.EncodeModel(text)
			var tokens []string
			for _, id := range ids {
				tokens = append(tokens, tok.Token(id))
			}
			if got := strings.Join(tokens, "|"); err != nil || got != want {
				t.Errorf("%s: %q: %q, want %q, %v", name, text, got, want, err)
			}
		}
		if _, err := tok.Encode("a\xff"); err == nil || !strings.Contains(err.Error(), "byte 1") {
			t.Errorf("%s: %v", name, err)
		}
		if tok.Token(-1) != "" || tok.Token(tok.Size()) != "" || len(tok.Specials()) == 0 != (name == "digits" || name == "unigram") {
			t.Errorf("%s: %d tokens, specials %v", name, tok.Size(), tok.Specials())
		}
	}
}

// load writes a tokenizer.json and reads it.
func load(t testing.TB, file string) Tokenizer {
	t.Helper()
	tok, err := LoadTokenizer(folderOf(t, map[string]string{"tokenizer.json": file}))
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

func folderOf(t testing.TB, files map[string]string) folder {
	dir := t.TempDir()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return folder(dir)
}

// How pieces are cut, for each behaviour of Split, as the reference does it.
func TestSplitBehaviours(t *testing.T) {
	for behaviour, want := range map[string]string{"Removed": "a|b", "Isolated": "-|a|-|-|b|-", "MergedWithPrevious": "-|a-|-|b-", "MergedWithNext": "-a|-|-b|-", "Contiguous": "-|a|--|b|-"} {
		for _, matches := range []func(string) []piece{literal("-"), each(func(r rune) bool { return r == '-' })} {
			var got []string
			splitter{matches: matches, behaviour: behaviour}.cut("-a--b-", true, func(part string) { got = append(got, part) })
			if strings.Join(got, "|") != want {
				t.Errorf("%s: %q, want %s", behaviour, got, want)
			}
		}
	}
	var got []string
	splitter{matches: literal("-"), behaviour: "Removed", invert: true}.cut("-a-", true, func(part string) { got = append(got, part) })
	if !slices.Equal(got, []string{"-", "-"}) {
		t.Error(got)
	}
}

// A tokenizer may be used by several goroutines at once.
func TestTokenizersAtOnce(t *testing.T) {
	text := strings.Repeat("ab <s> abé 12\n a\u0301\u0323", 30)
	for name, file := range smallFiles {
		tok := load(t, file)
		want, err := tok.EncodeModel(text)
		if err != nil {
			t.Fatal(err)
		}
		var group sync.WaitGroup
		for range 4 {
			group.Go(func() {
				if got, err := tok.EncodeModel(text); err != nil || !slices.Equal(got, want) {
					t.Errorf("%s: other ids", name)
				}
			})
		}
		group.Wait()
	}
}

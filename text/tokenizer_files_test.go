package text

import (
	"strings"
	"testing"
)

const (
	smallVocabJSON = `{"a": 0, "b": 1, "Ġ": 2, "ab": 3, "Ġab": 4, "1": 5, "<|endoftext|>": 6, "<s>": 7, "</s>": 8, "<mask>": 9, "12": 10, "2": 11}`
	smallMerges    = "#version: 0.2\na b\nĠ ab\n1 2\n"
)

func TestTokenizerFiles(t *testing.T) {
	cased := strings.Replace(smallVocab, "unk\n", "Un\n", 1)
	for _, c := range []struct {
		files      map[string]string
		text, want string
	}{
		{map[string]string{"vocab.json": smallVocabJSON, "merges.txt": smallMerges}, "ab ab12<|endoftext|>", "ab| ab|12|<|endoftext|>"},
		{map[string]string{"vocab.json": smallVocabJSON, "merges.txt": smallMerges, "tokenizer_config.json": `{"tokenizer_class":"GPT2TokenizerFast","add_prefix_space":true,"add_bos_token":true}`}, "ab", "<|endoftext|>| ab"},
		{map[string]string{"vocab.json": smallVocabJSON, "merges.txt": smallMerges, "config.json": `{"model_type":"roberta"}`}, "ab <mask>", "<s>|ab|<mask>|</s>"},
		{map[string]string{"vocab.json": smallVocabJSON, "merges.txt": strings.ReplaceAll(smallMerges, "\n", "\r\n"), "config.json": `{"model_type":"qwen2"}`}, "ab ab12", "ab| ab|1|2"},
		{map[string]string{"vocab.json": smallVocabJSON, "merges.txt": smallMerges, "tokenizer_config.json": `{"added_tokens_decoder":{"12":{"content":"xx","special":true}}}`}, "xxab<s>", "xx|ab"},
		{map[string]string{"vocab.txt": smallVocab}, "Unaffable [SEP]", "[CLS]|un|##aff|##able|[SEP]|[SEP]"},
		{map[string]string{"vocab.txt": cased, "tokenizer_config.json": `{"do_lower_case":false}`}, "Un Café", "[CLS]|Un|[UNK]|[SEP]"},
		{map[string]string{"vocab.txt": cased, "tokenizer_config.json": `{"do_lower_case":true,"strip_accents":false}`}, "Un Ä", "[CLS]|un|ä|[SEP]"},
	} {
		readsAs(t, folderOf(t, c.files), c.text, c.want)
	}
}

// readsAs checks the tokens, joined by |, that a model gets of text.
func readsAs(t *testing.T, from Source, text, want string) {
	t.Helper()
	tok, err := LoadTokenizer(from)
	if err != nil {
		t.Errorf("%q: %v", text, err)
		return
	}
	ids, err := tok.EncodeModel(text)
	var tokens []string
	for _, id := range ids {
		tokens = append(tokens, tok.Token(id))
	}
	if got := strings.Join(tokens, "|"); err != nil || got != want {
		t.Errorf("%q: %q, want %q, %v", text, got, want, err)
	}
}

func TestHostileTokenizerFiles(t *testing.T) {
	for want, files := range map[string]map[string]string{
		"no merges.txt beside it":             {"vocab.json": smallVocabJSON},
		"merges.txt: line 2, \"ab\", is no":   {"vocab.json": smallVocabJSON, "merges.txt": "a b\nab\n"},
		`"x" is no token`:                     {"vocab.json": smallVocabJSON, "merges.txt": "a x\n"},
		"vocab.json: the vocabulary is no":    {"vocab.json": "[]", "merges.txt": smallMerges},
		"vocab.json: unexpected EOF":          {"vocab.json": `{"a":`, "merges.txt": smallMerges},
		"vocab.json: half of a surrogate":     {"vocab.json": `{"\udc00": 0}`, "merges.txt": ""},
		`merges.txt of "opt" are not`:         {"vocab.json": smallVocabJSON, "merges.txt": smallMerges, "config.json": `{"model_type":"opt"}`},
		"add_eos_token is not supported":      {"vocab.json": smallVocabJSON, "merges.txt": smallMerges, "tokenizer_config.json": `{"add_eos_token":true}`},
		"the vocabulary has no token <s>":     {"vocab.json": `{"a":0}`, "merges.txt": "", "config.json": `{"model_type":"roberta"}`},
		`added_tokens_decoder: id "x"`:        {"vocab.json": smallVocabJSON, "merges.txt": smallMerges, "tokenizer_config.json": `{"added_tokens_decoder":{"x":{}}}`},
		"added_tokens_decoder: unknown field": {"vocab.json": smallVocabJSON, "merges.txt": smallMerges, "tokenizer_config.json": `{"added_tokens_decoder":{"1":{"x":1}}}`},
		`a vocab.txt of "MPNetTokenizer"`:     {"vocab.txt": smallVocab, "tokenizer_config.json": `{"tokenizer_class":"MPNetTokenizer"}`},
		"do_basic_tokenize false":             {"vocab.txt": smallVocab, "tokenizer_config.json": `{"do_basic_tokenize":false}`},
		"has capital letters, and nothing":    {"vocab.txt": smallVocab + "Un\n"},
		"has no token [UNK]":                  {"vocab.txt": "a\n"},
	} {
		tok, err := LoadTokenizer(folderOf(t, files))
		if failsWith(t, err, want); tok != nil {
			t.Errorf("%s: a tokenizer all the same", want)
		}
	}
}

func FuzzVocabMerges(f *testing.F) {
	f.Add([]byte(smallVocabJSON), []byte(smallMerges), "GPT2Tokenizer", "ab 12<s>")
	f.Add([]byte(smallVocabJSON), []byte(smallMerges), "RobertaTokenizer", "ab 12<mask>")
	f.Fuzz(func(t *testing.T, vocab, merges []byte, class, text string) {
		p, err := settings{Class: class}.byteLevel(vocab, merges)
		if err != nil {
			failsWith(t, err, "")
			return
		}
		encodes(t, p, text)
	})
}

func FuzzSettings(f *testing.F) {
	f.Add([]byte(`{"tokenizer_class":"BertTokenizer","do_lower_case":false,"added_tokens_decoder":{"1":{"content":"[UNK]","special":true}}}`), "Unaffable [SEP]")
	f.Fuzz(func(t *testing.T, config []byte, text string) {
		tok, err := LoadTokenizer(folderOf(t, map[string]string{"vocab.txt": smallVocab, "tokenizer_config.json": string(config)}))
		if err != nil {
			failsWith(t, err, "")
			return
		}
		encodes(t, tok, text)
	})
}

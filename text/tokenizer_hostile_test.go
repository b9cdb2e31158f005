package text

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// without is a part of a file with some of its keys changed.
func without(part object, changes object) object {
	out := maps.Clone(part)
	maps.Copy(out, changes)
	return out
}

// What a file asks for that is not supported, and what is wrong with it, is
// said in one line, with a hint.
func TestHostileTokenizerJSON(t *testing.T) {
	bytes := bpeModel(byteTokens, byteMerges, nil)
	wordPiece := object{"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100, "vocab": vocabOf("[UNK] a")}
	with := func(parts object) string { return tokenizerJSON(without(object{"model": bytes}, parts)) }
	deep := strings.Repeat(`{"type":"Sequence","normalizers":[`, 12) + strings.Repeat("]}", 12)
	for want, file := range map[string]string{
		"EOF":                                   "",
		"unexpected EOF":                        with(nil)[:300],
		"more behind its end":                   with(nil) + "x",
		`unknown field "vocabulary"`:            `{"vocabulary":{}}`,
		"has no model":                          "{}",
		"half of a surrogate pair":              strings.Replace(with(nil), `"abc"`, `"\ud800"`, 1),
		"exceeded max depth":                    strings.Repeat("[", 20000),
		`model "WordLevel" is not supported`:    with(object{"model": object{"type": "WordLevel", "vocab": object{}}}),
		`unknown field "fallback"`:              with(object{"model": without(bytes, object{"fallback": true})}),
		`"dropout" is not supported`:            with(object{"model": without(bytes, object{"dropout": 0.1})}),
		`end_of_word_suffix "</w>"`:             with(object{"model": without(bytes, object{"end_of_word_suffix": "</w>"})}),
		`continuing_subword_prefix "##"`:        with(object{"model": without(bytes, object{"continuing_subword_prefix": "##"})}),
		`unk_token "?" is no token`:             with(object{"model": without(bytes, object{"unk_token": "?"})}),
		"has no vocab":                          with(object{"model": object{"type": "BPE"}}),
		"the vocabulary is no object":           with(object{"model": without(bytes, object{"vocab": list{}})}),
		`token "a" stands twice`:                strings.Replace(with(nil), `"b":2`, `"a":2`, 1),
		`the id of "a" is no whole number`:      with(object{"model": without(bytes, object{"vocab": object{"a": 0.5}})}),
		`token "a" has id -1`:                   with(object{"model": without(bytes, object{"vocab": object{"a": -1}})}),
		`has id 4000000000`:                     with(object{"model": without(bytes, object{"vocab": object{"a": 4e9}})}),
		"1 tokens, but an id 2000000000":        with(object{"model": without(bytes, object{"vocab": object{"a": 2000000000}})}),
		"two tokens have id 3":                  with(object{"model": without(bytes, object{"vocab": object{"a": 3, "b": 3}})}),
		`merge 2, "a" and "x": "x" is no token`: with(object{"model": without(bytes, object{"merges": list{"a b", "a x"}})}),
		`merge 1, "b" and "a": "ba" is no`:      with(object{"model": without(bytes, object{"merges": list{"b a"}})}),
		`merge "ab" is no pair`:                 with(object{"model": without(bytes, object{"merges": list{"ab"}})}),
		"a merge that is no pair of strings":    with(object{"model": without(bytes, object{"merges": list{list{"a"}}})}),
		"byte_fallback behind ByteLevel":        with(object{"model": without(bytes, object{"byte_fallback": true}), "pre_tokenizer": byteCut}),
		"255 of the tokens <0x00> to <0xFF>":    with(object{"model": bpeModel("<0x41>", nil, object{"byte_fallback": true})}),
		`max_input_chars_per_word "0"`:          with(object{"model": without(wordPiece, object{"max_input_chars_per_word": 0})}),
		`max_input_chars_per_word "1000000"`:    with(object{"model": without(wordPiece, object{"max_input_chars_per_word": 1000000})}),
		`unk_token "?" is no token `:            with(object{"model": without(wordPiece, object{"unk_token": "?"})}),
		`model "WordPiece" is not supported`:    with(object{"model": wordPiece, "pre_tokenizer": byteCut}),
		"unk_id 7 is no piece":                  with(object{"model": object{"type": "Unigram", "unk_id": 7, "vocab": list{list{"a", 0}}}}),
		`piece "a" is empty or stands twice`:    with(object{"model": object{"type": "Unigram", "unk_id": nil, "vocab": list{list{"a", 0}, list{"a", 0}}}}),
		"a piece that is no string":             with(object{"model": object{"type": "Unigram", "vocab": list{list{"a"}}}}),
		`normalizer "Precompiled"`:              with(object{"normalizer": object{"type": "Precompiled", "precompiled_charsmap": ""}}),
		"Replace of a regular expression":       with(object{"normalizer": object{"type": "Replace", "pattern": object{"Regex": "a"}, "content": ""}}),
		`unknown field "form"`:                  with(object{"normalizer": object{"type": "NFC", "form": "D"}}),
		"Sequence that makes text many times":   with(object{"normalizer": object{"type": "Sequence", "normalizers": slices.Repeat(list{object{"type": "Replace", "pattern": object{"String": "a"}, "content": "aa"}}, 40)}}),
		"Replace that makes text many times":    with(object{"normalizer": object{"type": "Replace", "pattern": object{"String": "a"}, "content": strings.Repeat("a", 1000)}}),
		"Prepend that makes text many times":    with(object{"normalizer": object{"type": "Prepend", "prepend": strings.Repeat("a", 1000)}}),
		"many deep":                             strings.Replace(with(nil), `"normalizer":null`, `"normalizer":`+deep, 1),
		`pre_tokenizer "Whitespace"`:            with(object{"pre_tokenizer": object{"type": "Whitespace"}}),
		`pre_tokenizer Split by "a+"`:           with(object{"pre_tokenizer": object{"type": "Split", "pattern": object{"Regex": "a+"}, "behavior": "Isolated", "invert": false}}),
		`Split with behavior "Isolate"`:         with(object{"pre_tokenizer": object{"type": "Split", "pattern": object{"String": "a"}, "behavior": "Isolate", "invert": false}}),
		`Metaspace with replacement "__"`:       with(object{"pre_tokenizer": object{"type": "Metaspace", "replacement": "__"}}),
		`prepend_scheme "last"`:                 with(object{"pre_tokenizer": object{"type": "Metaspace", "replacement": "_", "prepend_scheme": "last"}}),
		"goes on behind ByteLevel":              with(object{"pre_tokenizer": object{"type": "Sequence", "pretokenizers": list{byteCut, byteCut}}}),
		`post_processor "Other"`:                with(object{"post_processor": object{"type": "Other"}}),
		"the text has no place":                 with(object{"post_processor": template(vocabOf("<s>"), "<s>")}),
		`"<s>" is none of its special_tokens`:   with(object{"post_processor": without(template(vocabOf("<s>"), "<s>", "A"), object{"special_tokens": object{}})}),
		"special token 99 is not in":            with(object{"post_processor": template(object{"<s>": 99}, "<s>", "A")}),
		"cls and sep are no tokens":             with(object{"post_processor": object{"type": "BertProcessing", "sep": list{"a"}, "cls": nil}}),
		`added token "" is empty`:               with(object{"added_tokens": list{special(0, "", nil)}}),
		`added token "x" is empty or stands`:    with(object{"added_tokens": list{special(15, "x", nil), special(16, "x", nil)}}),
		`added token "a" has id 7`:              with(object{"added_tokens": list{special(7, "a", nil)}}),
		`added token "x" has id 99999999`:       with(object{"added_tokens": list{special(99999999, "x", nil)}}),
		`added token "x" has id 3`:              with(object{"added_tokens": list{special(3, "x", nil)}}),
	} {
		_, err := LoadTokenizer(folderOf(t, map[string]string{"tokenizer.json": file}))
		failsWith(t, err, strings.TrimSuffix(want, " "))
		failsWith(t, err, "tokenizer.json: ")
	}
	_, err := LoadTokenizer(folderOf(t, map[string]string{"tokenizer.json": "\xff"}))
	failsWith(t, err, "no UTF-8")
	_, err = LoadTokenizer(folderOf(t, nil))
	failsWith(t, err, "the model has no tokenizer")
}

// Files from before the model had a name.
func TestOldTokenizerJSON(t *testing.T) {
	for _, name := range []string{"bytes", "bert"} {
		old := strings.NewReplacer(`"type":"BPE",`, "", `"type":"WordPiece",`, "").Replace(smallFiles[name])
		a, _ := load(t, smallFiles[name]).EncodeModel("ab abc")
		b, err := load(t, old).EncodeModel("ab abc")
		if err != nil || fmt.Sprint(a) != fmt.Sprint(b) || len(b) == 0 {
			t.Errorf("%s: %v, want %v, %v", name, b, a, err)
		}
	}
}

// FuzzTokenizerJSON: whatever the file, ids that the tokenizer has, or an error
// of one line.
func FuzzTokenizerJSON(f *testing.F) {
	for _, file := range smallFiles {
		f.Add([]byte(file), "ab <s> é1\n")
	}
	f.Fuzz(func(t *testing.T, raw []byte, text string) {
		p, err := parseTokenizerJSON(raw)
		if err != nil {
			failsWith(t, err, "")
			return
		}
		encodes(t, p, text)
	})
}

// encodes checks that ids are tokens, and that errors are of one line.
func encodes(t *testing.T, tok Tokenizer, text string) {
	t.Helper()
	ids, err := tok.EncodeModel(text)
	if err != nil {
		failsWith(t, err, "")
	}
	for _, id := range ids {
		if id < 0 || id >= tok.Size() {
			t.Fatalf("%q: %d of %d", text, id, tok.Size())
		}
		tok.Token(id)
	}
}

package text

import (
	"encoding/json"
	"strings"
	"unicode"
)

// pattern is what a part of tokenizer.json looks for.
type pattern struct {
	String *string
	Regex  *string
}

// normalizer is any part that changes text.
type normalizer struct {
	Type        string
	Normalizers []json.RawMessage
	Prepend     string
	Pattern     pattern
	Content     string
	StripLeft   bool  `json:"strip_left"`
	StripRight  bool  `json:"strip_right"`
	CleanText   bool  `json:"clean_text"`
	Chinese     bool  `json:"handle_chinese_chars"`
	Accents     *bool `json:"strip_accents"`
	Lowercase   bool
}

// mostGrowth is how many times longer a text may become: files of known models
// need three, and a chain of replacements could fill all memory.
const mostGrowth = 64

// normalizerOf reads a normalizer, and how many times longer it makes text at
// most; nil where there is none.
func normalizerOf(raw json.RawMessage, depth int) (apply func(string) string, growth int, err error) {
	if absent(raw) {
		return nil, 1, nil
	}
	var n normalizer
	name, err := partOf(raw, "normalizer", &n, "Sequence", "NFC", "NFD", "Lowercase", "Strip", "Prepend", "Replace", "BertNormalizer")
	growth = 1
	switch {
	case err != nil:
		return nil, 1, err
	case name == "Sequence":
		return normalizersOf(n.Normalizers, depth+1)
	case name == "Replace" && (n.Pattern.String == nil || *n.Pattern.String == ""):
		return nil, 1, unsupported("normalizer", "Replace of a regular expression")
	case name == "Replace":
		growth = max(1, len(n.Content)/len(*n.Pattern.String))
	case name == "Prepend":
		growth += len(n.Prepend)
	case name == "BertNormalizer":
		growth = 4 // blanks about ideographs, accents apart
	}
	if growth > mostGrowth {
		return nil, 1, unsupported("normalizer", name+" that makes text many times longer")
	}
	return n.step(name), growth, nil
}

// step returns what a normalizer of this name does.
func (n normalizer) step(name string) func(string) string {
	switch name {
	case "NFC":
		return nfc
	case "NFD":
		return nfd
	case "Lowercase":
		return lowered
	case "Strip":
		return stripper(n.StripLeft, n.StripRight)
	case "Prepend":
		return func(s string) string { return prefixed(n.Prepend, s) }
	case "Replace":
		return func(s string) string { return strings.ReplaceAll(s, *n.Pattern.String, n.Content) }
	}
	return bertNormal{n.CleanText, n.Chinese, isTrue(n.Accents, n.Lowercase), n.Lowercase}.apply
}

// normalizersOf reads a Sequence.
func normalizersOf(list []json.RawMessage, depth int) (apply func(string) string, growth int, err error) {
	if depth > deepest {
		return nil, 1, unsupported("normalizer", "Sequence within Sequences, many deep")
	}
	var steps []func(string) string
	growth = 1
	for _, raw := range list {
		step, more, err := normalizerOf(raw, depth)
		if growth *= more; err == nil && growth > mostGrowth {
			err = unsupported("normalizer", "Sequence that makes text many times longer")
		}
		if err != nil {
			return nil, 1, err
		}
		if step != nil {
			steps = append(steps, step)
		}
	}
	return func(s string) string {
		for _, step := range steps {
			s = step(s)
		}
		return s
	}, growth, nil
}

func stripper(left, right bool) func(string) string {
	return func(s string) string {
		if left {
			s = strings.TrimLeftFunc(s, unicode.IsSpace)
		}
		if right {
			s = strings.TrimRightFunc(s, unicode.IsSpace)
		}
		return s
	}
}

func prefixed(prefix, s string) string {
	if s == "" {
		return s
	}
	return prefix + s
}

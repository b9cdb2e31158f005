package text

import (
	"encoding/json"
	"slices"
)

// cuttersOf reads a pre-tokenizer as its steps, and whether words end up as
// bytes.
func cuttersOf(raw json.RawMessage, depth int) (steps []cutter, byteLevel bool, err error) {
	if absent(raw) {
		return nil, false, nil
	}
	t := preTokenizer{UseRegex: true, Split: true, PrependScheme: "always"}
	name, err := partOf(raw, "pre_tokenizer", &t, "Sequence", "ByteLevel", "Split", "Digits", "Metaspace", "BertPreTokenizer", "WhitespaceSplit", "Punctuation")
	if err != nil {
		return nil, false, err
	}
	if name == "Sequence" {
		return cutterList(t.PreTokenizers, depth+1)
	}
	steps, err = t.steps(name)
	return steps, name == "ByteLevel", err
}

// preTokenizer is any part that cuts text.
type preTokenizer struct {
	Type           string
	PreTokenizers  []json.RawMessage `json:"pretokenizers"`
	AddPrefixSpace *bool             `json:"add_prefix_space"`
	TrimOffsets    bool              `json:"trim_offsets"`
	UseRegex       bool              `json:"use_regex"`
	Pattern        pattern
	Behavior       string
	Invert         bool
	Individual     bool `json:"individual_digits"`
	Replacement    string
	StrRep         string `json:"str_rep"`
	PrependScheme  string `json:"prepend_scheme"`
	Split          bool
}

// cutterList reads a Sequence. Bytes come last, or the parts behind them would
// cut what stands for bytes.
func cutterList(list []json.RawMessage, depth int) (steps []cutter, byteLevel bool, err error) {
	if depth > deepest || len(list) > 64 {
		return nil, false, unsupported("pre_tokenizer", "Sequence of so many parts")
	}
	for _, raw := range list {
		if byteLevel {
			return nil, false, unsupported("pre_tokenizer", "Sequence that goes on behind ByteLevel")
		}
		more, bytes, err := cuttersOf(raw, depth)
		if err != nil {
			return nil, false, err
		}
		steps, byteLevel = append(steps, more...), bytes
	}
	return steps, byteLevel, nil
}

func (t preTokenizer) steps(name string) ([]cutter, error) {
	switch name {
	case "ByteLevel":
		return t.byteSteps(), nil
	case "Split":
		return t.splitSteps()
	case "Digits":
		behaviour := "Contiguous"
		if t.Individual {
			behaviour = "Isolated"
		}
		return []cutter{splitter{matches: each(isDigit), behaviour: behaviour}.cut}, nil
	case "Punctuation":
		if !behaviours[t.Behavior] {
			return nil, unsupported("pre_tokenizer Punctuation with behavior", t.Behavior)
		}
		return []cutter{splitter{matches: each(punctuation), behaviour: t.Behavior}.cut}, nil
	case "Metaspace":
		return t.metaspaceSteps()
	case "WhitespaceSplit":
		return []cutter{blankCut}, nil
	}
	return []cutter{bertCut}, nil
}

func (t preTokenizer) byteSteps() (steps []cutter) {
	if t.AddPrefixSpace != nil && *t.AddPrefixSpace {
		steps = append(steps, spaceBefore)
	}
	if t.UseRegex {
		steps = append(steps, wordRule{}.cut)
	}
	return steps
}

func (t preTokenizer) splitSteps() ([]cutter, error) {
	s := splitter{behaviour: t.Behavior, invert: t.Invert}
	if !behaviours[t.Behavior] {
		return nil, unsupported("pre_tokenizer Split with behavior", t.Behavior)
	}
	switch {
	case t.Pattern.String != nil && *t.Pattern.String != "":
		s.matches = literal(*t.Pattern.String)
	case t.Pattern.Regex != nil:
		rule, known := wordRules[*t.Pattern.Regex]
		if !known {
			return nil, unsupported("pre_tokenizer Split by", *t.Pattern.Regex)
		}
		if t.Behavior == "Isolated" && !t.Invert || t.Behavior == "Removed" && t.Invert {
			return []cutter{rule.cut}, nil // the same, without a list of all words
		}
		s.matches = wordsOf(rule)
	default:
		return nil, unsupported("pre_tokenizer", "Split without a pattern")
	}
	return []cutter{s.cut}, nil
}

func (t preTokenizer) metaspaceSteps() ([]cutter, error) {
	never := t.AddPrefixSpace != nil && !*t.AddPrefixSpace
	switch {
	case len([]rune(t.Replacement)) != 1:
		return nil, unsupported("pre_tokenizer Metaspace with replacement", t.Replacement)
	case !slices.Contains([]string{"always", "first", "never"}, t.PrependScheme), never && t.PrependScheme != "never":
		return nil, unsupported("pre_tokenizer Metaspace with prepend_scheme", t.PrependScheme)
	}
	return []cutter{metaspace{t.Replacement, t.PrependScheme, t.Split}.cut}, nil
}

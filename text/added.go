package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// addedToken is a token that text may spell out, such as <s>.
type addedToken struct {
	ID         int32  `json:"id"`
	Content    string `json:"content"`
	SingleWord bool   `json:"single_word"` // only where no word goes on before or behind it
	LStrip     bool   `json:"lstrip"`      // takes the blanks before it
	RStrip     bool   `json:"rstrip"`      // takes the blanks behind it
	Normalized bool   `json:"normalized"`  // is looked for in normalized text
	Special    bool   `json:"special"`
}

// added finds tokens in text, from left to right the longest. It is not changed
// once made.
type added struct {
	tokens map[int32]addedToken
	find   *lexicon
}

// newAdded takes the tokens to look for by the text that spells them.
func newAdded(tokens []addedToken, spelled func(string) string) *added {
	a := &added{map[int32]addedToken{}, nil}
	ids := map[string]int32{}
	for _, t := range tokens {
		a.tokens[t.ID] = t
		ids[spelled(t.Content)] = t.ID
	}
	a.find = newLexicon(ids)
	return a
}

// part is a token, or text between tokens.
type part struct {
	id   int32 // -1: text
	text string
}

// parts cuts text at its tokens.
func (a *added) parts(text string) (out []part) {
	if len(a.tokens) == 0 {
		return []part{{-1, text}}
	}
	from := 0 // what is left begins here
	for at := 0; at < len(text); {
		id, size := a.find.longest(text[at:])
		start, end := at, at+size
		if at = max(end, at+1); size == 0 { // entries are whole characters: none begins within one
			continue
		}
		t := a.tokens[id]
		if t.SingleWord && (wordBefore(text[:start]) || wordAfter(text[end:])) {
			continue
		}
		if t.LStrip {
			start = max(from, len(strings.TrimRightFunc(text[:start], unicode.IsSpace)))
		}
		if t.RStrip {
			end = len(text) - len(strings.TrimLeftFunc(text[end:], unicode.IsSpace))
		}
		if from < start {
			out = append(out, part{-1, text[from:start]})
		}
		out = append(out, part{id, text[start:end]})
		from = end
	}
	if from < len(text) {
		out = append(out, part{-1, text[from:]})
	}
	return out
}

// wordRune tells a character of words: \w of Unicode.
func wordRune(r rune) bool {
	return unicode.In(r, unicode.L, unicode.M, unicode.Nd, unicode.Nl, unicode.Pc, unicode.Other_Alphabetic, unicode.Join_Control) || within(r, words16)
}

func wordBefore(text string) bool {
	r, size := utf8.DecodeLastRuneInString(text)
	return size > 0 && wordRune(r)
}

func wordAfter(text string) bool {
	r, size := utf8.DecodeRuneInString(text)
	return size > 0 && wordRune(r)
}

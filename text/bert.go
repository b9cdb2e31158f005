package text

import (
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"
)

// bertNormal follows BertNormalizer of the tokenizers library, in the order of
// its fields.
type bertNormal struct {
	clean   bool // control characters are dropped, all blanks are spaces
	chinese bool // ideographs are words of their own
	accents bool // are dropped
	lower   bool // letters are small
}

// uncased is what uncased models take.
var uncased = bertNormal{true, true, true, true}

func (b bertNormal) apply(text string) string {
	if b.clean {
		text = strings.Map(cleaned, text)
	}
	if b.chinese {
		text = apart(text)
	}
	if b.accents {
		text = strings.Map(bare, nfd(text))
	}
	if b.lower {
		text = lowered(text)
	}
	return text
}

// cleaned maps a character; what is not UTF-8 reads as U+FFFD.
func cleaned(r rune) rune {
	switch {
	case r == 0 || r == unicode.ReplacementChar || control(r):
		return -1
	case unicode.IsSpace(r):
		return ' '
	}
	return r
}

// apart puts spaces about ideographs.
func apart(text string) string {
	var out strings.Builder
	for _, r := range text {
		if ideograph(r) {
			out.WriteString(" " + string(r) + " ")
		} else {
			out.WriteRune(r)
		}
	}
	return out.String()
}

// bare drops accents.
func bare(r rune) rune {
	if r >= 0x300 && (unicode.Is(unicode.Mn, r) && !within(r, bertNoAccents) || within(r, bertAccents)) {
		return -1
	}
	return r
}

// lowered maps letters one by one, so that sigma is the same at a word's end.
func lowered(text string) string {
	return strings.Map(lower, strings.ReplaceAll(text, "\u0130", "i\u0307"))
}

// words follows BertPreTokenizer: words end at blanks, and every punctuation
// character is one.
func words(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for word := range strings.FieldsSeq(text) {
			for len(word) > 0 {
				end := strings.IndexFunc(word, punctuation)
				if end < 0 {
					end = len(word)
				} else if end == 0 {
					_, end = utf8.DecodeRuneInString(word)
				}
				if !yield(word[:end]) {
					return
				}
				word = word[end:]
			}
		}
	}
}

// control characters, for BERT, are also those of formats and private use.
func control(r rune) bool {
	return r != '\t' && r != '\n' && r != '\r' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co) && !within(r, bertNoControls)
}

// punctuation characters, for BERT, are also the symbols of ASCII, as $ and +.
func punctuation(r rune) bool {
	if r < utf8.RuneSelf {
		return unicode.In(r, unicode.P, unicode.S)
	}
	return unicode.Is(unicode.P, r) && !within(r, bertNoMarks) || within(r, bertMarks)
}

// ideograph follows the library, which has 2B920 where BERT's own code has
// 2B820.
func ideograph(r rune) bool {
	return 0x4E00 <= r && r <= 0x9FFF || 0x3400 <= r && r <= 0x4DBF || 0xF900 <= r && r <= 0xFAFF ||
		0x20000 <= r && r <= 0x2A6DF || 0x2A700 <= r && r <= 0x2B73F || 0x2B740 <= r && r <= 0x2B81F ||
		0x2B920 <= r && r <= 0x2CEAF || 0x2F800 <= r && r <= 0x2FA1F
}

package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// wordRule says what a word is for byte-level BPE. The patterns of the known
// families differ in these points only; they are followed by hand, since no
// library in Go runs them and calls the same characters letters.
type wordRule struct {
	anyCase  bool // 'S and 'ſ are contractions as 's is
	anyLead  bool // letters take any one character before them, not a space alone
	digits   int  // of a number at most; 0: any, and it takes a space before it
	lineEnds bool // punctuation takes line ends behind it, white space ends at its last line end
}

// The rules by the patterns that tokenizer.json has.
var wordRules = map[string]wordRule{
	`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`: {},
	llama3Pattern: {anyCase: true, anyLead: true, digits: 3, lineEnds: true},
	qwen2Pattern:  {anyCase: true, anyLead: true, digits: 1, lineEnds: true},
}

const (
	llama3Pattern = `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
	qwen2Pattern  = `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
)

// cut yields the words of text.
func (w wordRule) cut(text string, _ bool, yield func(string)) {
	for text != "" {
		n := w.first(text)
		yield(text[:n])
		text = text[n:]
	}
}

// first returns the length of the first word of text, which is not empty. The
// alternatives of the pattern are tried in its order.
func (w wordRule) first(text string) int {
	if n := w.contraction(text); n > 0 {
		return n
	}
	kind, lead := kindOf(text)
	switch kind {
	case letter:
		return runOf(letter, text, 0)
	case number:
		return w.number(text)
	}
	next := other
	if lead < len(text) {
		next, _ = kindOf(text[lead:])
	}
	switch {
	case lead < len(text) && next == letter && (text[0] == ' ' || w.anyLead && text[0] != '\r' && text[0] != '\n'):
		return runOf(letter, text, lead)
	case lead < len(text) && next == number && text[0] == ' ' && w.digits == 0:
		return runOf(number, text, lead)
	case kind == other:
		return w.marks(text, 0)
	case text[0] == ' ' && lead < len(text) && next == other:
		return w.marks(text, lead)
	}
	return w.blanks(text)
}

// contraction returns the length of 's, 't, 're, 've, 'm, 'll or 'd at the
// beginning of text, 0 if there is none.
func (w wordRule) contraction(text string) int {
	if text[0] != '\'' {
		return 0
	}
	for _, c := range []string{"s", "t", "re", "ve", "m", "ll", "d"} {
		if strings.HasPrefix(text[1:], c) || w.anyCase && len(text) > len(c) && strings.EqualFold(text[1:1+len(c)], c) {
			return 1 + len(c)
		}
	}
	if w.anyCase && strings.HasPrefix(text[1:], "ſ") { // small s for EqualFold too, but of two bytes
		return 1 + len("ſ")
	}
	return 0
}

func (w wordRule) number(text string) int {
	if w.digits == 0 {
		return runOf(number, text, 0)
	}
	n := 0
	for range w.digits {
		kind, size := kindOf(text[n:])
		if kind != number {
			break
		}
		n += size
	}
	return n
}

// marks returns where what is no letter, number or blank ends that begins at a
// place of text.
func (w wordRule) marks(text string, at int) int {
	end := runOf(other, text, at)
	for w.lineEnds && end < len(text) && (text[end] == '\r' || text[end] == '\n') {
		end++
	}
	return end
}

// blanks returns the length of white space at the beginning of text: to its
// last line end under that rule, and else without its last character where a
// word comes after two or more.
func (w wordRule) blanks(text string) int {
	end := runOf(blank, text, 0)
	if last := strings.LastIndexAny(text[:end], "\r\n"); w.lineEnds && last >= 0 {
		return last + 1
	}
	if _, last := utf8.DecodeLastRuneInString(text[:end]); end < len(text) && last < end {
		return end - last
	}
	return end
}

// kind is a class of characters: \p{L}, \p{N}, \s, or none of them.
type kind int

const (
	other kind = iota
	letter
	number
	blank
)

// kindOf returns the kind and the length of the first character; of an empty
// text other, 0.
func kindOf(text string) (kind, int) {
	if text != "" && 'a' <= text[0] && text[0] <= 'z' {
		return letter, 1
	}
	r, size := utf8.DecodeRuneInString(text)
	switch {
	case size == 0:
		return other, 0
	case unicode.IsSpace(r):
		return blank, size
	case isLetter(r):
		return letter, size
	case isNumber(r):
		return number, size
	}
	return other, size
}

// runOf returns where characters of a kind end that begin at a place of text.
func runOf(k kind, text string, at int) int {
	for at < len(text) {
		have, size := kindOf(text[at:])
		if have != k {
			break
		}
		at += size
	}
	return at
}

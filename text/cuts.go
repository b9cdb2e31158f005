package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// chain lets each part that one cutter yields go through the next.
func chain(steps []cutter) cutter {
	if len(steps) == 0 {
		return func(text string, _ bool, yield func(string)) { yield(text) }
	}
	rest := chain(steps[1:])
	return func(text string, first bool, yield func(string)) {
		steps[0](text, first, func(part string) {
			if part != "" {
				rest(part, first, yield)
				first = false
			}
		})
	}
}

// spaceBefore puts a space before text that has none.
func spaceBefore(text string, _ bool, yield func(string)) {
	if !strings.HasPrefix(text, " ") {
		text = " " + text
	}
	yield(text)
}

// metaspace writes blanks as mark, and puts one before text.
type metaspace struct {
	mark   string
	scheme string // where: always, first (at the very beginning) or never
	split  bool   // every mark begins a part
}

func (m metaspace) cut(text string, first bool, yield func(string)) {
	text = strings.ReplaceAll(text, " ", m.mark)
	if (m.scheme == "always" || m.scheme == "first" && first) && !strings.HasPrefix(text, m.mark) {
		text = m.mark + text
	}
	if m.split {
		splitter{matches: literal(m.mark), behaviour: "MergedWithNext"}.cut(text, first, yield)
	} else {
		yield(text)
	}
}

// splitter cuts text where something matches, as Split of the reference.
type splitter struct {
	matches   func(text string) []piece
	behaviour string // what becomes of the matches
	invert    bool   // of all but the matches
}

// piece is a part of a text, which matches or not.
type piece struct {
	text  string
	match bool
}

// literal matches a string.
func literal(s string) func(string) []piece {
	return func(text string) (out []piece) {
		for text != "" {
			at := strings.Index(text, s)
			if at < 0 {
				return append(out, piece{text, false})
			}
			if at > 0 {
				out = append(out, piece{text[:at], false})
			}
			out = append(out, piece{s, true})
			text = text[at+len(s):]
		}
		return out
	}
}

// each matches characters, one at a time.
func each(is func(rune) bool) func(string) []piece {
	return func(text string) (out []piece) {
		for text != "" {
			at := strings.IndexFunc(text, is)
			if at < 0 {
				return append(out, piece{text, false})
			}
			if at > 0 {
				out = append(out, piece{text[:at], false})
			}
			_, size := utf8.DecodeRuneInString(text[at:])
			out = append(out, piece{text[at : at+size], true})
			text = text[at+size:]
		}
		return out
	}
}

// wordsOf matches the words of a rule, which leave nothing between them.
func wordsOf(w wordRule) func(string) []piece {
	return func(text string) (out []piece) {
		w.cut(text, false, func(word string) { out = append(out, piece{word, true}) })
		return out
	}
}

func (s splitter) cut(text string, _ bool, yield func(string)) {
	pieces := s.matches(text)
	if s.invert {
		for i := range pieces {
			pieces[i].match = !pieces[i].match
		}
	}
	switch s.behaviour {
	case "Removed":
		for _, p := range pieces {
			if !p.match {
				yield(p.text)
			}
		}
		return
	case "MergedWithPrevious":
		pieces = withPrevious(pieces)
	case "MergedWithNext":
		pieces = withNext(pieces)
	case "Contiguous":
		pieces = contiguous(pieces)
	}
	for _, p := range pieces {
		yield(p.text)
	}
}

// withPrevious appends to each piece the match behind it, not what matches
// after that.
func withPrevious(pieces []piece) (out []piece) {
	was := false
	for _, p := range pieces {
		if p.match && !was && len(out) > 0 {
			out[len(out)-1].text += p.text
		} else {
			out = append(out, p)
		}
		was = p.match
	}
	return out
}

// withNext puts before each piece the match that it follows.
func withNext(pieces []piece) (out []piece) {
	for i, p := range pieces {
		merged := p.match && i+1 < len(pieces) && !pieces[i+1].match
		switch {
		case merged:
			continue
		case i > 0 && !p.match && pieces[i-1].match:
			p.text = pieces[i-1].text + p.text
		}
		out = append(out, p)
	}
	return out
}

// contiguous joins neighbours of one kind.
func contiguous(pieces []piece) (out []piece) {
	for _, p := range pieces {
		if n := len(out); n > 0 && out[n-1].match == p.match {
			out[n-1].text += p.text
		} else {
			out = append(out, p)
		}
	}
	return out
}

// behaviours are the names that files have.
var behaviours = map[string]bool{"Removed": true, "Isolated": true, "MergedWithPrevious": true, "MergedWithNext": true, "Contiguous": true}

// bertCut ends words at blanks; every punctuation character is one.
func bertCut(text string, _ bool, yield func(string)) {
	for word := range words(text) {
		yield(word)
	}
}

// blankCut ends words at blanks.
func blankCut(text string, _ bool, yield func(string)) {
	for word := range strings.FieldsFuncSeq(text, unicode.IsSpace) {
		yield(word)
	}
}

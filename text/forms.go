package text

import (
	"slices"

	"golang.org/x/text/unicode/norm"
)

// nfc and nfd are Unicode's normal forms (UAX #15) by the rules that the
// reference library follows: marks that came after its Unicode, 9 or so, keep
// their places. Characters and pairs are asked of golang.org/x/text, whose own
// forms cannot be had with older tables, and break up more than 30 marks in a
// row.
func nfc(text string) string { return normalForm(text, true) }

func nfd(text string) string { return normalForm(text, false) }

func normalForm(text string, compose bool) string {
	if isASCII(text) {
		return text
	}
	var out []rune
	for _, r := range text {
		if r < 0xC0 || r == laterPair {
			out = append(out, r)
		} else {
			out = append(out, []rune(norm.NFD.String(string(r)))...)
		}
	}
	classes := ordered(out)
	if compose {
		out = composed(out, classes)
	}
	return string(out)
}

// laterPair is the one character with a decomposition that the library lacks.
const laterPair = 0x11938

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= 0x80 {
			return false
		}
	}
	return true
}

// ordered sorts every run of marks by their combining classes, which it
// returns.
func ordered(runes []rune) []uint8 {
	type mark struct {
		r     rune
		class uint8
	}
	marks := make([]mark, len(runes))
	for i, r := range runes {
		marks[i] = mark{r, combining(r)}
	}
	for from := 0; from < len(marks); from++ {
		end := from
		for end < len(marks) && marks[end].class != 0 {
			end++
		}
		slices.SortStableFunc(marks[from:end], func(a, b mark) int { return int(a.class) - int(b.class) })
		from = end
	}
	classes := make([]uint8, len(runes))
	for i, m := range marks {
		runes[i], classes[i] = m.r, m.class
	}
	return classes
}

// combining returns a character's combining class, 0 if it is no mark.
func combining(r rune) uint8 {
	if r < 0x300 || within(r, newMarks) {
		return 0
	}
	return norm.NFD.PropertiesString(string(r)).CCC()
}

// composed joins every character with the last one of class 0, unless one in
// between is of the same class or a higher one.
func composed(runes []rune, classes []uint8) []rune {
	out := runes[:0]
	starter, last := -1, -1 // where it is in out, and the class of what came last since
	for i, r := range runes {
		class := int(classes[i])
		if starter >= 0 && last < class {
			if pair, ok := pairOf(out[starter], r); ok {
				out[starter] = pair
				continue
			}
		}
		if last = class; class == 0 {
			starter, last = len(out), -1
		}
		out = append(out, r)
	}
	return out
}

// pairOf composes two characters. None composes with a second one below U+0300.
func pairOf(a, b rune) (rune, bool) {
	if b < 0x300 {
		return 0, false
	}
	pair := []rune(norm.NFC.String(string([]rune{a, b})))
	return pair[0], len(pair) == 1 && pair[0] != laterPair
}

package text

import (
	"encoding/binary"
	"strings"
	"unicode/utf8"
)

// spNormal is SentencePiece's normalizer (normalizer.cc): characters are
// replaced by a table, blanks become marks.
type spNormal struct {
	table  charsMap
	whole  *lexicon // pieces that stay as they are
	prefix bool     // a blank before the text
	strip  bool     // no blanks at the ends, and one at most in between
}

func (n spNormal) apply(text string) string {
	if n.strip {
		text = n.begin(text)
	}
	if text == "" {
		return ""
	}
	var out strings.Builder
	if n.prefix {
		out.WriteString(blankMark)
	}
	for blank := n.strip; text != ""; { // blank: blanks at the beginning of what comes are dropped
		to, size := n.next(text)
		text = text[size:]
		if blank {
			to = strings.TrimLeft(to, " ")
		}
		if to != "" {
			blank = n.strip && strings.HasSuffix(to, " ")
		}
		out.WriteString(strings.ReplaceAll(to, " ", blankMark))
	}
	all := out.String()
	for n.strip && strings.HasSuffix(all, blankMark) {
		all = strings.TrimSuffix(all, blankMark)
	}
	return all
}

// begin drops what becomes a blank at the beginning of text.
func (n spNormal) begin(text string) string {
	for text != "" {
		to, size := n.next(text)
		if to != " " {
			break
		}
		text = text[size:]
	}
	return text
}

// next returns what the beginning of text becomes, and its length.
func (n spNormal) next(text string) (to string, size int) {
	if _, size := n.whole.longest(text); size > 0 {
		return text[:size], size
	}
	if to, size, ok := n.table.longest(text); ok {
		return to, size
	}
	_, size = utf8.DecodeRuneInString(text)
	return text[:size], size
}

// charsMap maps strings to strings: a trie as an array of units (the double
// array of Darts-clone), whose values are places in the texts behind it, each
// ended by a zero byte. The zero value maps nothing.
type charsMap struct {
	units []uint32
	texts string
}

// newCharsMap reads a precompiled_charsmap: the trie's size, the trie, texts.
func newCharsMap(blob string) (charsMap, bool) {
	if blob == "" {
		return charsMap{}, true
	}
	if len(blob) < 4 {
		return charsMap{}, false
	}
	size := int(binary.LittleEndian.Uint32([]byte(blob[:4])))
	if size%4 != 0 || size == 0 || size > len(blob)-4 {
		return charsMap{}, false
	}
	c := charsMap{make([]uint32, size/4), blob[4+size:]}
	for i := range c.units {
		c.units[i] = binary.LittleEndian.Uint32([]byte(blob[4+4*i : 8+4*i]))
	}
	return c, utf8.ValidString(c.texts)
}

// longest returns what the longest key becomes that text begins with.
func (c charsMap) longest(text string) (to string, size int, ok bool) {
	if len(c.units) == 0 {
		return "", 0, false
	}
	at := unitOffset(c.units[0])
	for i := range len(text) {
		at ^= uint32(text[i])
		if int(at) >= len(c.units) || c.units[at]&(1<<31|0xff) != uint32(text[i]) {
			break
		}
		unit := c.units[at]
		at ^= unitOffset(unit)
		if unit>>8&1 == 1 && int(at) < len(c.units) { // a key ends here
			if value := c.units[at] & (1<<31 - 1); int(value) < len(c.texts) {
				to, _, _ = strings.Cut(c.texts[value:], "\x00")
				size, ok = i+1, true
			}
		}
	}
	return to, size, ok
}

func unitOffset(unit uint32) uint32 { return unit >> 10 << (unit & (1 << 9) >> 6) }

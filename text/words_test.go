package text

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// cutByPattern is the plain form of the rules: the pattern itself. The standard
// library knows no (?!\S), so that white space is mended afterwards, and its
// letters are those of Go.
func cutByPattern(pattern, text string) (words []string) {
	pattern = strings.Replace(pattern, `\s+(?!\S)|`, "", 1)
	pattern = strings.ReplaceAll(pattern, `[^\s`, `[^\t-\r\x{85}\p{Z}`)
	re := regexp.MustCompile("^(?:" + strings.ReplaceAll(pattern, `\s`, `[\t-\r\x{85}\p{Z}]`) + ")")
	for text != "" {
		word := re.FindString(text)
		_, last := utf8.DecodeLastRuneInString(word)
		blank := strings.TrimFunc(word, unicode.IsSpace) == ""
		ends := strings.Contains(pattern, `[\r\n]+|`) && strings.ContainsAny(word, "\r\n")
		if blank && !ends && len(word) < len(text) && last < len(word) {
			word = word[:len(word)-last]
		}
		words, text = append(words, word), text[len(word):]
	}
	return words
}

func TestWordRulesAgree(t *testing.T) {
	for pattern, rule := range wordRules {
		rapid.Check(t, func(t *rapid.T) {
			s := strings.Map(func(r rune) rune {
				if within(r, letters16) || within(r, numbers16) {
					return -1
				}
				return r
			}, texts().Draw(t, "text"))
			var got []string
			rule.cut(s, true, func(word string) { got = append(got, word) })
			if want := cutByPattern(pattern, s); !slices.Equal(got, want) {
				t.Fatalf("%s\n%q: %q, want %q", pattern, s, got, want)
			}
		})
	}
}

// What the reference calls letters, numbers and so on has these sizes. They
// are departures from Go's tables of Unicode 15: with other ones, what is in
// unicode.go has to be made again.
func TestUnicodeTables(t *testing.T) {
	if unicode.Version != "15.0.0" {
		t.Errorf("Go has Unicode %s now", unicode.Version)
	}
	for name, c := range map[string]struct {
		is   func(rune) bool
		want int
	}{
		"words": {wordRune, 144667}, "marks": {func(r rune) bool { return combining(r) != 0 }, 814}, "letters": {isLetter, 141028}, "numbers": {isNumber, 1911}, "digits": {isDigit, 1924}, "punctuation": {punctuation, 726},
		"accents":  {func(r rune) bool { return bare(r) < 0 }, 1567},
		"controls": {func(r rune) bool { return control(r) || r == 0 || r == unicode.ReplacementChar }, 137681},
		"capitals": {func(r rune) bool { return r == 0x130 || lower(r) != r }, 1488},
	} {
		n := 0
		for r := rune(0); r <= unicode.MaxRune; r++ {
			if !unicode.Is(unicode.Cs, r) && c.is(r) {
				n++
			}
		}
		if n != c.want {
			t.Errorf("%s: %d characters, want %d", name, n, c.want)
		}
	}
}

func TestLexicon(t *testing.T) {
	l := newLexicon(map[string]int32{"": 9, "a": 0, "ab": 1, "abcd": 2, "b": 3, "é": 4})
	for text, want := range map[string][]int32{"": nil, "abcx": {0, 1}, "abcd": {0, 1, 2}, "b": {3}, "x": nil, "é": {4}, "\xc3": nil} {
		var got []int32
		for id := range l.prefixes(text) {
			got = append(got, id)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		ids := map[string]int32{}
		for i, entry := range rapid.SliceOf(rapid.StringOfN(rapid.RuneFrom([]rune("abé")), 1, 4, -1)).Draw(t, "entries") {
			ids[entry] = int32(i)
		}
		text := rapid.StringOfN(rapid.RuneFrom([]rune("abé")), 0, 8, -1).Draw(t, "text")
		longest, id := 0, int32(0)
		for entry, i := range ids {
			if strings.HasPrefix(text, entry) && len(entry) > longest {
				longest, id = len(entry), i
			}
		}
		if gotID, got := newLexicon(ids).longest(text); got != longest || got > 0 && gotID != id {
			t.Fatalf("%q: %d bytes, want %d", text, got, longest)
		}
	})
}

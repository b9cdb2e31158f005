package text

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

// The forms are those of golang.org/x/text where its tables are not too new
// and there are not too many marks.
func TestFormsAgree(t *testing.T) {
	part := rapid.OneOf(texts(), rapid.SampledFrom([]string{"é", "e\u0301", "ê\u0323", "a\u0323\u0302", "\u1100\u1161\u11a8", "가\u11a8", "\u212b", "\u0958", "\u0344", "\u1e9b\u0323", "\uf900", "\u0cca\u0cd5", "q\u0307\u0323"}),
		rapid.StringOfN(rapid.RuneFrom([]rune("ae\u0300\u0301\u0323\u0327\u0345\u05b0\u3099か")), 0, 6, -1))
	rapid.Check(t, func(t *rapid.T) {
		s := strings.Map(func(r rune) rune {
			if within(r, newMarks) || r == laterPair || 0x11930 <= r && r <= 0x11935 {
				return -1
			}
			return r
		}, strings.Join(rapid.SliceOfN(part, 0, 4).Draw(t, "parts"), ""))
		if got, want := nfc(s), norm.NFC.String(s); got != want {
			t.Fatalf("%+q: %+q, want %+q", s, got, want)
		}
		if got, want := nfd(s), norm.NFD.String(s); got != want {
			t.Fatalf("%+q: %+q, want %+q", s, got, want)
		}
	})
}

// What golang.org/x/text does otherwise: marks of Unicode 14 that stay in
// place, and many marks, which it parts by U+034F.
func TestFormsOfOldTables(t *testing.T) {
	if s := "a\u0898\u0334"; nfc(s) != s || nfd(s) != s {
		t.Errorf("%+q %+q", nfc(s), nfd(s))
	}
	many := "e" + strings.Repeat("\u0300\u0323", 40)
	got := []rune(nfc(many))
	if len(got) != 80 || got[0] != 0x1eb9 || slices.Contains(got, 0x34f) || got[1] != 0x323 || got[79] != 0x300 {
		t.Errorf("%+q", string(got))
	}
	if s := "\U00011938 \U00011935\U00011930"; nfc(s) != s || nfd(s) != s {
		t.Errorf("%+q %+q", nfc(s), nfd(s))
	}
}

package text

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// bestSum tries every way to cut a word.
func (u *unigram) bestSum(ids map[string]int32, word string) float64 {
	if word == "" {
		return 0
	}
	best := math.Inf(-1)
	for end := 1; end <= len(word); end++ {
		if id, has := ids[word[:end]]; has {
			best = max(best, u.scores[id]+u.bestSum(ids, word[end:]))
		}
	}
	return best
}

// The pieces spell the word, and no other pieces that do have a larger sum.
func TestUnigramIsBest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u, ids, texts := &unigram{unknown: -1}, map[string]int32{}, []string{"a", "b", "c"}
		texts = append(texts, rapid.SliceOf(rapid.StringOfN(rapid.RuneFrom([]rune("abc")), 2, 4, -1)).Draw(t, "pieces")...)
		for _, text := range texts {
			if _, has := ids[text]; !has {
				ids[text] = int32(len(ids))
				u.scores = append(u.scores, -float64(rapid.IntRange(1, 20).Draw(t, "score"))) // whole numbers: sums are exact
			}
		}
		u.pieces = newLexicon(ids)
		word := rapid.StringOfN(rapid.RuneFrom([]rune("abc")), 0, 10, -1).Draw(t, "word")
		got, err := u.encode(nil, word)
		if err != nil {
			t.Fatal(err)
		}
		sum, spelled := 0.0, ""
		for _, id := range got {
			sum += u.scores[id]
			for text, i := range ids {
				if i == id {
					spelled += text
				}
			}
		}
		if want := u.bestSum(ids, word); spelled != word || sum != want {
			t.Fatalf("%q: %q of %g, want %g", word, spelled, sum, want)
		}
	})
}

func TestUnigramUnknown(t *testing.T) {
	u := &unigram{pieces: newLexicon(map[string]int32{"a": 0}), scores: []float64{-1}, none: -11, unknown: -1}
	if _, err := u.encode(nil, "aé"); err == nil || !strings.Contains(err.Error(), `no piece for "é"`) {
		t.Error(err)
	}
	u.unknown = 7
	if ids, err := u.encode(nil, "éxaé"); err != nil || len(ids) != 3 || ids[0] != 7 || ids[1] != 0 || ids[2] != 7 {
		t.Error(ids, err)
	}
}

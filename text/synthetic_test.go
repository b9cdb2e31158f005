package text

import (
	"math"
	"slices"
	"testing"
)

func TestSyntheticLanguage(t *testing.T) {
	c := Synthetic{Vocab: 2000, Tokens: 400_000, Seed: 3}
	tokens, err := c.Generate()
	if err != nil {
		t.Fatal(err)
	}
	again, _ := c.Generate()
	c.Seed++
	other, _ := c.Generate()
	if !slices.Equal(tokens, again) || slices.Equal(tokens[:100], other[:100]) {
		t.Error("the tokens do not follow from the seed")
	}
	if len(tokens) < c.Tokens || tokens[len(tokens)-1] != 1999 || slices.Min(tokens) < 0 || slices.Max(tokens) != 1999 {
		t.Error(len(tokens), slices.Min(tokens), slices.Max(tokens))
	}
	counts := make([]float64, 2000)
	for _, v := range tokens {
		counts[v]++
	}
	// Log counts fall by about log 10 from rank 20 to rank 200: exponent 1.
	around := func(r int) (sum float64) {
		for _, n := range counts[r*8/10 : r*12/10] {
			sum += n
		}
		return sum / float64(r*12/10-r*8/10)
	}
	if slope := math.Log(around(20)/around(200)) / math.Log(202.7/22.7); slope < 0.7 || slope > 1.3 {
		t.Errorf("Zipf's exponent is %.2f", slope)
	}
	// Pairs of neighbours recur far more often than in a shuffled text, and
	// passages of eight tokens recur at a distance.
	pairs, passages := map[[2]int32]int{}, map[[8]int32]bool{}
	recur := 0
	for i := 0; i+8 <= len(tokens); i++ {
		pairs[[2]int32(tokens[i:i+2])]++
		if p := [8]int32(tokens[i : i+8]); passages[p] {
			recur++
		} else {
			passages[p] = true
		}
	}
	if share := float64(recur) / float64(len(tokens)); share < 0.05 || share > 0.6 {
		t.Errorf("%.3f of the passages are repeated", share)
	}
	entropy, unigram := 0.0, 0.0
	for p, n := range pairs {
		entropy -= float64(n) * math.Log(float64(n)/counts[p[0]])
	}
	for _, n := range counts {
		if n > 0 {
			unigram -= n * math.Log(n/float64(len(tokens)))
		}
	}
	if gain := (unigram - entropy) / float64(len(tokens)); gain < 1 {
		t.Errorf("a word says %.2f nats of the next", gain)
	}
}

func TestSyntheticRefuses(t *testing.T) {
	for _, c := range []Synthetic{{Vocab: 9, Tokens: 5}, {Vocab: 100}, {Vocab: 100, Tokens: -1}, {Vocab: 1 << 21, Tokens: 1}} {
		if _, err := c.Generate(); err == nil {
			t.Errorf("%+v: no error", c)
		}
	}
}

func BenchmarkSynthetic(b *testing.B) {
	for b.Loop() {
		if _, err := (Synthetic{Vocab: 50_257, Tokens: 1_000_000, Seed: 1}).Generate(); err != nil {
			b.Fatal(err)
		}
	}
}

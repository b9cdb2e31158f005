package text

import (
	"fmt"
	"math/rand/v2"
	"sort"
)

// Synthetic is a made-up language for when there is no text: word frequencies
// fall as Zipf's law says, words have favourite successors, and passages are
// repeated at a distance, so that there is something to learn for embeddings,
// for neighbours and for attention. It says nothing about real text.
//
// A document is drawn token by token. With probability 1/repeatEvery a passage
// of repeatLeast to repeatMost tokens from earlier in the document is repeated;
// else with probability followShare the next token is one of the favourites of
// the last; else it is drawn from the law, by which token r has a probability
// proportional to 1/(r + zipfShift). A document ends with probability
// 1/documentMean after each token, by the last token of the vocabulary.
type Synthetic struct {
	Vocab  int    `json:"vocab"`  // with the token that ends a document
	Tokens int    `json:"tokens"` // at least; the last document is whole
	Seed   uint64 `json:"seed"`
}

const (
	zipfShift    = 2.7
	favourites   = 4
	followShare  = 0.5
	repeatEvery  = 64
	repeatLeast  = 8
	repeatMost   = 32
	documentMean = 700
)

// Check reports a language that cannot be made.
func (s Synthetic) Check() error {
	if s.Vocab < 10 || s.Vocab > 1<<20 {
		return fmt.Errorf("a synthetic language of %d words: want 10 to %d", s.Vocab, 1<<20)
	}
	if s.Tokens < 1 || s.Tokens > 1<<30 {
		return fmt.Errorf("%d tokens of a synthetic language: want 1 to %d", s.Tokens, 1<<30)
	}
	return nil
}

// language is what a Synthetic draws from.
type language struct {
	rng   *rand.Rand
	upTo  []float64 // cumulative weights of the words
	after []int32   // (words,favourites)
}

// Generate returns documents, one after another, each with its last token. The
// same configuration gives the same tokens on every machine.
func (s Synthetic) Generate() ([]int32, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	l := newLanguage(s)
	out := make([]int32, 0, s.Tokens+documentMean)
	for len(out) < s.Tokens {
		out = append(l.document(out), int32(s.Vocab-1))
	}
	return out, nil
}

func newLanguage(s Synthetic) *language {
	words := s.Vocab - 1
	l := &language{rng: rand.New(rand.NewPCG(s.Seed, 0x5a1f)), upTo: make([]float64, words), after: make([]int32, words*favourites)}
	sum := 0.0
	for r := range l.upTo {
		sum += 1 / (float64(r) + zipfShift)
		l.upTo[r] = sum
	}
	for i := range l.after {
		l.after[i] = l.word()
	}
	return l
}

// word draws from Zipf's law.
func (l *language) word() int32 {
	x := l.rng.Float64() * l.upTo[len(l.upTo)-1]
	return int32(min(sort.SearchFloat64s(l.upTo, x), len(l.upTo)-1))
}

// document appends the words of a document.
func (l *language) document(out []int32) []int32 {
	start := len(out)
	out = append(out, l.word())
	for l.rng.IntN(documentMean) > 0 {
		switch last := out[len(out)-1]; {
		case l.rng.IntN(repeatEvery) == 0:
			from := start + l.rng.IntN(len(out)-start)
			n := repeatLeast + l.rng.IntN(repeatMost-repeatLeast+1)
			out = append(out, out[from:min(from+n, len(out))]...)
		case l.rng.Float64() < followShare:
			out = append(out, l.after[int(last)*favourites+l.rng.IntN(favourites)])
		default:
			out = append(out, l.word())
		}
	}
	return out
}

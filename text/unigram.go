package text

import "unicode/utf8"

// unigram cuts a word into the pieces whose scores, logarithms of their
// probabilities, have the largest sum (Kudo 2018), by Viterbi's algorithm. It is
// not changed once made.
type unigram struct {
	pieces *lexicon
	scores []float64 // by id
	none   float64   // score of a character without a piece
	single bool      // sums are rounded to float32, as SentencePiece has them

	unknown  int32       // -1: a character without a piece is an error
	fallback *[256]int32 // ids of the bytes of such characters; nil: unknown is
}

// unknownBelow is how far below all pieces a character without one scores.
const unknownBelow = 10

// reached is the best way to a place in a word.
type reached struct {
	score float64
	from  int   // -1: not reached
	id    int32 // of the piece that ends here; -1: unknown
}

func (u *unigram) encode(ids []int32, word string) ([]int32, error) {
	ways := make([]reached, len(word)+1)
	for i := range ways {
		ways[i].from = -1
	}
	for at := 0; at < len(word); {
		_, char := utf8.DecodeRuneInString(word[at:])
		known := false
		for id, size := range u.pieces.prefixes(word[at:]) {
			u.step(ways, at, size, id, u.scores[id])
			known = known || size == char
		}
		if !known {
			u.step(ways, at, char, -1, u.none)
		}
		at += char
	}
	return u.path(ids, word, ways)
}

// step goes on by a piece, if that is the first or a better way.
func (u *unigram) step(ways []reached, at, size int, id int32, score float64) {
	sum := ways[at].score + score
	if u.single {
		sum = float64(float32(sum))
	}
	if to := &ways[at+size]; to.from < 0 || sum > to.score {
		*to = reached{sum, at, id}
	}
}

// path appends the ids of the best way: unknown characters in a row are one, or
// the bytes of each.
func (u *unigram) path(ids []int32, word string, ways []reached) ([]int32, error) {
	var ends []int
	for end := len(word); end > 0; end = ways[end].from {
		ends = append(ends, end)
	}
	unknown := false // was the last one
	for i := len(ends) - 1; i >= 0; i-- {
		way := ways[ends[i]]
		switch {
		case way.id >= 0:
			ids = append(ids, way.id)
		case u.fallback != nil:
			for _, b := range []byte(word[way.from:ends[i]]) {
				ids = append(ids, u.fallback[b])
			}
		case u.unknown < 0:
			return nil, failf("take that character out of the text", "the vocabulary has no piece for %s, and none for what is unknown", shown(word[way.from:ends[i]]))
		case !unknown:
			ids = append(ids, u.unknown)
		}
		unknown = way.id < 0
	}
	return ids, nil
}

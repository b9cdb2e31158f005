package text

import (
	"iter"
	"slices"
	"sort"
)

// lexicon finds the entries that a text begins with. It is not changed once
// made.
type lexicon struct {
	texts []string // ascending, none empty
	ids   []int32
	at    [257]int // entries that begin with byte b are at[b] to at[b+1]
}

// newLexicon takes each text once, with its id.
func newLexicon(ids map[string]int32) *lexicon {
	l := &lexicon{}
	for text := range ids {
		if text != "" {
			l.texts = append(l.texts, text)
		}
	}
	slices.Sort(l.texts)
	for _, text := range l.texts {
		l.ids = append(l.ids, ids[text])
		l.at[int(text[0])+1]++
	}
	for b := range 256 {
		l.at[b+1] += l.at[b]
	}
	return l
}

// prefixes goes through the entries that text begins with, the shortest first:
// their ids and lengths. With each byte, the entries that still agree become
// fewer.
func (l *lexicon) prefixes(text string) iter.Seq2[int32, int] {
	return func(yield func(int32, int) bool) {
		if text == "" {
			return
		}
		low, high := l.at[text[0]], l.at[int(text[0])+1]
		for n := 1; low < high; n++ {
			if len(l.texts[low]) == n {
				if !yield(l.ids[low], n) {
					return
				}
				low++
			}
			if n == len(text) {
				return
			}
			in := l.texts[low:high]
			from := sort.Search(len(in), func(i int) bool { return in[i][n] >= text[n] })
			to := from + sort.Search(len(in)-from, func(i int) bool { return in[from+i][n] > text[n] })
			low, high = low+from, low+to
		}
	}
}

// longest returns the longest entry that text begins with; size 0: there is
// none.
func (l *lexicon) longest(text string) (id int32, size int) {
	for i, n := range l.prefixes(text) {
		id, size = i, n
	}
	return id, size
}

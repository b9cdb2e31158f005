package text

import (
	"container/heap"
	"unicode/utf8"
)

// bpe is byte-pair encoding (Sennrich et al. 2016): a word falls into bytes or
// characters, and neighbours are joined, the pair of lowest rank first and of
// equals the leftmost, until no pair has a rank. It is not changed once made.
//
// It is written by hand. Of the libraries in Go, tiktoken-go drops U+007F and
// reads no vocabularies; sugarme/tokenizer gave other ids for 306 of 2,242 texts
// with GPT-2's, and panics on bytes without a token; eliben/go-sentencepiece
// reads BPE alone, and panics on characters without a piece.
type bpe struct {
	ids   map[string]int32
	bytes *[256]int32 // the words are bytes, and these their ids, -1 for none; nil: characters
	join  joins

	whole    bool        // a word with an id stays whole (ignore_merges)
	unknown  int32       // for characters without an id; -1: they are dropped
	fuse     bool        // unknown characters in a row are one
	fallback *[256]int32 // ids of the bytes of characters that have none; nil: no such ids
	frozen   *lexicon    // texts that are symbols as they stand and join nothing; may be nil
}

// symbol is a part of a word.
type symbol struct {
	id         int32 // -1: text that has none yet
	start, end int   // in the word
	prev, next int   // symbols; -1: none
	frozen     bool
}

// joins tells the rank and the id of two neighbours joined.
type joins interface {
	joined(word string, a, b *symbol) (rank, id int32, ok bool)
}

// pairs are merges by the ids of both sides.
type pairs map[[2]int32][2]int32

func (p pairs) joined(_ string, a, b *symbol) (rank, id int32, ok bool) {
	m, ok := p[[2]int32{a.id, b.id}]
	return m[0], m[1], ok
}

// spelled are merges by what they make: any neighbours whose text has an id, at
// the rank of that id.
type spelled struct {
	ids   map[string]int32
	ranks []int32 // nil: the id is the rank
}

func (s spelled) joined(word string, a, b *symbol) (rank, id int32, ok bool) {
	if a.frozen || b.frozen {
		return 0, 0, false
	}
	id, ok = s.ids[word[a.start:b.end]]
	if rank = id; ok && s.ranks != nil {
		rank = s.ranks[id]
	}
	return rank, id, ok
}

func (b *bpe) encode(ids []int32, word string) ([]int32, error) {
	if b.whole {
		if id, ok := b.ids[word]; ok {
			return append(ids, id), nil
		}
	}
	symbols := b.symbols(word)
	if len(symbols) > fewSymbols {
		b.mergeMany(word, symbols)
	} else {
		b.mergeFew(word, symbols)
	}
	unknown := false // was the last one
	for i := 0; i < len(symbols) && i >= 0; i = symbols[i].next {
		ids, unknown = b.finish(ids, word, symbols[i], unknown)
	}
	return ids, nil
}

// finish appends the ids of a symbol, for text that has none those of its bytes.
func (b *bpe) finish(ids []int32, word string, s symbol, unknown bool) ([]int32, bool) {
	if s.id >= 0 {
		return append(ids, s.id), false
	}
	if b.fallback != nil {
		for _, c := range []byte(word[s.start:s.end]) {
			ids = append(ids, b.fallback[c])
		}
		return ids, false
	}
	if !unknown || !b.fuse {
		ids = append(ids, b.unknown)
	}
	return ids, true
}

// symbols cuts a word into the parts that merging starts from.
func (b *bpe) symbols(word string) []symbol {
	out := make([]symbol, 0, len(word))
	for at := 0; at < len(word); {
		id, size, frozen := b.first(word, at)
		if id >= 0 || b.unknown >= 0 || b.fallback != nil {
			out = append(out, symbol{id, at, at + size, len(out) - 1, len(out) + 1, frozen})
		}
		at += size
	}
	if len(out) > 0 {
		out[len(out)-1].next = -1
	}
	return out
}

// first returns the symbol at a place in a word.
func (b *bpe) first(word string, at int) (id int32, size int, frozen bool) {
	if b.bytes != nil {
		return b.bytes[word[at]], 1, false
	}
	if b.frozen != nil {
		if id, size := b.frozen.longest(word[at:]); size > 0 {
			return id, size, true
		}
	}
	_, size = utf8.DecodeRuneInString(word[at:])
	if id, ok := b.ids[word[at:at+size]]; ok {
		return id, size, false
	}
	return -1, size, false
}

const fewSymbols = 40

// mergeFew is the plain form: look at all pairs, join the best, again.
func (b *bpe) mergeFew(word string, symbols []symbol) {
	for len(symbols) > 0 {
		best, rank, id := -1, int32(0), int32(0)
		for i := 0; symbols[i].next >= 0; i = symbols[i].next {
			if r, d, ok := b.join.joined(word, &symbols[i], &symbols[symbols[i].next]); ok && (best < 0 || r < rank) {
				best, rank, id = i, r, d
			}
		}
		if best < 0 {
			return
		}
		unite(symbols, best, id)
	}
}

// unite joins a symbol with the next.
func unite(symbols []symbol, i int, id int32) {
	gone := &symbols[symbols[i].next]
	symbols[i].id, symbols[i].end, symbols[i].next = id, gone.end, gone.next
	if gone.next >= 0 {
		symbols[gone.next].prev = i
	}
	gone.start = gone.end // no text is left in it
}

// mergeMany gives what mergeFew does, in time that grows as n log n.
func (b *bpe) mergeMany(word string, symbols []symbol) {
	var queue candidates
	push := func(i int) {
		if i < 0 || symbols[i].next < 0 {
			return
		}
		a, c := &symbols[i], &symbols[symbols[i].next]
		if rank, id, ok := b.join.joined(word, a, c); ok {
			heap.Push(&queue, candidate{rank, id, i, a.end, c.end})
		}
	}
	for i := range symbols {
		push(i)
	}
	for len(queue) > 0 {
		c := heap.Pop(&queue).(candidate)
		s := &symbols[c.at]
		if s.start == s.end || s.end != c.middle || s.next < 0 || symbols[s.next].end != c.end {
			continue // one of both was joined meanwhile
		}
		unite(symbols, c.at, c.id)
		push(s.prev)
		push(c.at)
	}
}

// candidate is a pair that may be joined, as it was when it was found.
type candidate struct {
	rank, id    int32
	at          int // symbol
	middle, end int // of the left, and of both
}

// candidates is a heap: lowest rank first, then leftmost.
type candidates []candidate

func (c candidates) Len() int { return len(c) }
func (c candidates) Less(i, j int) bool {
	return c[i].rank < c[j].rank || c[i].rank == c[j].rank && c[i].at < c[j].at
}
func (c candidates) Swap(i, j int) { c[i], c[j] = c[j], c[i] }
func (c *candidates) Push(x any)   { *c = append(*c, x.(candidate)) }
func (c *candidates) Pop() any {
	last := (*c)[len(*c)-1]
	*c = (*c)[:len(*c)-1]
	return last
}

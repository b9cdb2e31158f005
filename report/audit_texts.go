package report

import (
	"math"
	"slices"

	"keyhull/audit"
)

// Limits of what a page holds of single texts.
const (
	shownTexts  = 3
	shownBytes  = 2_500_000 // of packed keys, less what heads take elsewhere in the page
	headBytes   = 900
	shownMasks  = 4 // of an unselectable key
	shownWeight = 255
)

// AuditTexts gathers what the page shows of single texts, so that they need not
// be kept. Its zero value has none.
type AuditTexts struct {
	texts  []shownText
	blocks []block
	size   int  // of blocks
	full   bool // a block did not fit
	count  int
	lives  []lifeSum
	best   []bestSum
}

// shownText is a text whose tokens are in the page.
type shownText struct {
	Tokens []string `json:"tokens"`
}

// lifeSum adds up the survival of a head's keys over texts.
type lifeSum struct {
	seen, alive []int
	keys, ever  int // all, and those that can be selected at some position
}

// bestSum gathers, for a head, the attention of those keys of which the best
// is known.
type bestSum struct {
	best     []float64 // at the largest norm of a query
	attained []float64
}

// Add adds a text; token names its ids. All texts are looked at in the same way.
func (t *AuditTexts) Add(r *audit.TextResult, token func(id int) string) {
	at := 0
	for _, l := range r.Layers {
		for _, h := range l.Heads {
			if at == len(t.lives) {
				t.lives, t.best = append(t.lives, lifeSum{}), append(t.best, bestSum{})
			}
			t.lives[at].add(h.Life)
			t.best[at].add(h.HeadResult)
			at++
		}
	}
	if t.count++; t.count <= shownTexts && !t.full && at > 0 && len(r.IDs) <= math.MaxUint16 {
		t.show(r, token)
	}
}

// show packs a text as far as there is room.
func (t *AuditTexts) show(r *audit.TextResult, token func(id int) string) {
	shown := shownText{}
	for _, id := range r.IDs {
		shown.Tokens = append(shown.Tokens, token(id))
		t.size += len(token(id)) + 3
	}
	for _, l := range r.Layers {
		b := pack(len(t.texts), l)
		if t.full = t.size+len(b.Data) > shownBytes-headBytes*len(t.lives); t.full {
			break
		}
		t.size += len(b.Data)
		t.blocks = append(t.blocks, b)
	}
	if n := len(t.blocks); n > 0 && t.blocks[n-1].Text == len(t.texts) {
		t.texts = append(t.texts, shown)
	}
}

// shown counts the texts in the page, and reports whether the last of them is
// there with some of its layers only.
func (t *AuditTexts) shown() (texts int, partly bool) {
	if len(t.texts) == 0 {
		return 0, false
	}
	first, last := 0, 0
	for _, b := range t.blocks {
		first += one(b.Text == 0)
		last += one(b.Text == len(t.texts)-1)
	}
	return len(t.texts), t.full && (len(t.texts) == 1 || last < first)
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (s *lifeSum) add(l *audit.Life) {
	if l == nil {
		return
	}
	if n := len(l.Seen) - len(s.seen); n > 0 {
		s.seen, s.alive = append(s.seen, make([]int, n)...), append(s.alive, make([]int, n)...)
	}
	for i, n := range l.Seen {
		s.seen[i] += n
		s.alive[i] += l.Alive[i]
	}
	for _, spans := range l.Spans {
		s.keys++
		s.ever += one(len(spans) > 0)
	}
}

func (s *bestSum) add(r *audit.HeadResult) {
	if r.Best == nil || r.Attained == nil {
		return
	}
	for n, key := range r.Best.Keys {
		s.best = append(s.best, r.Best.AtLargest[n])
		s.attained = append(s.attained, r.Attained.Max[key])
	}
}

// median is the middle of a list, which it sorts, and whether there is one.
func median(list []float64) (float64, bool) {
	if len(list) == 0 {
		return 0, false
	}
	slices.Sort(list)
	return list[(len(list)-1)/2], true
}

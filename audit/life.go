package audit

import (
	"context"

	"keyhull"
)

// Life says when keys can be selected under a mask.
type Life struct {
	// Spans are, for each key, the positions from which some query selects it
	// (alone or with equal keys only) among the keys that are seen there.
	// Without a window it is one span at most: once inside the hull of a
	// prefix, a key is inside for ever. A window drops keys again, so that a
	// key may come back.
	Spans [][]Span `json:"spans"`
	// Death is the first position that sees a key and from which no query
	// selects it; −1 if there is none.
	Death []int `json:"death"`
	// Pairs counts positions and keys they see, Hidden those of them in which
	// the key cannot be selected.
	Pairs  int `json:"pairs"`
	Hidden int `json:"hidden"`
	// Seen counts the keys that are seen from so many positions later, Alive
	// those of them that can be selected from there. Their quotient is the
	// survival curve.
	Seen  []int `json:"seen"`
	Alive []int `json:"alive"`
}

// Span is the positions From … To−1.
type Span struct {
	From int `json:"from"`
	To   int `json:"to"`
}

// Survival is the share of keys that a query so many positions later selects,
// of those it sees. It panics unless 0 ≤ distance < len(l.Seen).
func (l *Life) Survival(distance int) float64 {
	return float64(l.Alive[distance]) / float64(l.Seen[distance])
}

// life finds the spans: nil if every query sees every key.
func (h *Head) life(ctx context.Context, d *keyhull.Result, deaths []keyhull.CausalKey, opt Options) (*Life, error) {
	if !h.masked() {
		return nil, nil
	}
	if deaths == nil {
		spans, err := h.slide(ctx, d, opt)
		if err != nil {
			return nil, err
		}
		return newLife(h, spans), nil
	}
	return CausalLife(deaths), nil
}

// CausalLife is the life of keys under a causal mask without a window, from what
// keyhull.DecideCausal says of them.
func CausalLife(deaths []keyhull.CausalKey) *Life {
	h := Head{N: len(deaths), Causal: true}
	spans := make([][]Span, h.N)
	for i, k := range deaths {
		switch {
		case k.Death < 0:
			spans[i] = []Span{{i, h.N}}
		case k.Death > i:
			spans[i] = []Span{{i, k.Death}}
		}
	}
	return newLife(&h, spans)
}

// newLife counts what spans say.
func newLife(h *Head, spans [][]Span) *Life {
	l := &Life{Spans: spans, Death: make([]int, h.N), Seen: make([]int, h.N), Alive: make([]int, h.N)}
	for i := range l.Death {
		l.Death[i] = -1
	}
	next := make([]int, h.N) // the first span of each key that does not end before t
	for t := range h.N {
		from, to := h.sees(t)
		for i := from; i < to; i++ {
			for next[i] < len(spans[i]) && spans[i][next[i]].To <= t {
				next[i]++
			}
			alive := next[i] < len(spans[i]) && spans[i][next[i]].From <= t
			l.count(i, t, alive)
		}
	}
	for len(l.Seen) > 0 && l.Seen[len(l.Seen)-1] == 0 {
		l.Seen = l.Seen[:len(l.Seen)-1]
	}
	l.Alive = l.Alive[:len(l.Seen)]
	return l
}

// count adds one pair.
func (l *Life) count(i, t int, alive bool) {
	l.Pairs++
	if !alive {
		l.Hidden++
		if l.Death[i] < 0 {
			l.Death[i] = t
		}
	}
	if t >= i {
		l.Seen[t-i]++
		if alive {
			l.Alive[t-i]++
		}
	}
}

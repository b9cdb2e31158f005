package audit

import (
	"math"
	"slices"

	"keyhull/internal/vec"
)

// Attained is what the actual queries of a text did, in float64: all query
// heads that score these keys together.
type Attained struct {
	Queries int `json:"queries"` // QueryHeads·N
	// Max and Mean are, for each key, the largest and the mean attention it got
	// from a query that sees it.
	Max  []float64 `json:"max"`
	Mean []float64 `json:"mean"`
	// Wins counts the queries that score a key highest, of equal scores the
	// first.
	Wins    []int `json:"wins"`
	Winners int   `json:"winners"` // keys with wins
	Pairs   int   `json:"pairs"`   // of a position and a key that wins there in one query head at least
	// MedianNorm and LargestNorm are those of the queries; half of all norms
	// are at most MedianNorm.
	MedianNorm  float64 `json:"median_norm"`
	LargestNorm float64 `json:"largest_norm"`
	// Flattest is the query whose attention is nearest to uniform.
	Flattest *Flat `json:"flattest,omitempty"`
}

// Flat is a query and the entropy of its attention divided by that of uniform
// attention on the keys it sees.
type Flat struct {
	QueryHead int     `json:"query_head"`
	Position  int     `json:"position"`
	Sees      int     `json:"sees"`
	Entropy   float64 `json:"entropy"`
}

// attended adds up the attention of queries, one at a time.
type attended struct {
	h      *Head
	a      *Attained
	ld     int       // Width, padded
	keys   []float64 // (N,ld)
	q      []float64
	weight []float64
	seen   []int
	widest int // keys that the widest query sees
	won    []int
}

// attained goes through all queries, position after position.
func (h *Head) attained() *Attained {
	s := h.newAttended()
	norms := make([]float64, 0, s.a.Queries)
	for t := range h.N {
		s.won = s.won[:0]
		for head := range h.QueryHeads {
			norms = append(norms, s.take(head, t))
		}
		slices.Sort(s.won)
		s.a.Pairs += len(slices.Compact(s.won))
	}
	for i, n := range s.seen {
		s.a.Mean[i] /= float64(n * h.QueryHeads)
		if s.a.Wins[i] > 0 {
			s.a.Winners++
		}
	}
	slices.Sort(norms)
	s.a.MedianNorm, s.a.LargestNorm = norms[(len(norms)-1)/2], norms[len(norms)-1]
	return s.a
}

func (h *Head) newAttended() *attended {
	s := &attended{h: h, ld: (h.Width + 3) / 4 * 4, weight: make([]float64, h.N), seen: make([]int, h.N)}
	s.keys, s.q = make([]float64, h.N*s.ld), make([]float64, s.ld)
	s.a = &Attained{Queries: h.QueryHeads * h.N, Max: make([]float64, h.N), Mean: make([]float64, h.N), Wins: make([]int, h.N)}
	for i := range h.N {
		for c, v := range h.key(i) {
			s.keys[i*s.ld+c] = float64(v)
		}
		from, to := h.sees(i)
		for j := from; j < to; j++ {
			s.seen[j]++
		}
		s.widest = max(s.widest, to-from)
	}
	return s
}

// take adds one query and returns its norm.
func (s *attended) take(head, t int) (norm float64) {
	for c, v := range s.h.query(head, t) {
		s.q[c] = float64(v)
	}
	from, to := s.h.sees(t)
	w := s.weight[:to-from]
	vec.MatVec(w, s.keys[from*s.ld:to*s.ld], s.ld, len(w), s.q)
	top, entropy := softmax(w, s.h.scale(), s.h.SoftCap)
	s.a.Wins[from+top]++
	s.won = append(s.won, from+top)
	for k, p := range w {
		s.a.Mean[from+k] += p
		s.a.Max[from+k] = max(s.a.Max[from+k], p)
	}
	if len(w) > 1 && 2*len(w) >= s.widest {
		s.flat(Flat{head, t, len(w), max(0, min(1, entropy/math.Log(float64(len(w)))))})
	}
	return math.Sqrt(vec.Dot(s.q, s.q))
}

// flat keeps the query of the largest entropy. Queries that see less than half
// of what the widest does are left out: few keys are soon attended alike.
func (s *attended) flat(f Flat) {
	if s.a.Flattest == nil || f.Entropy > s.a.Flattest.Entropy {
		s.a.Flattest = &f
	}
}

// softmax turns scores q·k into attention. It returns the place of the first
// highest score, and the entropy: with e_k = exp(x_k), x_k ≤ 0, that is
// log Σe − Σ e·x/Σe.
func softmax(w []float64, scale, softCap float64) (top int, entropy float64) {
	for k, v := range w {
		if v > w[top] {
			top = k
		}
	}
	if softCap > 0 {
		for k, v := range w {
			w[k] = softCap * math.Tanh(v*scale/softCap)
		}
		scale = 1
	}
	sum, moment, best := 0.0, 0.0, w[top]
	for k, v := range w {
		x := max((v-best)*scale, -1e3) // far below what exp gives 0 for
		e := math.Exp(x)
		w[k] = e
		sum += e
		moment += e * x
	}
	share := 1 / sum
	for k := range w {
		w[k] *= share
	}
	return top, math.Log(sum) - moment*share
}

package audit

import (
	"errors"
	"fmt"
	"math"
)

// Head is what one key-value head of a layer sees of a text of N tokens. The
// slices belong to the caller, who must not change them during a call.
type Head struct {
	N, Width int
	Keys     []float32 // (N,Width)
	// Queries are those of the QueryHeads query heads that score these keys,
	// (QueryHeads,N,Width); nil if they are not known.
	Queries    []float32
	QueryHeads int
	Scale      float64 // of scores q·k, 1/√Width mostly; 0 counts as 1
	SoftCap    float64 // c of c·tanh(score/c); 0: none
	// Causal: the query at position t sees keys up to t alone. Window limits
	// how many it sees: t−Window+1 … t if Causal, else to t+Window−1. 0: all.
	Causal bool
	Window int
	Maps   []QueryMap // one a query head, or none
}

// QueryMap says which queries a query head can make: A·z + C for all z of norm
// at most Radius, of mean 0 if Projected. A norm with gain g and bias b ahead
// of a linear map W, w makes A = W·diag(g), C = W·b + w, Radius √Dim:
// LayerNorm and RMSNorm give z of that norm, or, since eps > 0, of any less.
// A positive factor of a query changes no order of scores. So QK-norm by RMSNorm
// with gain h makes what counts diag(h)·A and diag(h)·C; by LayerNorm without bias,
// the same of A and C less the mean of each column. The numbers given are taken
// as exact.
type QueryMap struct {
	Dim       int
	A         []float32 // (Width,Dim)
	C         []float32 // (Width); nil: 0
	Radius    float64
	Projected bool
	// Rotate turns a query to its position, in place, as RoPE does; nil:
	// positions are alike. It must be linear, one-to-one and free of state.
	Rotate func(position int, q []float64)
}

// check panics on wrong shapes and refuses numbers that are not finite.
func (h *Head) check() error {
	if h.N < 1 || h.Width < 1 || len(h.Keys) != h.N*h.Width {
		panic(fmt.Sprintf("audit: %d numbers are not %d keys of width %d", len(h.Keys), h.N, h.Width))
	}
	if h.Queries != nil && (h.QueryHeads < 1 || len(h.Queries) != h.QueryHeads*len(h.Keys)) {
		panic(fmt.Sprintf("audit: %d numbers are not the queries of %d heads for %d keys of width %d", len(h.Queries), h.QueryHeads, h.N, h.Width))
	}
	if h.Maps != nil && h.Queries != nil && len(h.Maps) != h.QueryHeads {
		panic(fmt.Sprintf("audit: %d maps for %d query heads", len(h.Maps), h.QueryHeads))
	}
	if bad(h.Scale) || bad(h.SoftCap) || h.Window < 0 {
		panic(fmt.Sprintf("audit: scale %v, soft-cap %v, window %d", h.Scale, h.SoftCap, h.Window))
	}
	for _, x := range []struct {
		name string
		of   []float32
	}{{"key", h.Keys}, {"query", h.Queries}} {
		if i := notFinite(x.of); i >= 0 {
			return fmt.Errorf("%s %d, coordinate %d is %v", x.name, i/h.Width, i%h.Width, x.of[i])
		}
	}
	for i := range h.Maps {
		if err := h.Maps[i].check(h.Width); err != nil {
			return fmt.Errorf("query head %d: %w", i, err)
		}
	}
	return nil
}

func (m *QueryMap) check(width int) error {
	if m.Dim < 1 || len(m.A) != width*m.Dim || m.C != nil && len(m.C) != width {
		panic(fmt.Sprintf("audit: a map of %d numbers and %d more is none from %d to %d", len(m.A), len(m.C), m.Dim, width))
	}
	if !(m.Radius > 0) || math.IsInf(m.Radius, 0) {
		panic(fmt.Sprintf("audit: radius %v", m.Radius))
	}
	if notFinite(m.A) >= 0 || notFinite(m.C) >= 0 {
		return errors.New("its map has a number that is not finite")
	}
	return nil
}

// bad reports a number that no scale is.
func bad(x float64) bool { return !(x >= 0) || math.IsInf(x, 0) }

// notFinite returns the place of the first NaN or Inf, or −1.
func notFinite(x []float32) int {
	for i, v := range x {
		if v-v != 0 {
			return i
		}
	}
	return -1
}

// sees returns the keys that the query at position t sees: from … to−1.
func (h *Head) sees(t int) (from, to int) {
	from, to = 0, h.N
	if h.Window > 0 {
		from, to = max(0, t-h.Window+1), min(h.N, t+h.Window)
	}
	if h.Causal {
		to = t + 1
	}
	return from, to
}

// masked reports that some query does not see some key.
func (h *Head) masked() bool { return h.N > 1 && (h.Causal || h.Window > 0 && h.Window < h.N) }

// slides reports that a query may see less than an earlier one.
func (h *Head) slides() bool { return h.Window > 0 && h.Window < h.N }

func (h *Head) scale() float64 {
	if h.Scale == 0 {
		return 1
	}
	return h.Scale
}

func (h *Head) key(i int) []float32 { return h.Keys[i*h.Width : (i+1)*h.Width] }

// query returns the query of a query head at position t.
func (h *Head) query(head, t int) []float32 {
	at := (head*h.N + t) * h.Width
	return h.Queries[at : at+h.Width]
}

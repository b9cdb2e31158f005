package keyhull

import "context"

// Margins says how margins are computed.
type Margins uint8

const (
	MarginExact Margins = iota // nearest point of the hull of the other keys
	MarginBound                // what the certificate's query proves: a lower bound
	MarginNone                 // not computed (0)
)

// Options tunes a decision; the zero value decides everything with exact
// margins on all cores.
type Options struct {
	Workers  int // 0: GOMAXPROCS. Results do not depend on it
	Margins  Margins
	Progress func(done, total int) // called now and then, from any goroutine, never concurrently
}

// Decide returns verdict and certificate for every key.
func Decide(ctx context.Context, keys Keys, opt Options) (*Result, error) {
	panic("being written")
}

// Solver answers the yes/no question for many small key sets, reusing its
// memory. The zero value is ready. Not for concurrent use.
type Solver struct{}

// AnyUnselectable reports whether some key is Face or Interior, and the index
// of one such key (-1 if none). It stops at the first proof.
func (s *Solver) AnyUnselectable(keys Keys) (index int, found bool, err error) {
	panic("being written")
}

// Attention is the answer of BestAttention.
type Attention struct {
	Weight     float64   // softmax weight of the key under Query
	UpperBound float64   // no query within the radius gives more
	Query      []float64 // Dim() numbers, scoring keys after factor and projection
}

// BestAttention returns the largest softmax weight that key i can get from a
// query of norm at most radius: max over ‖q‖ ≤ radius of softmax(q·k)_i.
func BestAttention(keys Keys, i int, radius float64) (Attention, error) {
	panic("being written")
}

package hull

import "math/big"

// Proof is the verdict on one point with its certificate. Slices belong to the
// outcome and may be shared between equal points.
type Proof struct {
	Verdict Verdict
	Query   []float64
	Exact   []*big.Rat
	Copies  []int
	Bases   [][]int
	Weights [][]float64
	Lead    float64 // Query·(x_i − x_j) is at least this for all x_j ≠ x_i
}

// Proof returns the answer for point i of the source. Not for concurrent use.
func (o *Outcome) Proof(i int) Proof {
	r := int(o.t.class[i])
	a := &o.answers[r]
	p := Proof{Verdict: a.verdict, Weights: a.weights}
	if !o.NoQueries || a.verdict != Selectable {
		p.Query, p.Lead = o.query(a)
		p.Exact = a.exact
	}
	if o.t.copies != nil && len(o.t.copies[r]) > 0 && a.verdict == Selectable {
		p.Verdict = Tied
		for _, j := range append([]int32{o.t.reps[r]}, o.t.copies[r]...) {
			if int(j) != i {
				p.Copies = append(p.Copies, int(j))
			}
		}
	}
	if len(a.bases) > 0 {
		p.Bases = o.lists.cut(len(a.bases))
	}
	for l, b := range a.bases {
		p.Bases[l] = o.ints.cut(len(b))
		for k, j := range b {
			p.Bases[l][k] = int(o.t.reps[j])
		}
	}
	return p
}

// Distinct is the number of points that differ.
func (o *Outcome) Distinct() int { return o.t.n() }

// Class is the place of point i among the distinct points.
func (o *Outcome) Class(i int) int { return int(o.t.class[i]) }

// Lead is how far the query of a vertex puts it ahead of all others at least.
func (o *Outcome) Lead(i int) float64 { return o.answers[o.t.class[i]].gap }

// Source is where the points came from.
func (o *Outcome) Source() *Source { return o.t.src }

package audit

import (
	"context"

	"keyhull/internal/vec"
)

// ellipsoid is the set of states that the norm lets through.
func (n *FinalNorm) ellipsoid(dim int) *ellipsoid {
	e := &ellipsoid{width: dim, dim: dim, diag: make([]float64, dim), c: make([]float64, dim), radius: n.Radius, projected: n.Projected}
	for c := range dim {
		if e.diag[c] = 1; n.Gain != nil {
			e.diag[c] = float64(n.Gain[c])
		}
		if n.Bias != nil {
			e.c[c] = float64(n.Bias[c])
		}
	}
	e.sums()
	return e
}

// states says which tokens win for a state that the norm lets through. Without
// biases, and with the origin inside the ellipsoid, these are all selectable
// ones. Else every token first tries the state that its own row points to, all
// in blocked products; who does not win that is searched for.
func (o *Output) states(ctx context.Context, v *VocabResult, opt VocabOptions) (*Reach, error) {
	f := o.Norm.ellipsoid(o.Dim).factorize()
	r := &Reach{Depth: -1, Keys: make([]Reachable, o.N)}
	if depth := f.depth(); depth < 1e300 {
		r.Depth = depth
	}
	r.Whole = o.Bias == nil && r.Depth >= 0 && r.Depth < 1
	list := o.candidates(v)
	for _, i := range list {
		r.Keys[i] = Undecided
		if r.Whole {
			r.Keys[i] = CanReach
		}
	}
	if !r.Whole {
		if err := o.searchAll(ctx, r, f, list, opt); err != nil {
			return nil, err
		}
	}
	for _, i := range list {
		r.add(r.Keys[i])
	}
	return r, nil
}

// candidates are the tokens that some h selects, alone or with equal ones.
func (o *Output) candidates(v *VocabResult) (list []int) {
	for i, verdict := range v.Verdicts {
		if !verdict.Unselectable() {
			list = append(list, i)
		}
	}
	return list
}

// searchAll answers for the tokens of a list.
func (o *Output) searchAll(ctx context.Context, r *Reach, f *factor, list []int, opt VocabOptions) error {
	if begin := opt.progress("states"); begin != nil {
		begin(0, o.N) // before it takes memory
	}
	c := newContest(f, o.Weights, o.Bias)
	err := c.ownStates(ctx, r.Keys, opt)
	var left []int
	for _, i := range list {
		if r.Keys[i] != CanReach {
			left = append(left, i)
		}
	}
	if err != nil || len(left) == 0 {
		return err
	}
	c.fill(nil)
	return searchLeft(ctx, r, c, left, opt)
}

// largeClone is a number of coordinates of which there is only one copy.
const largeClone = 1 << 28

// searchLeft searches for the tokens that do not win the query of their own row.
func searchLeft(ctx context.Context, r *Reach, c *contest, left []int, opt VocabOptions) error {
	proofs := make([]ReachProof, len(left))
	workers := opt.Workers
	if len(c.panels.Data) > largeClone {
		workers = 1
	}
	free := make(chan *search, workers)
	for w := range min(workers, len(left)) { // now, since a search changes what is copied
		if w > 0 {
			c = c.clone()
		}
		free <- newSearch(c)
	}
	step := counted(len(left), opt.progress("states by search"))
	err := vec.ParallelErr(len(left), workers, func(k int) error {
		s := <-free
		p := reachKey(left[k], []*search{s}, []int{-1}, opt.Steps)
		free <- s
		r.Keys[left[k]] = p.answer(1)
		if opt.Certificates {
			proofs[k] = p
		}
		step(1)
		return ctx.Err()
	})
	if opt.Certificates {
		r.Proofs = proofs
	}
	return err
}

package audit

import "keyhull/cert"

// Certificates returns the answers of a head's query map m with their proofs, in
// the form that package cert checks; what was left undecided, and unselectable
// keys, are left out. Options.Certificates must have been set.
func (r *Reach) Certificates(h *Head, m int) *cert.Reach {
	q := &h.Maps[m]
	places := r.Positions
	if places == nil {
		places = []int{-1}
	}
	c := &cert.Reach{Whole: r.Whole, Keys: []cert.Reached{}}
	index := map[int]int{-1: 0}
	for k, at := range places {
		e := q.at(at, h.Width)
		index[at] = k
		c.Maps = append(c.Maps, cert.Map{Width: h.Width, Dim: q.Dim, A: e.a, C: e.c, Radius: e.radius, Projected: e.projected})
	}
	for k := range r.Proofs {
		c.Keys = r.Proofs[k].certificate(c.Keys, len(places), index)
	}
	return c
}

// certificate appends a proof that says something.
func (p *ReachProof) certificate(list []cert.Reached, positions int, index map[int]int) []cert.Reached {
	switch p.answer(positions) {
	case CanReach:
		return append(list, cert.Reached{Index: p.Key, Answer: CanReach.String(), Of: index[p.Position], State: p.State})
	case Unreachable:
		k := cert.Reached{Index: p.Key, Answer: Unreachable.String()}
		for _, b := range p.Barriers {
			k.Barriers = append(k.Barriers, cert.Barrier(b))
		}
		return append(list, k)
	}
	return list
}

// Certificates is the same of an output layer with a norm, for VocabOptions with
// Certificates; nil without norm. Tokens that win the state to which their own
// rows point have that for a proof, which need not be written down.
func (v *VocabResult) Certificates(o Output) *cert.Reach {
	r := v.Reach
	if r == nil {
		return nil
	}
	e := o.Norm.ellipsoid(o.Dim)
	c := &cert.Reach{Whole: r.Whole, Keys: []cert.Reached{}, Offsets: wide(o.Bias),
		Maps: []cert.Map{{Width: o.Dim, Dim: o.Dim, Gain: e.diag, C: e.c, Radius: e.radius, Projected: e.projected}}}
	if r.Whole {
		return c
	}
	searched := map[int]bool{}
	for k := range r.Proofs {
		searched[r.Proofs[k].Key] = true
		c.Keys = r.Proofs[k].certificate(c.Keys, 1, map[int]int{-1: 0})
	}
	for i, answer := range r.Keys {
		if answer == CanReach && !searched[i] {
			c.Keys = append(c.Keys, cert.Reached{Index: i, Answer: CanReach.String()})
		}
	}
	return c
}

// wide is x in float64, nil of nil.
func wide(x []float32) []float64 {
	if x == nil {
		return nil
	}
	w := make([]float64, len(x))
	for i, v := range x {
		w[i] = float64(v)
	}
	return w
}

package cert

import (
	"fmt"
	"math/big"
	"slices"
)

// The oracle of these tests: the definitions of docs/certificates.md in plain
// fractions, by enumeration. It shares nothing with the code under test.

type point []*big.Rat

func points(rows []float64, dim int) []point {
	var out []point
	for i := 0; i+dim <= len(rows); i += dim {
		p := make(point, dim)
		for c := range p {
			p[c] = new(big.Rat).SetFloat64(rows[i+c])
		}
		out = append(out, p)
	}
	return out
}

func minus(a, b point) point {
	out := make(point, len(a))
	for c := range out {
		out[c] = new(big.Rat).Sub(a[c], b[c])
	}
	return out
}

func inner(a, b point) *big.Rat {
	sum := new(big.Rat)
	for c := range a {
		sum.Add(sum, new(big.Rat).Mul(a[c], b[c]))
	}
	return sum
}

func same(a, b point) bool { d := minus(a, b); return inner(d, d).Sign() == 0 }

// residue is v minus its projections on the orthogonal vectors of frame.
func residue(v point, frame []point) point {
	out := slices.Clone(v)
	for _, f := range frame {
		w := new(big.Rat).Quo(inner(v, f), inner(f, f))
		for c := range out {
			out[c] = new(big.Rat).Sub(out[c], new(big.Rat).Mul(w, f[c]))
		}
	}
	return out
}

// frame is an orthogonal basis of the span of p_j − origin.
func frame(p []point, of []int, origin point) []point {
	var out []point
	for _, j := range of {
		if r := residue(minus(p[j], origin), out); inner(r, r).Sign() != 0 {
			out = append(out, r)
		}
	}
	return out
}

// barycentric solves Σ w_b·p_b = p, Σ w_b = 1 for an independent basis; nil if
// there is none or the basis is dependent.
func barycentric(p []point, i int, basis []int) []*big.Rat {
	d, n := len(p[i]), len(basis)
	a := make([][]*big.Rat, d+1)
	one := big.NewRat(1, 1)
	for c := range a {
		for _, j := range append(slices.Clone(basis), i) {
			v := one
			if c < d {
				v = p[j][c]
			}
			a[c] = append(a[c], new(big.Rat).Set(v))
		}
	}
	for s := range n {
		r := s
		for r <= d && a[r][s].Sign() == 0 {
			r++
		}
		if r > d {
			return nil
		}
		a[s], a[r] = a[r], a[s]
		for r := range a {
			f := new(big.Rat).Quo(a[r][s], a[s][s])
			for c := s; c <= n && r != s; c++ {
				a[r][c].Sub(a[r][c], new(big.Rat).Mul(f, a[s][c]))
			}
		}
	}
	var w []*big.Rat
	for r := range a {
		if r < n {
			w = append(w, a[r][n].Quo(a[r][n], a[r][r]))
		} else if a[r][n].Sign() != 0 {
			return nil
		}
	}
	return w
}

// proves says whether a basis gives key i with positive weights.
func proves(p []point, i int, basis []int) bool {
	for b, j := range basis {
		if j < 0 || j >= len(p) || j == i || slices.Contains(basis[:b], j) {
			return false
		}
	}
	if len(basis) < 2 || len(basis) > len(p[i])+1 {
		return false
	}
	w := barycentric(p, i, basis)
	return w != nil && !slices.ContainsFunc(w, func(v *big.Rat) bool { return v.Sign() <= 0 })
}

// subsets calls f with every subset of 2 to most of the numbers below n.
func subsets(n, most int, f func([]int)) {
	var grow func(from int, s []int)
	grow = func(from int, s []int) {
		if len(s) >= 2 {
			f(slices.Clone(s))
		}
		for j := from; j < n && len(s) < most; j++ {
			grow(j+1, append(s, j))
		}
	}
	grow(0, nil)
}

// perceptron finds q with q·v > 0 for all v, which must exist.
func perceptron(vs []point, d int) point {
	q := make(point, d)
	for c := range q {
		q[c] = new(big.Rat)
	}
	for again, rounds := true, 0; again; rounds++ {
		if again = false; rounds > 100000 {
			panic("oracle: not separable")
		}
		for _, v := range vs {
			if inner(q, v).Sign() <= 0 {
				again = true
				for c := range q {
					q[c].Add(q[c], v[c])
				}
			}
		}
	}
	return q
}

// certificate finds the verdict on key i and proves it.
func certificate(p []point, i int) Key {
	d := len(p[i])
	k := Key{Index: i, Verdict: "selectable"}
	all := make([]int, len(p))
	for j := range all {
		if all[j] = j; j != i && same(p[i], p[j]) {
			k.Copies = append(k.Copies, j)
			k.Verdict = "tied"
		}
	}
	var union []int
	subsets(len(p), d+1, func(b []int) {
		if proves(p, i, b) {
			before := len(frame(p, union, p[i]))
			if grown := append(slices.Clone(union), b...); len(frame(p, grown, p[i])) > before {
				union, k.Bases = grown, append(k.Bases, b)
			}
		}
	})
	face := frame(p, union, p[i])
	if len(union) > 0 {
		if k.Copies, k.Verdict = nil, "interior"; len(face) == len(frame(p, all, p[i])) {
			return k
		}
		k.Bases, k.Verdict = k.Bases[:1], "face"
	}
	var away []point
	for j := range p {
		if v := residue(minus(p[i], p[j]), face); inner(v, v).Sign() != 0 {
			away = append(away, v)
		}
	}
	k.Query = &Query{Exact: perceptron(away, d)}
	return k
}

// certify finds all certificates of a set.
func certify(rows []float64, dim int) *Set {
	p := points(rows, dim)
	all := make([]int, len(p))
	for i := range all {
		all[i] = i
	}
	s := &Set{N: len(p), Dim: dim}
	if len(p) > 0 {
		s.Rank = len(frame(p, all, p[0]))
	}
	for i := range p {
		s.Keys = append(s.Keys, certificate(p, i))
	}
	total(s)
	return s
}

// total makes the counts of a set agree with its keys.
func total(s *Set) {
	s.Counts = map[string]int{}
	for i := range s.Keys {
		s.Counts[s.Keys[i].Verdict]++
	}
	s.UnselectableFraction = float64(s.Counts["face"]+s.Counts["interior"]) / float64(max(s.N, 1))
}

// holds says by the definitions whether a certificate proves its verdict.
func holds(p []point, k *Key) bool {
	i := k.Index
	var above, copies, ties int
	var equal []int
	for j := range p {
		if j == i {
			continue
		}
		if same(p[i], p[j]) {
			copies++
			equal = append(equal, j)
		}
		if k.Query != nil && len(k.Query.Exact) == len(p[i]) {
			switch inner(minus(p[j], p[i]), k.Query.Exact).Sign() {
			case 1:
				above++
			case 0:
				ties++
			}
		}
	}
	query := k.Query != nil && len(k.Query.Exact) == len(p[i]) && above == 0
	bases, union, all := len(k.Bases) > 0, []int(nil), []int(nil)
	for _, b := range k.Bases {
		bases = bases && proves(p, i, b)
		union = append(union, b...)
	}
	for j := range p {
		all = append(all, j)
	}
	switch k.Verdict {
	case "selectable":
		return query && ties == 0 && len(k.Copies) == 0
	case "tied":
		return query && ties == copies && copies > 0 && slices.Equal(equal, k.Copies)
	case "face":
		return query && ties < len(p)-1 && bases && len(k.Bases) == 1
	case "interior":
		return bases && len(frame(p, union, p[i])) == len(frame(p, all, p[i]))
	}
	panic(fmt.Sprint("oracle: verdict ", k.Verdict))
}

package oracle

import (
	"math/big"

	"keyhull"
)

// enumerate decides a set by trying every simplex: by Carathéodory a point is
// a convex combination of the others iff it is one of some affinely
// independent others, with unique weights. The points of all subsets that have
// it as a strictly positive combination span the face in whose relative
// interior it lies.
func enumerate(set [][]*big.Rat) []keyhull.Verdict {
	verdicts := make([]keyhull.Verdict, len(set))
	for i, p := range set {
		copies := 0
		for _, x := range set {
			if same(x, p) {
				copies++
			}
		}
		face := carrier(set, p)
		switch {
		case len(face) == 0 && copies > 1:
			verdicts[i] = keyhull.Tied
		case len(face) == 0:
			verdicts[i] = keyhull.Selectable
		case gaussRank(differences(face)) < gaussRank(differences(set)):
			verdicts[i] = keyhull.Face
		default:
			verdicts[i] = keyhull.Interior
		}
	}
	return verdicts
}

// carrier collects the points of all simplices that hold p strictly.
func carrier(set [][]*big.Rat, p []*big.Rat) (face [][]*big.Rat) {
	for bits := 1; bits < 1<<len(set); bits++ {
		var subset [][]*big.Rat
		for j, x := range set {
			if bits>>j&1 == 1 && !same(x, p) {
				subset = append(subset, x)
			}
		}
		if n := len(subset); n > 0 && n <= len(p)+1 && gaussRank(differences(subset)) == n-1 && holds(subset, p) {
			face = append(face, subset...)
		}
	}
	return face
}

// holds reports that p is a combination of the affinely independent points
// with sum 1 and all weights > 0: Cramer's rule on [x; 1] by elimination.
func holds(simplex [][]*big.Rat, p []*big.Rat) bool {
	var m [][]*big.Rat // one row a coordinate: [x_1 … x_k | p]
	for c := range p {
		var row []*big.Rat
		for _, x := range simplex {
			row = append(row, new(big.Rat).Set(x[c]))
		}
		m = append(m, append(row, new(big.Rat).Set(p[c])))
	}
	var ones []*big.Rat
	for range len(simplex) + 1 {
		ones = append(ones, big.NewRat(1, 1))
	}
	m = append(m, ones)
	k := len(simplex)
	if reduce(m) > k || pivotInLast(m, k) {
		return false
	}
	for i := range k {
		if m[i][k].Sign() <= 0 {
			return false
		}
	}
	return true
}

// pivotInLast reports a row 0 … 0 | x of the reduced system with x ≠ 0.
func pivotInLast(m [][]*big.Rat, k int) bool {
	for _, row := range m[k:] {
		if row[k].Sign() != 0 {
			return true
		}
	}
	return false
}

// reduce brings m to reduced row echelon form and returns its rank.
func reduce(m [][]*big.Rat) int {
	r := 0
	for c := 0; r < len(m) && c < len(m[0]); c++ {
		at := r
		for at < len(m) && m[at][c].Sign() == 0 {
			at++
		}
		if at == len(m) {
			continue
		}
		m[r], m[at] = m[at], m[r]
		inverse := new(big.Rat).Inv(m[r][c])
		for j := range m[r] {
			m[r][j] = new(big.Rat).Mul(m[r][j], inverse)
		}
		for i := range m {
			if i == r {
				continue
			}
			f := m[i][c]
			for j := range m[i] {
				m[i][j] = new(big.Rat).Sub(m[i][j], new(big.Rat).Mul(f, m[r][j]))
			}
		}
		r++
	}
	return r
}

func gaussRank(m [][]*big.Rat) int {
	if len(m) == 0 {
		return 0
	}
	return reduce(m)
}

func differences(set [][]*big.Rat) (m [][]*big.Rat) {
	for _, x := range set[1:] {
		var row []*big.Rat
		for c := range x {
			row = append(row, new(big.Rat).Sub(x[c], set[0][c]))
		}
		m = append(m, row)
	}
	return m
}

func same(a, b []*big.Rat) bool {
	for c := range a {
		if a[c].Cmp(b[c]) != 0 {
			return false
		}
	}
	return true
}

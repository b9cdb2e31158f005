// Package oracle decides small key sets by brute exact arithmetic, for tests.
// It shares no code and no method with the solver: every key is put to two
// dense linear programs over the integers, solved by the textbook simplex with
// Bland's rule. Sets beyond some 60 keys of dimension 8 take too long.
//
// The package also makes the families of random and adversarial key sets on
// which the solver is tested ([Families], [New]), and their exact copies
// ([Instance.Twin]).
package oracle

import (
	"fmt"
	"math/big"
	"strings"

	"keyhull"
)

// Verdicts returns the verdict on every point. All points have the same number
// of coordinates. A point is a vertex iff it is no convex combination of the
// other distinct points; any other point x is in the relative interior iff
// Σ μ_j (x_j − x) = 0 has a solution with all μ_j ≥ 1.
func Verdicts(points [][]*big.Rat) []keyhull.Verdict {
	rows := integers(points)
	copies, distinct := merge(rows)
	verdicts := make([]keyhull.Verdict, len(points))
	memo := map[string]keyhull.Verdict{}
	for i, row := range rows {
		k := key(row)
		v, known := memo[k]
		if !known {
			v = verdict(row, without(distinct, row), copies[k])
			memo[k] = v
		}
		verdicts[i] = v
	}
	return verdicts
}

// Rank returns the dimension of the affine hull of the points.
func Rank(points [][]*big.Rat) int {
	rows := integers(points)
	var m [][]*big.Int
	for _, row := range rows[1:] {
		m = append(m, minus(row, rows[0]))
	}
	return rank(m)
}

func verdict(p []*big.Int, others [][]*big.Int, copies int) keyhull.Verdict {
	switch {
	case !inHull(p, others) && copies == 1:
		return keyhull.Selectable
	case !inHull(p, others):
		return keyhull.Tied
	case inOpenHull(p, others):
		return keyhull.Interior
	}
	return keyhull.Face
}

// inHull: Σ λ_j x_j = p, Σ λ_j = 1, λ ≥ 0 has a solution.
func inHull(p []*big.Int, others [][]*big.Int) bool {
	one := big.NewInt(1)
	a := make([][]*big.Int, len(p)+1)
	for c := range p {
		for _, x := range others {
			a[c] = append(a[c], new(big.Int).Sub(x[c], p[c]))
		}
		a[c] = append(a[c], new(big.Int))
	}
	for range others {
		a[len(p)] = append(a[len(p)], one)
	}
	a[len(p)] = append(a[len(p)], one)
	return feasible(a)
}

// inOpenHull: Σ (1 + ν_j) (x_j − p) = 0, ν ≥ 0 has a solution.
func inOpenHull(p []*big.Int, others [][]*big.Int) bool {
	a := make([][]*big.Int, len(p))
	for c := range p {
		sum := new(big.Int)
		for _, x := range others {
			d := new(big.Int).Sub(x[c], p[c])
			sum.Sub(sum, d)
			a[c] = append(a[c], d)
		}
		a[c] = append(a[c], sum)
	}
	return feasible(a)
}

// integers scales every coordinate by its own positive factor, which makes
// all of them integers and changes no verdict.
func integers(points [][]*big.Rat) [][]*big.Int {
	rows := make([][]*big.Int, len(points))
	for i, p := range points {
		if len(p) != len(points[0]) {
			panic(fmt.Sprintf("oracle: point %d has %d coordinates, point 0 has %d", i, len(p), len(points[0])))
		}
		rows[i] = make([]*big.Int, len(p))
	}
	for c := range points[0] {
		denominator := big.NewInt(1)
		for _, p := range points {
			g := new(big.Int).GCD(nil, nil, denominator, p[c].Denom())
			denominator.Mul(denominator, g.Quo(p[c].Denom(), g))
		}
		for i, p := range points {
			rows[i][c] = new(big.Int).Quo(denominator, p[c].Denom())
			rows[i][c].Mul(rows[i][c], p[c].Num())
		}
	}
	return rows
}

// merge counts equal rows and returns each distinct one once.
func merge(rows [][]*big.Int) (copies map[string]int, distinct [][]*big.Int) {
	copies = map[string]int{}
	for _, row := range rows {
		if k := key(row); copies[k] == 0 {
			distinct = append(distinct, row)
		}
		copies[key(row)]++
	}
	return copies, distinct
}

func without(distinct [][]*big.Int, p []*big.Int) (others [][]*big.Int) {
	for _, row := range distinct {
		if key(row) != key(p) {
			others = append(others, row)
		}
	}
	return others
}

func key(row []*big.Int) string {
	var b strings.Builder
	for _, x := range row {
		b.WriteString(x.Text(62))
		b.WriteByte(' ')
	}
	return b.String()
}

func minus(a, b []*big.Int) []*big.Int {
	d := make([]*big.Int, len(a))
	for c := range a {
		d[c] = new(big.Int).Sub(a[c], b[c])
	}
	return d
}

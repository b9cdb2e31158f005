package cert

import "math/big"

// bars checks a barrier: with s = C·v + g, that s ≤ 0 and s² ≥ Radius²·|Aᵀv|².
func (c *ReachCheck) bars(i int, m *Map, b *Barrier) bool {
	v := make([]*big.Rat, c.w+1) // and g
	for k := range v {
		v[k] = new(big.Rat)
	}
	if len(b.Keys) == 0 || len(b.Keys) != len(b.Weights) {
		return false
	}
	t, own := new(big.Rat), c.row(i)
	for n, j := range b.Keys {
		if l := b.Weights[n]; j < 0 || j >= c.n || !(l > 0) || infinite(l) || c.equal(i, j) {
			return false
		}
		for k, y := range c.row(j) {
			t.Sub(exact(own[k]), exact(y))
			v[k].Add(v[k], t.Mul(t, exact(b.Weights[n])))
		}
	}
	s := v[c.w]
	for k, x := range m.C {
		s.Add(s, t.Mul(v[k], exact(x)))
	}
	square := t.Mul(m.square(v[:c.w]), new(big.Rat).Mul(exact(m.Radius), exact(m.Radius)))
	return s.Sign() <= 0 && new(big.Rat).Mul(s, s).Cmp(square) >= 0
}

// square is |Aᵀv|², of Aᵀv less its mean if Projected.
func (m *Map) square(v []*big.Rat) *big.Rat {
	sum, square, t := new(big.Rat), new(big.Rat), new(big.Rat)
	for d := range m.Dim {
		x := new(big.Rat)
		for k, y := range v {
			if a := m.at(k, d); a != 0 {
				x.Add(x, t.Mul(exact(a), y))
			}
		}
		sum.Add(sum, x)
		square.Add(square, t.Mul(x, x))
	}
	if m.Projected {
		square.Sub(square, t.Mul(t.Mul(sum, sum), big.NewRat(1, int64(m.Dim))))
	}
	return square
}

// Everywhere reports that the queries of every map have all directions, and more:
// that 0 is inside the ellipsoid that they are. Without offsets a factor of a query
// changes nothing, so that all vertices are reachable then.
//
// Of the z with A·z + C = 0 the shortest has |z|² = Cᵀ(AAᵀ)⁻¹C. That this is below
// Radius², and AAᵀ invertible, is to say that the matrix of the blocks AAᵀ, C and
// Radius² is positive definite (Schur): that all its leading minors are > 0
// (Sylvester).
func (c *ReachCheck) Everywhere() bool {
	for i := range c.Maps {
		m := &c.Maps[i]
		if m.A == nil && !m.onAxes() || m.A != nil && !positive(m.bordered()) {
			return false
		}
	}
	return c.Offsets == nil
}

// onAxes is the same for a diagonal A: Σ (C/Gain)² < Radius². Every operation is
// rounded up.
func (m *Map) onAxes() bool {
	up := func() *big.Float { return new(big.Float).SetPrec(200).SetMode(big.ToPositiveInf) }
	sum := up()
	for k, g := range m.Gain {
		if g == 0 {
			return false
		}
		if m.C != nil {
			x := up().Quo(up().Abs(up().SetFloat64(m.C[k])), up().Abs(up().SetFloat64(g)))
			sum.Add(sum, up().Mul(x, x))
		}
	}
	r := new(big.Float).SetPrec(200).SetFloat64(m.Radius) // its square takes 106 bits
	return !m.Projected && sum.Cmp(r.Mul(r, r)) < 0
}

// bordered is that matrix times a power of 2 that makes it whole numbers, from the
// diagonal to the right. A is less the mean of each row, times Dim, if Projected.
func (m *Map) bordered() [][]*big.Int {
	scale := big.NewInt(1)
	if m.Projected {
		scale.SetInt64(int64(m.Dim))
	}
	g := make([][]*big.Int, m.Width+1)
	rows := m.wholeRows(scale)
	for k, row := range rows {
		g[k] = make([]*big.Int, m.Width+1)
		for l := k; l < m.Width; l++ {
			g[k][l] = dot(row, rows[l])
		}
		c := new(big.Int)
		if m.C != nil {
			c.Lsh(whole(m.C[k], m.unit), uint(-m.unit))
		}
		g[k][m.Width] = c.Mul(c, scale)
	}
	r := whole(m.Radius, m.unit)
	g[m.Width] = make([]*big.Int, m.Width+1)
	g[m.Width][m.Width] = r.Mul(r, r)
	return g
}

// wholeRows are those of A; if Projected, times Dim and less the sum of each.
func (m *Map) wholeRows(scale *big.Int) [][]*big.Int {
	rows := make([][]*big.Int, m.Width)
	for k := range rows {
		sum := new(big.Int)
		for d := range m.Dim {
			rows[k] = append(rows[k], whole(m.at(k, d), m.unit))
			sum.Add(sum, rows[k][d])
		}
		for _, x := range rows[k] {
			if x.Mul(x, scale); m.Projected {
				x.Sub(x, sum)
			}
		}
	}
	return rows
}

func dot(x, y []*big.Int) *big.Int {
	sum, t := new(big.Int), new(big.Int)
	for d, v := range x {
		sum.Add(sum, t.Mul(v, y[d]))
	}
	return sum
}

// positive reports that all leading minors of a symmetric matrix are > 0, of which
// it takes what is on the diagonal and right of it. They are the pivots of Bareiss'
// elimination, in which every division is exact.
func positive(a [][]*big.Int) bool {
	before, t := big.NewInt(1), new(big.Int)
	for k, row := range a {
		if row[k].Sign() <= 0 {
			return false
		}
		for i := k + 1; i < len(a); i++ {
			for j := i; j < len(a); j++ {
				x := a[i][j]
				x.Sub(x.Mul(x, row[k]), t.Mul(row[i], row[j]))
				x.Quo(x, before)
			}
		}
		before = row[k]
	}
	return true
}

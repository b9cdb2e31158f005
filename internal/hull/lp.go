package hull

import (
	"math"
	"math/big"
)

// lp decides exactly whether a target lies in the cone of columns, one column
// a point j ≠ p: the primal simplex method, phase 1, on integers without
// fractions (Edmonds' integer pivoting), all columns priced in floats with a
// proved bound and in integers where the bound leaves the sign open.
//
// Lifted, column j is [x_j; 1] and the target [x_p; 1]: is p in the hull of
// the others? Not lifted, column j is x_j − x_p and the target x_p − x_f: is p
// relatively inside some hull that has f for a corner?
type lp struct {
	t      *set
	p      int
	lifted bool
	count  int // only the first count points have columns

	m     int // rows
	adj   [][]big.Int
	det   big.Int
	basis []int     // point, or −1−row for an artificial column
	x     []big.Int // det times the basic variables, all ≥ 0
	y     []big.Int // prices: positive against the target, see price
	vp    big.Int   // y·[x_p; 1] when lifted, else 0

	u, col  []big.Int
	tmp     big.Int
	stalled int
	g       []float64
	unsure  []int32
}

// exactRow returns the exact integer coordinates of rep i. The row is shared:
// read it only.
func (t *set) exactRow(i int) []big.Int {
	t.once.Do(t.prepareExact)
	if r := t.ints[i].Load(); r != nil {
		return *r
	}
	row := t.exactCols(i, t.cols, t.shift)
	t.ints[i].Store(&row)
	return row
}

func (t *set) prepareExact() {
	t.shift = t.shifts(t.cols)
	t.ints = make([]atomicRow, t.n())
	t.low = make([]int, t.dim)
	for c := range t.low {
		t.low[c] = math.MaxInt32
	}
	buf := make([]float64, t.dim)
	for i := range t.n() {
		for c, v := range t.rowIn(i, buf) {
			t.low[c] = min(t.low[c], lsb(v))
		}
	}
}

// solve runs the simplex method. It returns the support of a representation of
// the target, or nil and leaves in y a query with y·target > 0 ≥ y·column.
func (l *lp) solve(target []big.Int) []int {
	l.start(target)
	for {
		if !l.price() {
			return l.support()
		}
		e := l.entering()
		if e < 0 {
			return nil
		}
		l.pivot(e)
	}
}

func (l *lp) start(target []big.Int) {
	l.m = len(target)
	l.adj, l.basis, l.x = make([][]big.Int, l.m), make([]int, l.m), make([]big.Int, l.m)
	l.u, l.col, l.y, l.g = make([]big.Int, l.m), make([]big.Int, l.m), make([]big.Int, l.m), make([]float64, l.t.dim)
	l.det.SetInt64(1)
	for i := range l.m {
		l.adj[i] = make([]big.Int, l.m)
		sign := int64(1)
		if target[i].Sign() < 0 {
			sign = -1
		}
		l.adj[i][i].SetInt64(sign)
		l.x[i].Abs(&target[i])
		l.basis[i] = -1 - i
	}
}

// column fills col with the column of point j.
func (l *lp) column(j int) {
	row := l.t.exactRow(j)
	for c := range row {
		l.col[c].Set(&row[c])
	}
	if l.lifted {
		l.col[l.m-1].SetInt64(1)
		return
	}
	for c, v := range l.t.exactRow(l.p) {
		l.col[c].Sub(&l.col[c], &v)
	}
}

// price sets y to the sum of the artificial rows; false when none is positive.
func (l *lp) price() bool {
	infeasible := false
	for c := range l.y {
		l.y[c].SetInt64(0)
	}
	for i, b := range l.basis {
		if b >= 0 || l.x[i].Sign() == 0 {
			continue
		}
		infeasible = true
	}
	if !infeasible {
		return false
	}
	for i, b := range l.basis {
		if b < 0 {
			for c := range l.y {
				l.y[c].Add(&l.y[c], &l.adj[i][c])
			}
		}
	}
	l.vp.SetInt64(0)
	if l.lifted {
		for c, v := range l.t.exactRow(l.p) {
			l.vp.Add(&l.vp, l.tmp.Mul(&l.y[c], &v))
		}
		l.vp.Add(&l.vp, &l.y[l.m-1])
	}
	return true
}

// value returns y·column j exactly.
func (l *lp) value(j int) *big.Int {
	l.column(j)
	var s, t big.Int
	for c := range l.col {
		s.Add(&s, t.Mul(&l.y[c], &l.col[c]))
	}
	return &s
}

// entering returns a point whose column improves, or −1 when there is none.
// Largest float value first; the smallest index while the method stalls
// (Bland 1977), so that it ends.
func (l *lp) entering() int {
	at := l.scan()
	bland := l.stalled > 8+2*l.m
	if at >= 0 && !bland {
		return at
	}
	first := at
	for _, j := range l.unsure {
		if first >= 0 && int(j) > first || l.inBasis(int(j)) {
			continue
		}
		if l.value(int(j)).Sign() > 0 {
			first = int(j)
			break
		}
	}
	return first
}

func (l *lp) inBasis(j int) bool {
	for _, b := range l.basis {
		if b == j {
			return true
		}
	}
	return false
}

// scan values every column in floats. It returns a surely positive one (the
// largest, or the first while stalling) and lists in unsure those whose sign
// the bound leaves open.
func (l *lp) scan() (at int) {
	t, buf := l.t, make([]float64, l.t.dim)
	base, bound := l.floatPrices()
	l.unsure = l.unsure[:0]
	at = -1
	best := 0.0
	bland := l.stalled > 8+2*l.m
	for j := range l.count {
		if j == l.p {
			continue
		}
		s := base
		row := t.rowIn(j, buf)
		for c, g := range l.g {
			s += g * row[c]
		}
		if s > bound {
			if at < 0 || s > best && !bland {
				best, at = s, j
			}
		} else if !(s < -bound) && (bound > 0 || s > 0) {
			l.unsure = append(l.unsure, int32(j))
		}
	}
	return at
}

// floatPrices rounds the prices to g, for working coordinates, scaled to
// about 1, and returns the constant and the bound of value_j = base + g·w_j.
// The bound is 0 when the float sum is exact.
func (l *lp) floatPrices() (base, bound float64) {
	t := l.t
	top := math.MinInt32
	for c := range t.dim {
		if l.y[c].Sign() != 0 {
			top = max(top, l.y[c].BitLen()+t.exp[c]-t.shift[c])
		}
	}
	if l.vp.Sign() != 0 {
		top = max(top, l.vp.BitLen()-1)
	}
	p := t.row(l.p)
	exact := true
	unitAt := math.MaxInt32
	size := 0.0
	for c := range t.dim {
		g, ok := toFloat(&l.y[c], t.exp[c]-t.shift[c]-top)
		l.g[c] = g
		exact = exact && ok && t.kept[c]
		if g != 0 && t.low[c] != math.MaxInt32 {
			unitAt = min(unitAt, lsb(g)+t.low[c])
		}
		base -= g * p[c]
		size += math.Abs(g) * t.maxW[c]
		bound += math.Abs(g) * (2*t.err[c] + float64(2*t.dim+12)*unit*t.maxW[c])
	}
	v, ok := toFloat(&l.vp, -top)
	if v != 0 {
		unitAt = min(unitAt, lsb(v))
	}
	if exact && ok && unitAt != math.MaxInt32 && 2*size+math.Abs(v) < math.Ldexp(1, min(unitAt+53, 1000)) && unitAt > -1000 {
		return base + v, 0
	}
	return base + v, bound*(1+0x1p-40) + float64(2*t.dim+12)*unit*math.Abs(v) + tiny
}

// toFloat returns z·2^e rounded, and whether it is exact.
func toFloat(z *big.Int, e int) (float64, bool) {
	if z.Sign() == 0 {
		return 0, true
	}
	f := new(big.Float).SetInt(z)
	f.SetMantExp(f, e)
	v, acc := f.Float64()
	return v, acc == big.Exact
}

// pivot brings point e into the basis.
func (l *lp) pivot(e int) {
	l.column(e)
	for i := range l.m {
		l.u[i].SetInt64(0)
		for c := range l.m {
			if l.adj[i][c].Sign() != 0 && l.col[c].Sign() != 0 {
				l.u[i].Add(&l.u[i], l.tmp.Mul(&l.adj[i][c], &l.col[c]))
			}
		}
	}
	r := l.leaving()
	if l.x[r].Sign() == 0 {
		l.stalled++
	} else {
		l.stalled = 0
	}
	l.update(r)
	l.basis[r] = e
}

// leaving is the row of the smallest ratio x_i/u_i over u_i > 0; among equals
// the smallest column, artificial ones first.
func (l *lp) leaving() int {
	r := -1
	var a, b big.Int
	for i := range l.m {
		if l.u[i].Sign() <= 0 {
			continue
		}
		if r < 0 {
			r = i
			continue
		}
		cmp := a.Mul(&l.x[i], &l.u[r]).Cmp(b.Mul(&l.x[r], &l.u[i]))
		if cmp < 0 || cmp == 0 && l.basis[i] < l.basis[r] {
			r = i
		}
	}
	if r < 0 {
		panic("hull: internal error: phase 1 is unbounded")
	}
	return r
}

// update replaces row i by (u_r·row_i − u_i·row_r)/det, row r stays, det = u_r.
func (l *lp) update(r int) {
	ur := new(big.Int).Set(&l.u[r])
	one := func(z, zr, ui *big.Int) {
		z.Mul(z, ur)
		z.Sub(z, l.tmp.Mul(ui, zr))
		z.Quo(z, &l.det)
	}
	for i := range l.m {
		if i == r {
			continue
		}
		for c := range l.m {
			one(&l.adj[i][c], &l.adj[r][c], &l.u[i])
		}
		one(&l.x[i], &l.x[r], &l.u[i])
	}
	l.det.Set(ur)
}

// support lists the points with a positive share.
func (l *lp) support() []int {
	s := []int{}
	for i, b := range l.basis {
		if b >= 0 && l.x[i].Sign() > 0 {
			s = append(s, b)
		}
	}
	return s
}

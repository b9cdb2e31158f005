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

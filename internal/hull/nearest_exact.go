package hull

import (
	"math"
	"math/big"
)

// exactNearest is the nearest point of the hull of all x_j − x_p to the origin
// in exact arithmetic: Wolfe's method, which ends when nothing is rounded.
// Points are integers, the keys' exact numbers over a common power of two (for
// projected keys, Width times that).
type exactNearest struct {
	c      *Cloud
	p      int
	low    int
	own    []big.Int   // the point p
	rows   [][]big.Int // x_j − x_p, made when first asked for
	corral []int
	lambda []*big.Rat
	sum    big.Int   // the corral's least point is x/sum,
	u      []big.Int // and u[i]/sum its weights
	x      []big.Int
	square big.Int // x·x
}

// exactDistance is the distance of point p from the hull of the others, to the
// nearest float below. The start is a corral that may be optimal.
func (c *Cloud) exactDistance(p int, start []int32) Length {
	e := &exactNearest{c: c, p: p, low: math.MaxInt32, rows: make([][]big.Int, c.n())}
	for _, i := range c.Rows {
		for k := range c.Source.Dim() {
			e.low = min(e.low, c.Source.lowBit(int(i), k))
		}
	}
	e.own = e.integers(p)
	e.begin(start)
	for {
		e.point()
		j := e.below()
		if j < 0 {
			return e.length()
		}
		e.corral, e.lambda = append(e.corral, j), append(e.lambda, new(big.Rat))
		e.minor()
	}
}

// integers returns point i in all coordinates.
func (e *exactNearest) integers(i int) []big.Int {
	src := e.c.Source
	x := make([]big.Int, src.Width)
	var sum big.Int
	for k := range src.Dim() {
		x[k].Set(src.exact(int(e.c.Rows[i]), k, e.low))
		sum.Add(&sum, &x[k])
	}
	if src.Projected { // differences to the last coordinate, less their mean
		width := big.NewInt(int64(src.Width))
		for k := range x {
			x[k].Sub(x[k].Mul(&x[k], width), &sum)
		}
	}
	return x
}

func (e *exactNearest) row(j int) []big.Int {
	if e.rows[j] == nil {
		x := e.integers(j)
		for k := range x {
			x[k].Sub(&x[k], &e.own[k])
		}
		e.rows[j] = x
	}
	return e.rows[j]
}

// begin takes over a corral if it is independent, else its first corner.
func (e *exactNearest) begin(start []int32) {
	for _, j := range start {
		e.corral = append(e.corral, int(j))
	}
	if len(start) == 0 {
		e.corral = append(e.corral, e.c.other(e.p))
	}
	if !e.affine() {
		e.corral = e.corral[:1]
	}
	for range e.corral {
		e.lambda = append(e.lambda, big.NewRat(1, int64(len(e.corral))))
	}
	e.minor()
}

// take makes the weights of the least point of the corral's affine hull the
// current ones.
func (e *exactNearest) take() {
	e.lambda = e.lambda[:0]
	for i := range e.u {
		e.lambda = append(e.lambda, new(big.Rat).SetFrac(&e.u[i], &e.sum))
	}
}

// minor moves to the least point of the corral's affine hull, dropping corners
// whose weight would turn negative on the way.
func (e *exactNearest) minor() {
	for {
		if !e.affine() {
			panic("hull: internal error: dependent corral")
		}
		var u []*big.Rat
		theta := big.NewRat(1, 1)
		for i, l := range e.lambda {
			u = append(u, new(big.Rat).SetFrac(&e.u[i], &e.sum))
			if u[i].Sign() < 0 {
				if t := new(big.Rat).Quo(l, new(big.Rat).Sub(l, u[i])); t.Cmp(theta) < 0 {
					theta = t
				}
			}
		}
		if theta.Cmp(big.NewRat(1, 1)) == 0 {
			e.take()
			return
		}
		corral, lambda := e.corral[:0], e.lambda[:0]
		for i, l := range e.lambda {
			l.Add(l, u[i].Mul(theta, u[i].Sub(u[i], l)))
			if l.Sign() > 0 {
				corral, lambda = append(corral, e.corral[i]), append(lambda, l)
			}
		}
		e.corral, e.lambda = corral, lambda
	}
}

// affine solves (G + g·11ᵀ)·u = det·1 for the corral's Gram matrix G, g = G_00,
// by Bareiss' fraction-free elimination, and sets sum to Σu; false if the
// corners are affinely dependent.
func (e *exactNearest) affine() bool {
	n := len(e.corral)
	a := make([][]big.Int, n)
	for i := range a {
		a[i] = make([]big.Int, n+1)
		for k := range n {
			inner(&a[i][k], e.row(e.corral[i]), e.row(e.corral[k]))
		}
		a[i][n].SetInt64(1)
	}
	g := new(big.Int).Set(&a[0][0])
	for i := range a {
		for k := range n {
			a[i][k].Add(&a[i][k], g)
		}
	}
	det, ok := bareiss(a)
	if !ok {
		return false
	}
	e.u = make([]big.Int, n)
	e.sum.SetInt64(0)
	var t big.Int
	for i := n - 1; i >= 0; i-- { // back-substitution; u is det times the solution
		e.u[i].Mul(det, &a[i][n])
		for k := i + 1; k < n; k++ {
			e.u[i].Sub(&e.u[i], t.Mul(&a[i][k], &e.u[k]))
		}
		e.u[i].Quo(&e.u[i], &a[i][i])
		e.sum.Add(&e.sum, &e.u[i])
	}
	return true
}

// point sets x to Σ u·row, in integers.
func (e *exactNearest) point() {
	var t big.Int
	e.x = make([]big.Int, e.c.Dim)
	for i, j := range e.corral {
		for k := range e.x {
			e.x[k].Add(&e.x[k], t.Mul(&e.u[i], &e.row(j)[k]))
		}
	}
	inner(&e.square, e.x, e.x)
}

// length is √(x·x)/sum in working units, rounded down.
func (e *exactNearest) length() Length {
	root := new(big.Float).SetPrec(128).SetInt(&e.square)
	root.Sqrt(root)
	root.Quo(root, new(big.Float).SetPrec(128).SetInt(&e.sum))
	if e.c.Source.Projected {
		root.Quo(root, new(big.Float).SetInt64(int64(e.c.Source.Width)))
	}
	exp := root.MantExp(root)
	f, _ := root.SetMode(big.ToZero).SetPrec(53).Float64()
	return Length{f, exp + e.low - e.c.Exp}
}

func inner(sum *big.Int, x, y []big.Int) {
	var t big.Int
	sum.SetInt64(0)
	for k := range x {
		sum.Add(sum, t.Mul(&x[k], &y[k]))
	}
}

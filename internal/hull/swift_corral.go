package hull

import (
	"math"

	"keyhull/internal/vec"
)

// swiftCorral is a corral with the inverse of the matrix
//
//	K = | 0  1ᵀ |   G: the products of the corners.
//	    | 1  G  |
//
// Its first row is −x·x and the weights of the point x of least norm of the
// affine hull (Wolfe 1976, section 6). Adding or removing a point takes O(n²+n·d),
// in fewer and plainer loops than factors take, and errors grow with the square
// of what they do there.
type swiftCorral struct {
	n      int
	index  []int32
	lambda []float64 // weights
	norms  []float64 // y·y
	y      []float64 // rows of ly
	inv    []float64 // rows of ld
	ly, ld int
	x      []float64 // the least point, padded
	square float64   // x·x
	b, v   []float64 // a column of K, and its product with inv
}

func newSwiftCorral(d int) swiftCorral {
	ly, ld := (d+3)&^3, (d+5)&^3
	return swiftCorral{ly: ly, ld: ld, index: make([]int32, d+1), lambda: make([]float64, d+1), norms: make([]float64, d+1),
		y: make([]float64, (d+1)*ly), inv: make([]float64, (d+2)*ld), x: make([]float64, ly), b: make([]float64, ld), v: make([]float64, ld)}
}

// reset forgets all: what overflowed must not reach the next point.
func (k *swiftCorral) reset() {
	k.n, k.square = 0, math.Inf(1)
	clear(k.inv)
	clear(k.x)
}

// add appends a point y with weight 0; false if it depends on the others as far
// as floats can tell.
func (k *swiftCorral) add(j int32, y []float64) bool {
	norm := dotShort(y, y)
	if k.n == len(k.index) || !k.border(y, norm) {
		return false
	}
	copy(k.y[k.n*k.ly:], y)
	k.index[k.n], k.lambda[k.n], k.norms[k.n] = j, 0, norm
	if k.n == 0 {
		k.lambda[0] = 1
	}
	k.n++
	return true
}

// border adds a row and a column to the inverse.
func (k *swiftCorral) border(y []float64, norm float64) bool {
	n, ld := k.n+1, k.ld
	if n == 1 {
		k.inv[0], k.inv[1], k.inv[ld], k.inv[ld+1] = -norm, 1, 1, 0
		return norm > 0
	}
	k.b[0] = 1
	vec.MatVec(k.b[1:], k.y, k.ly, k.n, y)
	clear(k.b[n:])
	vec.MatVec(k.v, k.inv, ld, n, k.b)
	left := norm - dotShort(k.b[:n], k.v[:n])
	if !(left > 1e-9*norm) {
		return false
	}
	f := 1 / left
	last := k.inv[n*ld:][:n+1]
	for i, a := range k.v[:n] {
		a *= f
		row := k.inv[i*ld:][:n+1]
		for j, b := range k.v[:n] {
			row[j] += a * b
		}
		row[n], last[i] = -a, -a
	}
	last[n] = f
	return true
}

// remove takes corner r out; the last takes its place.
func (k *swiftCorral) remove(r int) {
	ld, last := k.ld, k.n
	out := k.inv[(r+1)*ld:][:last+1]
	f := 1 / out[r+1]
	for i := range last + 1 {
		if a := out[i] * f; i != r+1 {
			row := k.inv[i*ld:][:last+1]
			for j, b := range out {
				row[j] -= a * b
			}
		}
	}
	for i := range last {
		k.inv[i*ld+r+1] = k.inv[i*ld+last]
	}
	copy(out[:last], k.inv[last*ld:])
	out[r+1] = k.inv[last*ld+last]
	k.n--
	k.index[r], k.lambda[r], k.norms[r] = k.index[k.n], k.lambda[k.n], k.norms[k.n]
	copy(k.y[r*k.ly:(r+1)*k.ly], k.y[k.n*k.ly:])
}

// settle moves the weights to those of the least point of the affine hull,
// removing corners whose weight would turn negative on the way: it calls show
// with each.
func (k *swiftCorral) settle(show func(j int)) bool {
	for k.n > 0 {
		u := k.inv[1 : k.n+1]
		theta, out := 1.0, -1
		for i, l := range k.lambda[:k.n] {
			if u := u[i]; u <= 0 && l-u > 0 {
				if t := l / (l - u); t < theta {
					theta, out = t, i
				}
			}
		}
		if out < 0 {
			copy(k.lambda, u)
			k.point()
			return true
		}
		for i, l := range k.lambda[:k.n] {
			k.lambda[i] = l + theta*(u[i]-l)
		}
		show(int(k.index[out]))
		k.remove(out)
	}
	return false
}

// point sets x to what the weights give.
func (k *swiftCorral) point() {
	x := k.x
	clear(x)
	for i, l := range k.lambda[:k.n] {
		for c, v := range k.y[i*k.ly:][:len(x)] {
			x[c] += l * v
		}
	}
	k.square = dotShort(x, x)
}

// scores sets b to 1ᵀ over the scores of the corners, and returns the least.
func (k *swiftCorral) scores() (least float64) {
	vec.MatVec(k.b[1:], k.y, k.ly, k.n, k.x)
	least = math.Inf(1)
	for _, s := range k.b[1 : k.n+1] {
		least = min(least, s)
	}
	return least
}

// refine solves for what the scores, which are in b, differ from x·x by; false if a weight is
// not above 0 then.
func (k *swiftCorral) refine() bool {
	k.b[0] = 0
	for i := range k.n {
		k.b[i+1] = k.square - k.b[i+1]
	}
	clear(k.b[k.n+1:])
	vec.MatVec(k.v, k.inv, k.ld, k.n+1, k.b)
	for i, s := range k.v[1 : k.n+1] {
		if k.lambda[i] += s; !(k.lambda[i] > 0) {
			return false
		}
	}
	k.point()
	return true
}

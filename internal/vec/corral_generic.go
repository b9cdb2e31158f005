package vec

import (
	"math"
	"math/bits"
	"unsafe"
)

// topLanesGeneric finds the best point of each lane of panels, and its panel.
func topLanesGeneric(best *[Lanes32]float32, panel *[Lanes32]int32, q []float32, p *Panels32) {
	for l := range best {
		best[l], panel[l] = hidden, 0
	}
	for i := range p.Panels() {
		var score [Lanes32]float32
		for c, x := range q[:p.Dim] {
			for l, v := range p.Data[(i*p.stride()+c)*Lanes32:][:Lanes32] {
				score[l] += x * v
			}
		}
		for l, s := range score {
			if s > best[l] {
				best[l], panel[l] = s, int32(i)
			}
		}
	}
}

// descendGeneric is the plain twin of the kernel.
func descendGeneric(k *Corral, rows []float64, list []int32) (added int, why Descent) {
	for range 8 + 8*k.Dim {
		l := k.lowest()
		if l < 0 {
			return added, NoneBelow
		}
		if k.near[k.Dim][l] != 0 {
			return added, Lost // scores are NaN
		}
		j := list[int(k.panel[l])*Lanes32+l]
		for c, v := range rows[int(j)*k.Dim:][:k.Dim] {
			k.z[c] = v - k.P[c]
		}
		if k.Used != 0 && !(Dot(k.X[:k.Dim], k.z[:k.Dim]) < k.Square*k.Drop) {
			return added, NoneBelow
		}
		before := k.Square
		if !k.add(j, l) {
			return added, Dependent
		}
		added++
		if !k.settle() {
			return added, Lost
		}
		k.point()
		if !(k.Square < before && k.Square > k.Least) {
			return added, Lost
		}
		k.ask()
	}
	return added, Lost
}

// lowest returns the near point of the largest score, −1 for none.
func (k *Corral) lowest() int {
	near := Panels32{N: Lanes32, Dim: k.Dim + 1, Data: unsafe.Slice(&k.near[0][0], (k.Dim+1)*Lanes32)}
	if top := Top2F32(k.Q[:k.Dim+1], &near); top.Best > math.Inf(-1) {
		return int(top.Index)
	}
	return -1
}

// add takes z in as point j, near point l, with weight 0; false if it depends on
// the corners as far as floats can tell.
func (k *Corral) add(j int32, l int) bool {
	norm := Dot(k.z[:k.Dim], k.z[:k.Dim])
	s := bits.TrailingZeros64(^k.Used)
	if s > k.Dim || !k.border(s, norm) {
		return false
	}
	copy(k.y[s*k.ld:], k.z[:k.ld])
	for c, v := range k.z[:k.Dim] {
		k.t[c*k.ld+s] = v
	}
	k.Norm[s], k.Index[s], k.lane[s] = norm, j, int32(l)
	k.Used |= 1 << s
	k.near[k.Dim][l] = hidden
	return true
}

// row is row i of the inverse.
func (k *Corral) row(i int) []float64 { return k.k[i*k.ld : (i+1)*k.ld] }

// border adds row and column s to the inverse: with v = inverse·b and l what the
// point's square is more than b·v, the new row is [−v/l, 1/l], and v times it is taken
// from the others.
func (k *Corral) border(s int, norm float64) bool {
	one := k.Dim + 1
	row, last := k.row(s), k.row(one)
	if k.Used == 0 {
		last[one], last[s], row[one], row[s] = -norm, 1, 1, 0
		return norm > 0
	}
	MatVec(k.b[:], k.y[:], k.ld, one, k.z[:k.ld])
	clear(k.b[one:])
	k.b[one] = 1
	MatVec(k.v[:], k.k[:], k.ld, one+1, k.b[:k.ld])
	left := norm - Dot(k.b[:one+1], k.v[:one+1])
	if !(left > 1e-9*norm) {
		return false
	}
	for i, v := range k.v[:one+1] {
		row[i] = -v
	}
	row[s], k.v[s] = 1, left
	Pivot(k.k[:], k.ld, one+1, s, k.v[:])
	return true
}

// settle moves the weights to those of the least point of the affine hull, removing
// corners whose weight would turn negative on the way; false if none is left.
func (k *Corral) settle() bool {
	u, weight := k.row(k.Dim + 1)[:k.Dim+1], k.Weight[:k.Dim+1]
	for k.Used != 0 {
		theta, out := 1.0, -1
		for i, l := range weight {
			if u := u[i]; u <= 0 && l-u > 0 {
				if t := l / (l - u); t < theta {
					theta, out = t, i
				}
			}
		}
		if out < 0 {
			copy(weight, u)
			return true
		}
		for i, l := range weight {
			weight[i] = l + theta*(u[i]-l)
		}
		k.remove(out)
	}
	return false
}

// remove frees a slot.
func (k *Corral) remove(r int) {
	row := k.row(r)
	copy(k.v[:], row)
	Pivot(k.k[:], k.ld, k.Dim+2, r, k.v[:])
	clear(row)
	for i := range k.Dim + 2 {
		k.k[i*k.ld+r] = 0
	}
	k.Weight[r] = 0
	k.Used &^= 1 << r
	if l := k.lane[r]; l >= 0 {
		k.near[k.Dim][l] = 0
	}
}

// point sets X to what the weights give.
func (k *Corral) point() {
	MatVec(k.X[:], k.t[:], k.ld, k.Dim, k.Weight[:k.ld])
	k.Square = Dot(k.X[:k.Dim], k.X[:k.Dim])
}

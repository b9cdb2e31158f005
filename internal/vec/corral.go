package vec

import (
	"math"
	"math/bits"
)

// CorralDim is the largest dimension of a [Corral].
const CorralDim = corralLanes - 2

const corralLanes = 32 // corners, and one number more

// Corral finds the point x of least norm in the hull of some points less a point P
// (Wolfe, "Finding the nearest point in a polytope", 1976): it steps from corral to
// corral, each the corners of a simplex that has its least point inside. It looks at
// a few near points at a time: [Corral.Approach] chooses them, [Corral.Descend]
// takes the steps. Whoever uses x must prove it: in place of factors there is the
// inverse of
//
//	| G  1 |   G: the products of the corners (Wolfe, section 6),
//	| 1ᵀ 0 |
//
// whose last row is the weights of the least point of the corners' affine hull. A
// step takes O(n²+n·d), and errors grow with the square of what they do with factors.
//
// Corners lie in slots, in any order; the row and the column of a free slot are 0.
// Fields are padded with zeros; the assembler knows where they lie. Not for
// concurrent use.
type Corral struct {
	k      [corralLanes * corralLanes]float64 // rows of ld; the bordering row is number Dim+1
	y      [corralLanes * corralLanes]float64 // corners less P
	t      [corralLanes * corralLanes]float64 // the same, transposed
	Weight [corralLanes]float64
	X      [corralLanes]float64
	Norm   [corralLanes]float64 // square of each corner
	P      [corralLanes]float64
	b      [corralLanes]float64 // a column of the matrix, and its product with the inverse
	v      [corralLanes]float64
	z      [corralLanes]float64 // a point less P

	near  [corralLanes][Lanes32]float32 // coordinates of near points, then 0, or −Inf for none
	Q     [corralLanes]float32          // −X, then 1
	panel [Lanes32]int32                // near point l is number panel[l]·Lanes32+l
	lane  [corralLanes]int32            // which near point each corner was; −1: none of now
	Index [corralLanes]int32            // the point in each slot

	Square      float64 // X·X, or Inf without corners
	Drop, Least float64 // see NewCorral
	Dim, ld     int
	Used        uint64 // slots with corners
}

// Descent says why a descent ended.
type Descent int

// Reasons to end a descent.
const (
	NoneBelow Descent = iota // no near point is below the corral
	Dependent                // the lowest one depends on the corners, as far as floats can tell
	Lost                     // rounding rules
)

// NewCorral returns a corral for points of d coordinates. A point is below it if its
// product with X is less than Drop·Square; Square must stay above Least. It panics
// unless 0 < d ≤ CorralDim.
func NewCorral(d int, drop, least float64) *Corral {
	if d <= 0 || d > CorralDim {
		panic("vec: dimension of a corral")
	}
	k := &Corral{Dim: d, Drop: drop, Least: least, ld: corralLanes}
	if d <= corralLanes/2-2 {
		k.ld = corralLanes / 2
	}
	return k
}

// Reset forgets all corners: what overflowed must not reach the next point. p and x
// have Dim numbers; x is a direction to begin in. Points should be of a size near 1,
// so that scores are no larger than float32 can hold.
func (k *Corral) Reset(p, x []float64) {
	n := (k.Dim + 2) * k.ld
	clear(k.k[:n])
	clear(k.y[:n])
	clear(k.t[:n])
	clear(k.Weight[:])
	copy(k.P[:k.Dim], p)
	k.Used, k.Square = 0, math.Inf(1)
	size := 0.0
	for _, v := range x {
		size = max(size, math.Abs(v))
	}
	for c, v := range x {
		k.X[c] = v / size
	}
	k.ask()
}

// ask sets Q.
func (k *Corral) ask() {
	for c, v := range k.X[:k.Dim] {
		k.Q[c] = -float32(v)
	}
	k.Q[k.Dim] = 1
}

// Approach scans points of Dim+1 coordinates, the last 0 or, for those that must not
// be found, −Inf, and makes those the near points that are the best of a lane under Q
// and score more than least. It returns the largest score, −Inf if there is none.
func (k *Corral) Approach(all *Panels32, least float32) (best float32) {
	all.check(k.Dim+1, 1)
	for s := range k.lane {
		k.lane[s] = -1
	}
	var top [Lanes32]float32
	topLanes(&top, &k.panel, k.Q[:k.Dim+1], all)
	best = hidden
	for l, score := range top {
		best = max(best, score)
		if k.near[k.Dim][l] = hidden; score > least {
			from := all.Data[int(k.panel[l])*all.Dim*Lanes32+l:]
			for c := range all.Dim {
				k.near[c][l] = from[c*Lanes32]
			}
		}
	}
	return best
}

// hidden is the last coordinate of what must not be found.
var hidden = float32(math.Inf(-1))

// Descend steps from corral to corral as long as a near point is below, and says how
// many it has taken in and why it ended. rows are points of Dim numbers; list says
// which of them each scanned one is.
func (k *Corral) Descend(rows []float64, list []int32) (added int, why Descent) {
	return descend(k, rows, list)
}

// Corners calls with each slot that has a corner.
func (k *Corral) Corners(with func(slot int)) {
	for used := k.Used; used != 0; used &= used - 1 {
		with(bits.TrailingZeros64(used))
	}
}

// Spread returns the least product of X with a corner; all of them are X·X but for
// rounding.
func (k *Corral) Spread() (least float64) {
	MatVec(k.b[:], k.y[:], k.ld, k.Dim+1, k.X[:k.ld])
	least = math.Inf(1)
	k.Corners(func(s int) {
		least = min(least, k.b[s])
	})
	return least
}

// Refine solves for what the products that Spread found differ from X·X by, and the sum
// of the weights from 1; false if a weight is not above 0 then.
func (k *Corral) Refine() (ok bool) {
	n := k.Dim + 1
	k.b[n] = 1
	for s := range n {
		k.b[n] -= k.Weight[s]
		k.b[s] = k.Square - k.b[s]
	}
	clear(k.b[n+1:])
	MatVec(k.v[:], k.k[:], k.ld, n, k.b[:k.ld])
	ok = true
	k.Corners(func(s int) {
		k.Weight[s] += k.v[s]
		ok = ok && k.Weight[s] > 0
	})
	k.point()
	k.ask()
	return ok
}

package shortcut

import (
	"math"
	"math/big"
	"slices"
)

// Around proves, by a core of the keys, that weights near the given ones are positive,
// or computes them. What a core shows serves all keys whose list begins with it.
func (k *Keys) Around(p int, keys []int, weights []float64) bool {
	k.solving <- struct{}{}
	defer func() { <-k.solving }()
	c := k.coreOf(keys[:min(len(keys), coreEach*(len(k.cols)+1))])
	return c.sigma != nil && c.surrounds(k, p, keys, weights) || k.nearest(p, keys, weights)
}

// core is the first keys of a list. Let B have the rows [x_j − x_0, h] for these keys,
// in units of each coordinate's size, as in enclosed. The least eigenvalue of BᵀB is
// bounded below as that of B·Bᵀ is there, and so is σ, the least singular value of B.
// If σ > 0, the keys span the affine hull of all. More rows make it no less.
type core struct {
	keys  []int
	sigma *big.Int // in units of B; nil if there is none
}

const coreEach = 2 // how many keys a core has for each of a basis

// coreShifts are what s is tried as, from the largest on: such matrices are seldom near
// singular ones.
var coreShifts = []int{24, 30, 36, 42, 48}

// coreOf makes the core of keys, unless it is the last one that was made.
func (k *Keys) coreOf(keys []int) *core {
	k.coring.Lock()
	defer k.coring.Unlock()
	if k.core != nil && slices.Equal(k.core.keys, keys) {
		return k.core
	}
	n, m := len(k.cols)+1, len(keys)
	k.core = &core{keys: slices.Clone(keys)}
	e := &enclosure{n: n, far: int64(math.Sqrt(float64(n)*float64(m)))/2 + 3} // in each number 1/2 or little more
	for _, c := range k.cols {
		row := make([]int64, m)
		for b, j := range keys {
			v, _ := k.apart(j, keys[0], c)
			row[b] = (v + 1<<(dropBits-1)) >> dropBits
		}
		e.b = append(e.b, row)
	}
	e.b = append(e.b, slices.Repeat([]int64{side}, m))
	e.multiply()
	for _, part := range coreShifts {
		if e.propose(part) && e.checkFactor() {
			k.core.sigma = e.sigma
			break
		}
	}
	return k.core
}

// surrounds proves that weights near the given ones give p. Let w be these in units of
// 2^-62, rounded, and ρ = Σ w_j·[x_j − x_0, h] − [p − x_0, h]. The nearest weights that
// make it 0 differ from w by |ρ|/σ at most in length, and from those nearest to the
// given ones by what rounding moved these by, m at most for m keys: to come nearest is
// a projection, which moves no two points apart. So all are positive if w_j − m > |ρ|/σ.
func (c *core) surrounds(k *Keys, p int, keys []int, weights []float64) bool {
	least, total, w := int64(math.MaxInt64), int64(0), make([]int64, len(keys))
	for b, v := range weights { // which have the sum 1 or nearly
		w[b] = int64(math.RoundToEven(math.Ldexp(v, weightBits)))
		least, total = min(least, w[b]), total+w[b]
	}
	if least -= int64(len(keys)); least <= 0 {
		return false
	}
	sums, off := make([]wide, len(k.cols)), int64(0)
	add := func(j int, f int64) {
		for i, col := range k.cols {
			v, cut := k.apart(j, keys[0], col)
			if cut {
				off = 1
			}
			sums[i] = sums[i].add(times(f, v))
		}
	}
	for b, j := range keys {
		add(j, w[b])
	}
	add(p, -1<<weightBits)
	square := big.NewInt(total - 1<<weightBits)
	square.Mul(square, big.NewInt(side))
	square.Mul(square, square)
	for _, v := range sums { // sums are below 2^126, and off by less than 3·2^62
		r := v.size(dropBits)
		r.Add(r, big.NewInt(off*(3<<(weightBits-dropBits)+1)))
		square.Add(square, r.Mul(r, r))
	}
	room := new(big.Int).Mul(big.NewInt(least), c.sigma)
	return square.Cmp(room.Mul(room, room)) < 0
}

// nearest computes the nearest weights: w + A·y for the rows of A, [x_j − p, 1], and the
// y with AᵀA·y = [0, 1] − Aᵀw, which there is one of just when the keys span all.
func (k *Keys) nearest(p int, keys []int, weights []float64) bool {
	n, e := len(k.cols)+1, lowest(weights)
	one := whole(1, e)
	rows := make([][]*big.Int, len(keys)) // and the weight
	for b, j := range keys {
		for _, c := range k.cols {
			rows[b] = append(rows[b], k.diff(j, p, c))
		}
		rows[b] = append(rows[b], big.NewInt(1), whole(weights[b], e))
	}
	y := kernel(n, n+1, func(i, j int) *big.Int {
		sum, t := new(big.Int), new(big.Int)
		for _, row := range rows {
			sum.Add(sum, t.Mul(row[i], row[j]))
		}
		if i == n-1 && j == n {
			sum.Sub(sum, one)
		}
		return sum
	})
	return y != nil && !slices.ContainsFunc(rows, func(row []*big.Int) bool {
		sum, t := new(big.Int), new(big.Int)
		for i, v := range row {
			sum.Add(sum, t.Mul(v, y[i]))
		}
		return sum.Sign()*y[n].Sign() <= 0
	})
}

// apart is ⌊(x_j − x_i)·2^61/2^bits⌋ in coordinate c, below 2^62, or 1 more or less, and
// whether that cuts anything off. Numbers as they are given are scaled one by one, modulo
// 2^64, in which the difference is what it is.
func (k *Keys) apart(j, i, c int) (v int64, cut bool) {
	if k.dim == k.width && k.ef == 0 && k.factor[j] == 1 && k.factor[i] == 1 {
		a, cutA := scaled(k.x[j*k.width+c], fullBits-k.bits[c]-k.ex)
		b, cutB := scaled(k.x[i*k.width+c], fullBits-k.bits[c]-k.ex)
		return a - b, cutA || cutB
	}
	d := k.diff(j, i, c)
	d.Lsh(d, fullBits)
	cut = d.Sign() != 0 && d.TrailingZeroBits() < uint(k.bits[c])
	return d.Rsh(d, uint(k.bits[c])).Int64(), cut
}

// scaled is ⌊x·2^s⌋ modulo 2^64, and whether that is not x·2^s.
func scaled(x float64, s int) (v int64, cut bool) {
	b := math.Float64bits(x)
	e, m := int(b>>52&0x7ff), int64(b&(1<<52-1))
	if e == 0 {
		e = 1
	} else {
		m |= 1 << 52
	}
	if b>>63 != 0 {
		m = -m
	}
	if s += e - 1075; s >= 0 {
		return m << uint(s), false
	}
	return m >> uint(-s), m<<uint(max(0, 64+s)) != 0 // what is left of the bits cut off
}

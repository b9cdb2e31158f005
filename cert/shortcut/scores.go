package shortcut

import (
	"math/big"

	"keyhull/cert"
)

// approximate rounds the keys to 31 bits, for tests that most often suffice.
func (k *Keys) approximate() {
	k.near, k.bits = make([]int32, k.n*k.dim), make([]int, k.dim)
	each(k.dim, func(_, c int) {
		column := make([]*big.Int, k.n)
		for i := range column {
			column[i] = k.diff(i, 0, c)
			k.bits[c] = max(k.bits[c], column[i].BitLen())
		}
		for i, v := range column {
			k.near[i*k.dim+c] = int32(v.Rsh(v.Lsh(v, 30), uint(k.bits[c])).Int64())
		}
	})
}

// integers returns q times a positive number that makes it integers.
func integers(q *cert.Query) []*big.Int {
	out, e, common := make([]*big.Int, 0, len(q.Float)+len(q.Exact)), lowest(q.Float), big.NewInt(1)
	for _, v := range q.Float {
		out = append(out, whole(v, e))
	}
	for _, v := range q.Exact { // common becomes the least common denominator
		g := new(big.Int).GCD(nil, nil, common, v.Denom())
		common.Mul(common, g.Quo(v.Denom(), g))
	}
	for _, v := range q.Exact {
		m := new(big.Int).Quo(common, v.Denom())
		out = append(out, m.Mul(m, v.Num()))
	}
	return out
}

// Ties compares scores of rounded keys first.
func (k *Keys) Ties(query *cert.Query, i, limit int) (tied []int, higher int) {
	q := integers(query)
	top, room := 1, 30-big.NewInt(int64(k.dim)).BitLen()
	for c, v := range q {
		top = max(top, v.BitLen()+k.bits[c])
	}
	// q is r + δ, 0 ≤ δ < 1, in other units; the keys are near + η. A difference
	// of scores is off by Σ δ·(near − near') + (r + δ)·(η − η') at most slack.
	slack, r := int64(0), make([]int64, k.dim)
	for c, v := range q {
		v = new(big.Int).Lsh(v, uint(k.bits[c]+room))
		r[c] = v.Rsh(v, uint(top)).Int64()
		slack += max(r[c], -r[c]) + 1<<31 + 1
	}
	own := dot(r, k.near[i*k.dim:])
	for j := range limit {
		if j == i || dot(r, k.near[j*k.dim:]) < own-slack {
			continue
		}
		score := new(big.Int)
		for c, v := range q {
			d := k.diff(j, i, c)
			score.Add(score, d.Mul(d, v))
		}
		if score.Sign() > 0 {
			return nil, j
		} else if score.Sign() == 0 {
			tied = append(tied, j)
		}
	}
	return tied, -1
}

// dot is Σ r·x below 2^61.
func dot(r []int64, x []int32) (sum int64) {
	x = x[:len(r)]
	for c, v := range r {
		sum += v * int64(x[c])
	}
	return sum
}

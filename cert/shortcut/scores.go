package shortcut

import (
	"context"
	"math/big"

	"keyhull/cert"
)

// approximate rounds the keys to 31 bits, for tests that most often suffice.
func (k *Keys) approximate() {
	k.near, k.bits = make([]int32, k.n*k.dim), make([]int, k.dim)
	each(context.Background(), k.dim, cores(), func(c int) {
		column, first := make([]*big.Int, k.n), k.at(0, c)
		for i := range column {
			column[i] = k.at(i, c)
			column[i].Sub(column[i], first)
			k.bits[c] = max(k.bits[c], column[i].BitLen())
		}
		for i, v := range column {
			k.near[i*k.dim+c] = int32(v.Rsh(v.Lsh(v, 30), uint(k.bits[c])).Int64())
		}
	}, func(int) {})
}

// integers returns q times a positive number that makes it integers.
func integers(q *cert.Query) []*big.Int {
	out, e, common := make([]*big.Int, 0, len(q.Float)+len(q.Exact)), lowest(q.Float), big.NewInt(1)
	for _, v := range q.Float {
		out = append(out, whole(v, e))
	}
	for _, v := range q.Exact { // common becomes the least common denominator
		if !v.IsInt() {
			g := new(big.Int).GCD(nil, nil, common, v.Denom())
			common.Mul(common, g.Quo(v.Denom(), g))
		}
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
	for _, j := range k.close(k.round(q, i, limit)) {
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

// question asks which keys before limit score as high as key i, or higher, for all
// that rounded scores tell: r·x is no less than that of key i, less slack.
type question struct {
	i, limit int
	r        []float64 // whole numbers, as are rounded keys: all sums are below 2^53, and exact
	least    float64
	answer   []int // ascending, without i
	done     chan struct{}
}

// keyBits is how many bits of a key's coordinates are scored, but for the sign.
const keyBits = 20

// round rounds a query.
func (k *Keys) round(q []*big.Int, i, limit int) *question {
	top, room := 1, 52-keyBits-big.NewInt(int64(k.dim)).BitLen()
	for c, v := range q {
		top = max(top, v.BitLen()+k.bits[c])
	}
	// q is r + δ, 0 ≤ δ < 1, in other units; the keys are x + η. A difference
	// of scores is off by Σ δ·(x − x') + (r + δ)·(η − η') at most slack.
	slack, u, w := int64(0), &question{i: i, limit: limit, r: make([]float64, k.dim)}, new(big.Int)
	for c, v := range q {
		r := w.Rsh(w.Lsh(v, uint(k.bits[c]+room)), uint(top)).Int64()
		slack += max(r, -r) + 1<<(keyBits+1) + 1
		u.r[c] = float64(r)
	}
	u.least = k.score(u.r, i) - float64(slack)
	return u
}

// score is r·x for key j rounded.
func (k *Keys) score(r []float64, j int) (sum float64) {
	x := k.near[j*k.dim:][:len(r)]
	for c, v := range r {
		sum += v * float64(x[c]>>(30-keyBits))
	}
	return sum
}

// closePlain answers a question by the definition.
func (k *Keys) closePlain(u *question) (list []int) {
	for j := range u.limit {
		if j != u.i && k.score(u.r, j) >= u.least {
			list = append(list, j)
		}
	}
	return list
}

package cert

import (
	"math/big"
	"slices"
)

// rival counts how the scores of the other keys compare with the own one.
type rival struct{ above, equal int }

// integers returns the query times a positive integer that makes it whole; nil
// if it has not dim finite numbers.
func (q *Query) integers(dim int) []big.Int {
	if q == nil || len(q.Float)+len(q.Exact) != dim || q.Float != nil && q.Exact != nil {
		return nil
	}
	r := slices.Clone(q.Exact)
	for _, v := range q.Float {
		r = append(r, new(big.Rat).SetFloat64(v))
	}
	common := big.NewInt(1)
	for _, v := range r {
		if v == nil {
			return nil
		}
		g := new(big.Int).GCD(nil, nil, common, v.Denom())
		common.Mul(common, g.Quo(v.Denom(), g))
	}
	out := make([]big.Int, dim)
	for c, v := range r {
		out[c].Mul(v.Num(), new(big.Int).Quo(common, v.Denom()))
	}
	return out
}

const (
	chunk = 1024 // keys packed into one number a coordinate
	word  = 64
)

// pack holds keys lo ≤ j < hi in slots of some words each: number c is
// Σ_j (x_jc + bias)·2^(64·words·(j−lo)) (Kronecker's substitution), so that one
// multiplication by q_c gives that product for all keys.
type pack struct {
	k      *Keys
	lo, hi int
	words  int
	bias   *big.Int // makes coordinates positive
	top    *big.Int // 2^(slot bits − 1) in every slot, makes scores positive
	x      []big.Int
}

// slotWords is how many words a score needs for a query of so many bits.
func (k *Keys) slotWords(queryBits int) int {
	return (k.bits+queryBits+big.NewInt(int64(k.dim)).BitLen()+4)/word + 1
}

func newPack(k *Keys, lo, hi, words int) *pack {
	p := &pack{k: k, lo: lo, hi: hi, words: words, bias: new(big.Int).Lsh(big.NewInt(1), uint(k.bits)), x: make([]big.Int, k.dim)}
	size := (hi - lo) * words
	var v big.Int
	for c := range p.x {
		bits := make([]big.Word, size)
		for j := lo; j < hi; j++ {
			copy(bits[(j-lo)*words:], v.Add(&k.row(j)[c], p.bias).Bits())
		}
		p.x[c].SetBits(bits)
	}
	bits := make([]big.Word, size)
	for j := words - 1; j < size; j += words {
		bits[j] = 1 << (word - 1)
	}
	p.top = new(big.Int).SetBits(bits)
	return p
}

// compare scores the keys lo ≤ j < min(hi, limit) other than i with q and
// compares them with key i, adding to r.
func (p *pack) compare(q []big.Int, i, limit int, r *rival) {
	sum, term := new(big.Int).Set(p.top), new(big.Int)
	own := new(big.Int).Lsh(big.NewInt(1), uint(p.words*word-1))
	for c := range q {
		if q[c].Sign() != 0 {
			sum.Add(sum, term.Mul(&p.x[c], &q[c]))
			own.Add(own, term.Mul(term.Add(&p.k.row(i)[c], p.bias), &q[c]))
		}
	}
	slots, mine := sum.Bits(), make([]big.Word, p.words)
	copy(mine, own.Bits())
	slots = append(slots, make([]big.Word, max(0, (p.hi-p.lo)*p.words-len(slots)))...)
	for j := p.lo; j < min(p.hi, limit); j++ {
		switch s := slots[(j-p.lo)*p.words:][:p.words]; {
		case j == i:
		case above(s, mine):
			r.above++
		case slices.Equal(s, mine):
			r.equal++
		}
	}
}

// above reports s > t for numbers of equal length, lowest word first.
func above(s, t []big.Word) bool {
	for w := len(s) - 1; w >= 0; w-- {
		if s[w] != t[w] {
			return s[w] > t[w]
		}
	}
	return false
}

package nn

import (
	"context"
	"math"

	"keyhull/internal/vec"
)

// queriesAtOnce is how many queries of a head a worker takes at a time: their
// scores are all that is ever stored of a head's.
const queriesAtOnce = 48

// attend fills heads (n,Heads·Width) with what each head reads, a block of
// queries at a time, long rows first.
func (r *run) attend(ctx context.Context, kind attentionKind) error {
	a := r.Arch
	r.pack()
	blocks := (r.n + queriesAtOnce - 1) / queriesAtOnce
	vec.Parallel(a.Heads*blocks, r.workers, func(unit int) {
		if ctx.Err() != nil {
			return
		}
		head, first := unit%a.Heads, (blocks-1-unit/a.Heads)*queriesAtOnce
		s := r.scores.Get().(*[]float32)
		r.block(*s, head, first, min(r.n, first+queriesAtOnce), kind)
		r.scores.Put(s)
	})
	return ctx.Err()
}

// rowLength is how far rows of n scores lie apart: an odd number of cache lines,
// so that they do not fall on each other in the cache.
func rowLength(n int) int { return (n+15)/16/2*32 + 16 }

// pack lays out the keys and values of each head for products.
func (r *run) pack() {
	a, wide := r.Arch, (r.Arch.Heads+2*r.Arch.KVHeads)*r.Arch.Width
	vec.Parallel(a.KVHeads, r.workers, func(h int) {
		keys, values := &r.keys[h], &r.values[h]
		keys.Reset(a.Width, r.n)
		keys.Set(0, r.n, row(r.k, h, r.n*a.Width), 1, a.Width, nil)
		values.Reset(r.n, a.Width)
		values.Set(0, a.Width, r.qkv[(a.Heads+a.KVHeads+h)*a.Width:], wide, 1, nil)
	})
}

// block attends with the queries first ≤ i < last of a head:
//
//  1. scores of all keys that any of them may meet;
//  2. weights but for the factor that makes their sum 1;
//  3. sums of values, and that factor.
func (r *run) block(s []float32, head, first, last int, kind attentionKind) {
	a, w, ld, end := r.Arch, r.Arch.Width, rowLength(r.n), r.n
	shared := head / (a.Heads / a.KVHeads)
	if a.Causal {
		end = last
	}
	vec.MatMul(s, ld, row(r.q, head, r.n*w)[first*w:], w, last-first, r.keys[shared].Head(w, end), 1)
	var inverse [queriesAtOnce]float32
	for i := first; i < last; i++ {
		from, to := visible(i, r.n, a.Causal, kind.window)
		x := s[(i-first)*ld:][:end]
		inverse[i-first] = 1 / kind.weights(x[from:to])
		clear(x[:from])
		clear(x[to:])
	}
	out := r.heads[first*a.Heads*w+head*w:]
	vec.MatMul(out, a.Heads*w, s, ld, last-first, r.values[shared].Head(end, w), 1)
	for i := range last - first {
		for j := range out[i*a.Heads*w:][:w] {
			out[i*a.Heads*w+j] *= inverse[i]
		}
	}
}

// visible returns which keys from ≤ j < to query i meets.
func visible(i, n int, causal bool, window int) (from, to int) {
	if window > 0 {
		from = max(0, i-window+1)
	}
	if causal {
		return from, i + 1
	}
	return from, n
}

// weights replaces products of a query with keys by exponentials of scores, the
// largest of which is 1, and returns their sum.
func (k attentionKind) weights(x []float32) float32 {
	scale := k.scale
	if k.softCap > 0 {
		for j, v := range x {
			x[j] = float32(k.softCap * math.Tanh(float64(v)*scale/k.softCap))
		}
		scale = 1
	}
	return vec.Exponentials(x, vec.Largest(x), float32(scale))
}

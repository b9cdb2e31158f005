package vec

import "math"

// Top2 is the outcome of scoring all points of a set against one query.
// Best is the largest score, Index the smallest index that reaches it, and
// Second the largest score of any other point: equal to Best if two points
// share it, −Inf if there is only one point. For no points at all Index is −1
// and both scores are −Inf. Float32 scores are widened, which is exact.
type Top2 struct {
	Best, Second float64
	Index        int32
}

// Sizes that keep a block of panels in the second-level cache while a chunk of
// queries, which stays in the third, passes over it.
const (
	panelBlockBytes = 192 << 10
	queryChunkBytes = 2 << 20
)

// Top2F32 scores every point of p against q: the sum over c of q[c]·x[c].
// Scores that are NaN never win. It panics unless q has p.Dim numbers, or, for
// a [Panels.Head], as many as the points have.
// For the error of a score see the package comment.
func Top2F32(q []float32, p *Panels32) Top2 {
	p.check(len(q), 1)
	if p.N == 0 || p.Dim == 0 {
		return trivial(p.N)
	}
	return top2F32(q, p)
}

// Top2F64 is [Top2F32] in float64.
func Top2F64(q []float64, p *Panels64) Top2 {
	p.check(len(q), 1)
	if p.N == 0 || p.Dim == 0 {
		return trivial(p.N)
	}
	return top2F64(q, p)
}

// Top2BlockF32 does for each of the len(dst) queries in qs, row after row of
// p.Dim numbers (or as above), what [Top2F32] does for one, with the same result in dst, but
// much faster: groups of queries share each load of a point. It panics unless
// qs has len(dst) such rows. It runs on the calling goroutine alone; split
// qs among several to use more, in any way, as no result depends on it.
func Top2BlockF32(dst []Top2, qs []float32, p *Panels32) {
	p.check(len(qs), len(dst))
	top2Blocked(dst, qs, p, top2GroupF32)
}

// Top2BlockF64 is [Top2BlockF32] in float64.
func Top2BlockF64(dst []Top2, qs []float64, p *Panels64) {
	p.check(len(qs), len(dst))
	top2Blocked(dst, qs, p, top2GroupF64)
}

// maxGroup is the largest number of queries that a group kernel takes at once.
const maxGroup = 12

// outcomes receives what a group kernel found for some queries.
type outcomes struct {
	best, second [maxGroup]float64
	index        [maxGroup]int32
}

// one stores the outcome of a single query and returns 1.
func (o *outcomes) one(t Top2) int {
	o.best[0], o.second[0], o.index[0] = t.Best, t.Second, t.Index
	return 1
}

// group scores the first of some queries in qs, as many as it likes, against
// a set that is not empty, and returns how many.
type group[T Float] func(out *outcomes, qs []T, p *Panels[T], queries int) int

// top2Blocked drives a group kernel over chunks of queries and blocks of
// panels.
func top2Blocked[T Float](dst []Top2, qs []T, p *Panels[T], kernel group[T]) {
	for i := range dst {
		dst[i] = trivial(p.N)
	}
	if p.N == 0 || p.Dim == 0 {
		return
	}
	stride := p.stride()
	row := stride * panelBytes / lanes[T]()
	chunk := max(1, queryChunkBytes/(row*maxGroup)) * maxGroup
	block := max(1, panelBlockBytes/(p.Dim*panelBytes))
	var out outcomes
	for i := 0; i < len(dst); i += chunk {
		end := min(i+chunk, len(dst))
		for lo := 0; lo < p.Panels(); lo += block {
			view := p.Slice(lo, min(lo+block, p.Panels()))
			top2Chunk(dst[i:end], qs[i*stride:end*stride], &view, lo*lanes[T](), kernel, &out)
		}
	}
}

// top2Chunk merges the scores of one block, whose first point has the index
// base, into dst.
func top2Chunk[T Float](dst []Top2, qs []T, p *Panels[T], base int, kernel group[T], out *outcomes) {
	for i := 0; i < len(dst); {
		n := kernel(out, qs[i*p.stride():], p, len(dst)-i)
		for k := range n {
			t := Top2{Best: out.best[k], Second: out.second[k], Index: out.index[k] + int32(base)}
			if base > 0 {
				t = dst[i+k].Merge(t)
			}
			dst[i+k] = t
		}
		i += n
	}
}

// Merge combines the outcome t of some points with that of later points.
func (t Top2) Merge(later Top2) Top2 {
	if later.Best > t.Best {
		later.Second = max(t.Best, later.Second)
		return later
	}
	t.Second = max(t.Second, later.Best)
	return t
}

// trivial returns the outcome for no points, or for n points without
// coordinates, whose scores are all 0.
func trivial(n int) Top2 {
	switch {
	case n == 0:
		return Top2{Best: math.Inf(-1), Second: math.Inf(-1), Index: -1}
	case n == 1:
		return Top2{Best: 0, Second: math.Inf(-1)}
	}
	return Top2{}
}

package nn

import (
	"context"
	"sync"

	"keyhull/internal/vec"
)

// Stage is what the attention of one layer sees. Its buffers hold these numbers
// during the call only, and belong to the model.
type Stage struct {
	N, Dim int

	// BeforeNorm (N,Dim) is what the norm before attention gets; nil in post-LN
	// models, which have none there. AfterNorm (N,Dim) is the input of W_Q, W_K
	// and W_V.
	BeforeNorm, AfterNorm []float32

	Heads, KVHeads, Width int

	// Queries (Heads,N,Width) and Keys (KVHeads,N,Width) are those that are
	// multiplied: after bias, QK-norm and RoPE. Query head h meets the keys of
	// head h·KVHeads/Heads.
	Queries, Keys []float32

	Scale   float64 // of the scores
	SoftCap float64 // c: scores s become c·tanh(s/c); 0: they do not
	Causal  bool    // no query meets later keys
	Window  int     // a query meets that many of the last keys, its own among them; 0: all
}

// run is what one Run needs.
type run struct {
	*Model
	n, workers int

	x     []float32 // (n,Dim) residual stream
	h     []float32 // (n,Dim) input of attention or of the network
	y     []float32 // (n,Dim) output of either
	qkv   []float32 // (n,Heads·Width+2·KVHeads·Width)
	q, k  []float32 // (Heads,n,Width), (KVHeads,n,Width)
	heads []float32 // (n,Heads·Width)
	up    []float32 // (n,hidden), twice that with gates

	keys, values []vec.Packed // of each key head
	scores       sync.Pool    // of *[]float32, room for a block of queries
	tables       map[*rope][]float32
}

// Run takes a text through the model and returns what the output layer gets
// (N,Dim): the last layer's output, after the final norm if the model has one.
// see, unless it is nil, is called for each layer in order, before it attends;
// an error of it ends the run, and so does the end of ctx. The numbers do not
// depend on workers. Errors: tokens that the model does not know, more of them
// than it has positions for, and those of reading weights.
func (m *Model) Run(ctx context.Context, ids []int, workers int, see func(layer int, s *Stage) error) (logitsInput []float32, err error) {
	if err := m.fits(ids); err != nil {
		return nil, err
	}
	r := m.newRun(len(ids), max(1, workers))
	r.embed(ids)
	for i := range m.Arch.Layers {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		l, err := m.layer(i, r.workers)
		if err != nil {
			return nil, err
		}
		if err := r.pass(ctx, i, l, see); err != nil {
			return nil, err
		}
	}
	if m.final.gain != nil {
		r.normalize(r.x, r.x, m.final)
	}
	if !r.finite(r.x) {
		return nil, unreadable("numbers of the last layer overflow float32")
	}
	return r.x, nil
}

func (m *Model) newRun(n, workers int) *run {
	a := m.Arch
	wide := m.hidden
	if m.family.gate != "" {
		wide *= 2
	}
	r := &run{Model: m, n: n, workers: workers, tables: map[*rope][]float32{}}
	r.x, r.h, r.y = make([]float32, n*a.Dim), make([]float32, n*a.Dim), make([]float32, n*a.Dim)
	r.qkv, r.heads = make([]float32, n*(a.Heads+2*a.KVHeads)*a.Width), make([]float32, n*a.Heads*a.Width)
	r.q, r.k = make([]float32, n*a.Heads*a.Width), make([]float32, n*a.KVHeads*a.Width)
	r.up = make([]float32, n*wide)
	r.keys, r.values = make([]vec.Packed, a.KVHeads), make([]vec.Packed, a.KVHeads)
	r.scores.New = func() any { s := make([]float32, queriesAtOnce*rowLength(n)); return &s }
	return r
}

// embed fills x with the embeddings of tokens, positions and token type 0.
func (r *run) embed(ids []int) {
	d, scale := r.Arch.Dim, float32(1)
	if r.family.rootScale {
		scale = float32(sqrt(d))
	}
	place := r.firstPlace
	for i, id := range ids {
		x := row(r.x, i, d)
		copy(x, row(r.embedding, id, d))
		for j := range x {
			x[j] *= scale
		}
		at := place
		if id == r.padding {
			at = r.padding
		} else {
			place++
		}
		if r.positions != nil {
			add(x, row(r.positions, at, d))
		}
		if r.tokenType != nil {
			add(x, r.tokenType[:d])
		}
	}
	if r.embedNorm.gain != nil {
		r.normalize(r.x, r.x, r.embedNorm)
	}
}

// normalize normalizes the rows of x (n,Dim) to out, which may be x.
func (r *run) normalize(out, x []float32, a gainBias) {
	d := r.Arch.Dim
	eachRow(r.n, r.workers, func(i int) { a.normalize(row(out, i, d), row(x, i, d), r.Arch.Eps, r.family.rms) })
}

// pass takes the residual stream through a layer.
func (r *run) pass(ctx context.Context, i int, l *inferLayer, see func(int, *Stage) error) error {
	h := r.x
	if !r.family.post {
		r.normalize(r.h, r.x, l.norm1)
		h = r.h
	}
	r.project(l, h, r.attention[i])
	if !r.finite(r.q) || !r.finite(r.k) {
		return unreadable("queries or keys of layer %d overflow float32", i)
	}
	if see != nil {
		if err := see(i, r.stage(i, h)); err != nil {
			return err
		}
	}
	if err := r.attend(ctx, r.attention[i]); err != nil {
		return err
	}
	vec.MatMul(r.y, r.Arch.Dim, r.heads, l.out.In, r.n, l.out, r.workers)
	switch {
	case r.family.post:
		r.sum(r.x, r.y)
		r.normalize(r.x, r.x, l.norm1)
		r.network(l, r.x)
		r.sum(r.x, r.y)
		r.normalize(r.x, r.x, l.norm2)
	case r.parallel:
		r.normalize(r.h, r.x, l.norm2)
		r.sum(r.x, r.y)
		r.network(l, r.h)
		r.sum(r.x, r.y)
	default:
		r.after(l.norm1After)
		r.normalize(r.h, r.x, l.norm2)
		r.network(l, r.h)
		r.after(l.norm2After)
	}
	return nil
}

// after adds y to the residual stream, through a norm if there is one.
func (r *run) after(a gainBias) {
	if a.gain != nil {
		r.normalize(r.y, r.y, a)
	}
	r.sum(r.x, r.y)
}

func (r *run) sum(x, y []float32) {
	d := r.Arch.Dim
	eachRow(r.n, r.workers, func(i int) { add(row(x, i, d), row(y, i, d)) })
}

func (r *run) stage(i int, h []float32) *Stage {
	a, kind := r.Arch, r.attention[i]
	s := &Stage{N: r.n, Dim: a.Dim, AfterNorm: h, Heads: a.Heads, KVHeads: a.KVHeads, Width: a.Width, Queries: r.q, Keys: r.k,
		Scale: kind.scale, SoftCap: kind.softCap, Causal: a.Causal, Window: kind.window}
	if !r.family.post {
		s.BeforeNorm = r.x
	}
	return s
}

// project fills queries, keys and values.
func (r *run) project(l *inferLayer, h []float32, kind attentionKind) {
	a, w := r.Arch, r.Arch.Width
	vec.MatMul(r.qkv, l.qkv.Out, h, a.Dim, r.n, l.qkv, r.workers)
	table := r.table(kind.rope)
	eachRow(r.n, r.workers, func(i int) {
		from := row(r.qkv, i, l.qkv.Out)
		for head := range a.Heads + a.KVHeads {
			all, at, norm := r.q, head, l.qNorm
			if head >= a.Heads {
				all, at, norm = r.k, head-a.Heads, l.kNorm
			}
			to := row(all, at*r.n+i, w)
			copy(to, row(from, head, w))
			if norm.gain != nil {
				norm.normalize(to, to, r.Arch.Eps, true)
			}
			if kind.rope != nil {
				rotate(to, row(table, i, 2*len(kind.rope.inverse)))
			}
		}
	})
}

// table returns the angles of all positions, computed once a run.
func (r *run) table(p *rope) []float32 {
	if p == nil {
		return nil
	}
	if r.tables[p] == nil {
		r.tables[p] = p.table(r.n, r.workers)
	}
	return r.tables[p]
}

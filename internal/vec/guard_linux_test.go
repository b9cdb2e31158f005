package vec

import (
	"math/rand/v2"
	"syscall"
	"testing"
	"unsafe"
)

// guarded returns n numbers that end where memory ends: to read or write past
// them, or more than a page before, stops the test.
func guarded[T any](t *testing.T, n int) []T {
	page := syscall.Getpagesize()
	var zero T
	bytes := n * int(unsafe.Sizeof(zero))
	inner := (bytes + page - 1) / page * page
	memory, err := syscall.Mmap(-1, 0, inner+2*page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { syscall.Munmap(memory) })
	for _, guard := range [][]byte{memory[:page], memory[page+inner:]} {
		if err := syscall.Mprotect(guard, syscall.PROT_NONE); err != nil {
			t.Skip(err)
		}
	}
	return unsafe.Slice((*T)(unsafe.Pointer(&memory[page+inner-bytes])), n)
}

// TestBounds runs every kernel on operands that end at the end of memory.
func TestBounds(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(17, 18))
		for range 40 {
			n, dim, m := 1+r.IntN(200), 1+r.IntN(20), 1+r.IntN(30)
			boundsTop2(t, n, dim, m, Top2BlockF32)
			boundsTop2(t, n, dim, m, Top2BlockF64)
			x, y := guarded[float64](t, dim), guarded[float64](t, dim)
			Axpy(Dot(x, y), x, y)
			ld := (dim + 3) / 4 * 4
			matrix, u, v := guarded[float64](t, m*ld), guarded[float64](t, m), guarded[float64](t, ld)
			for i := range u {
				u[i] = 1
			}
			Pivot(matrix, ld, m, r.IntN(m), u)
			MatVec(u, matrix, ld, m, v)
		}
	})
}

func boundsTop2[T Float](t *testing.T, n, dim, m int, block func([]Top2, []T, *Panels[T])) {
	p, _ := points[T](make([]float64, n*dim), dim)
	data := guarded[T](t, len(p.Data))
	copy(data, p.Data)
	p.Data = data
	block(make([]Top2, m), guarded[T](t, m*dim), p)
}

// guardedRows returns rows by n columns that end where memory ends.
func guardedRows(t *testing.T, rows, n int) Rows {
	ld := NewRows(0, n).Ld
	return Rows{guarded[float32](t, (rows-1)*ld+n), ld}
}

// TestRowsBounds is TestBounds for the kernels on Rows.
func TestRowsBounds(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(19, 20))
		for range 20 {
			rows, d, n := 1+r.IntN(22), 1+r.IntN(20), LaneBlock()*(1+r.IntN(3))
			x, y := guardedRows(t, d+1, n), guardedRows(t, rows, n)
			z := guardedRows(t, rows, n)
			line := func() []float32 { return guarded[float32](t, n) }
			Product(y, guarded[float32](t, rows*d), x, rows, d, n, true, 0)
			Outer(guarded[float32](t, rows*d*Lanes()), y, x, rows, d, n)
			hat, h, rstd := guardedRows(t, d, n), guardedRows(t, d, n), line()
			NormForward(x, h, hat, rstd, guarded[float32](t, d), n)
			NormBackward(h, guardedRows(t, d+1, n), x, hat, rstd, d, n)
			Gate(y, z, rows, n)
			CrossEntropy(y, line(), line(), line(), rows, n)
			wide := guardedRows(t, rows, n+Lanes())
			for i := range n {
				z.Data[i] = 1
			}
			Compress(wide, z, rows, 0, n)
			numbers := guarded[int32](t, n)
			for i := range numbers {
				numbers[i] = 2
			}
			Transpose(y, guarded[uint16](t, 3*rows), rows, numbers)
		}
	})
}

// TestTrainingBounds is TestRowsBounds for the kernels of language models.
func TestTrainingBounds(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(21, 22))
		for range 20 {
			rows, d, n := 1+r.IntN(60), 1+r.IntN(10), 1+r.IntN(120)
			table := guarded[float32](t, rows*d)
			SoftmaxSums(guardedRows(t, d+1, n), guardedRows(t, d, n), table, guarded[float32](t, rows), d, n)
			line := func(n int) []float32 { return guarded[float32](t, n) }
			w := 1 + r.IntN(3)
			m := func() Rows { return guardedRows(t, w, n) }
			q, k, v, out, lse, drop := m(), m(), m(), m(), line(n), Drop{P: 0.5}
			CausalForward(out, lse, q, k, v, w, n, 1, drop)
			CausalBackward(m(), m(), m(), m(), out, q, k, v, lse, w, n, 1, drop)
			n = Lanes() * (1 + r.IntN(9))
			x, y, z, rstd := guardedRows(t, d, n), guardedRows(t, d, n), guardedRows(t, d, n), line(n)
			LayerNormForward(y, rstd, x, d, n, 1)
			LayerNormBackward(z, x, y, rstd, d, n, true)
			SubtractMean(z, x, d, n, true)
			GeluForward(y, x, d, n)
			GeluBackward(z, y, x, d, n)
			Dropout(z, x, d, n, drop, 3, true)
		}
	})
}

// TestMajorityBounds is TestBounds for MajorityItems, with logits in range and
// out of it.
func TestMajorityBounds(t *testing.T) {
	if !HasMajorityItems() {
		t.Skip("needs a processor with AVX-512")
	}
	r := rand.New(rand.NewPCG(21, 22))
	line := func(n int, size float32) []float32 {
		v := guarded[float32](t, n)
		for i := range v {
			v[i] = size * (1 + r.Float32())
		}
		return v
	}
	for try := range 20 {
		c, n := 1+r.IntN(22), 16*(1+r.IntN(MajorityChunk/16))
		size := float32(1 + 50*(try%2))
		items, work := guardedRows(t, c+3, n), Rows{line(50*majorityLd+c*majorityLd+n, 1), majorityLd}
		for i := range items.Data {
			items.Data[i] = 1
		}
		clear(items.Row(c)[:n]) // labels
		m := MajorityItem{line(272, 1), line(9*c, 1), line(8, 1), line(8*c, size), line(8*c, size), c, true, line(11*16, 0)}
		MajorityItems(work, items, &m, guarded[uint16](t, n/16), n)
		if loss := m.Sums[0]; !(loss > -1e-3) || m.Sums[2*16] != float32(n/16) {
			t.Fatalf("loss %v, weight %v", loss, m.Sums[2*16])
		}
	}
}

// TestDescentBounds is TestBounds for corrals and walks.
func TestDescentBounds(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(29, 30))
		for range 60 {
			d := 1 + r.IntN(CorralDim)
			c := newCloud(r, 1+r.IntN(100), d)
			c.rows = append(guarded[float64](t, len(c.rows))[:0], c.rows...)
			c.list = append(guarded[int32](t, len(c.list))[:0], c.list...)
			c.all.Data = append(guarded[float32](t, len(c.all.Data))[:0], c.all.Data...)
			c.descend(NewCorral(d, 1-1e-13, 0x1p-200))
			w := NewWalk(d)
			if w == nil || len(c.list) <= d {
				continue
			}
			known, ids := walkFrom(w, c.rows, d)
			known.Data = append(guarded[float32](t, len(known.Data))[:0], known.Data...)
			ids = append(guarded[int32](t, len(ids))[:0], ids...)
			w.Aim(fill(d, r.NormFloat64))
			w.Run(c.rows, &known, 1, ids, -1, 0, 50)
		}
	})
}

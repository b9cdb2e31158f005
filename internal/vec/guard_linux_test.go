package vec

import (
	"math/rand/v2"
	"syscall"
	"testing"
	"unsafe"
)

// guarded returns n numbers that end where memory ends: to read or write past
// them, or more than a page before, stops the test.
func guarded[T Float](t *testing.T, n int) []T {
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

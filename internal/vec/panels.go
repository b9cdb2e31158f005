package vec

import (
	"fmt"
	"math"
	"unsafe"
)

// Points in a panel: 128 bytes of one coordinate each.
const (
	Lanes32 = 32
	Lanes64 = 16

	panelBytes = 128
)

// Float is the type of a stored coordinate.
type Float interface{ float32 | float64 }

// Panels holds N points of Dim coordinates so that one coordinate of
// neighbouring points lies side by side: with L = [Lanes32] or [Lanes64],
// panel p holds the points p·L … p·L+L−1, coordinate after coordinate, and
// coordinate c of point p·L+l is Data[(p·Dim+c)·L+l]. Unused lanes of the last
// panel are NaN, which never wins a scan. Coordinates of used lanes must be
// finite. The zero value is an empty set of dimension 0; [Panels.Reset] gives
// it a dimension. A Panels may be read concurrently while nobody changes it.
type Panels[T Float] struct {
	N, Dim int
	Data   []T
	skip   int // coordinates of a point after the first Dim: see Head
}

// Panels32 holds points in float32, 32 to a panel.
type Panels32 = Panels[float32]

// Panels64 holds points in float64, 16 to a panel.
type Panels64 = Panels[float64]

// lanes returns the number of points in a panel.
func lanes[T Float]() int {
	var t T
	return panelBytes / int(unsafe.Sizeof(t))
}

// Reset empties p and sets its dimension; it keeps the memory.
// It panics if dim is negative.
func (p *Panels[T]) Reset(dim int) {
	if dim < 0 {
		panic("vec: negative dimension")
	}
	p.N, p.Dim, p.Data, p.skip = 0, dim, p.Data[:0], 0
}

// Append adds one point, each coordinate rounded to T, as point N.
// It panics unless row holds Dim numbers.
func (p *Panels[T]) Append(row []float64) {
	p.checkRow(row)
	if p.N%lanes[T]() == 0 {
		nan := T(math.NaN())
		for range lanes[T]() * p.Dim {
			p.Data = append(p.Data, nan)
		}
	}
	p.N++
	p.Set(p.N-1, row)
}

// Set replaces point j, each coordinate rounded to T. It panics unless
// 0 ≤ j < N and row holds Dim numbers.
func (p *Panels[T]) Set(j int, row []float64) {
	p.checkRow(row)
	if uint(j) >= uint(p.N) {
		panic(fmt.Sprintf("vec: point %d of %d", j, p.N))
	}
	l := lanes[T]()
	at := j/l*l*p.Dim + j%l
	for c, v := range row {
		p.Data[at+c*l] = T(v)
	}
}

// Panels returns the number of panels, the last of which may be partly used.
func (p *Panels[T]) Panels() int {
	l := lanes[T]()
	return (p.N + l - 1) / l
}

// Slice returns a view of the panels lo ≤ panel < hi. It shares memory with p;
// point j of the view is point lo·L+j of p, so add lo·L to an index found in
// it. It panics unless 0 ≤ lo ≤ hi ≤ p.Panels().
func (p *Panels[T]) Slice(lo, hi int) Panels[T] {
	if lo < 0 || hi < lo || hi > p.Panels() {
		panic(fmt.Sprintf("vec: panels %d to %d of %d", lo, hi, p.Panels()))
	}
	l := lanes[T]()
	a, b := lo*l*p.stride(), hi*l*p.stride()
	return Panels[T]{N: min(p.N, hi*l) - min(p.N, lo*l), Dim: p.Dim, Data: p.Data[a:b:b], skip: p.skip}
}

// Head returns a view for scans by the first dim coordinates alone: the others
// are there but count as 0, in queries too. It panics unless 0 < dim ≤ p.Dim.
func (p *Panels[T]) Head(dim int) Panels[T] {
	if dim <= 0 || dim > p.Dim {
		panic(fmt.Sprintf("vec: first %d of %d coordinates", dim, p.Dim))
	}
	return Panels[T]{N: p.N, Dim: dim, Data: p.Data, skip: p.stride() - dim}
}

// stride is the number of coordinates that a point takes up.
func (p *Panels[T]) stride() int { return p.Dim + p.skip }

// Resize makes p hold n points, of coordinates to be set by [Panels.SetRows].
// It panics if n is negative or p is a view.
func (p *Panels[T]) Resize(n int) {
	if n < 0 || p.skip != 0 {
		panic("vec: a negative number of points, or a view")
	}
	p.N = n
	l := lanes[T]()
	size := p.Panels() * l * p.Dim
	if cap(p.Data) < size {
		p.Data = make([]T, size)
	}
	p.Data = p.Data[:size]
	if n%l != 0 {
		last, nan := p.Data[size-l*p.Dim:], T(math.NaN())
		for i := range last {
			last[i] = nan
		}
	}
}

// SetRows sets point first+k to row order[k] of the matrix w of rows of Dim
// numbers, rounded to T. Calls for different points may run concurrently. It
// panics if there is no such point or row.
func (p *Panels[T]) SetRows(first int, w []float64, order []int32) {
	if first < 0 || first+len(order) > p.N {
		panic(fmt.Sprintf("vec: points %d to %d of %d", first, first+len(order), p.N))
	}
	for l := lanes[T](); len(order) > 0; {
		n := min(l-first%l, len(order))
		p.setLanes(first, w, order[:n])
		first, order = first+n, order[n:]
	}
}

// setLanes is SetRows within one panel.
func (p *Panels[T]) setLanes(first int, w []float64, order []int32) {
	const some = 16 // columns at a time stay in the nearest cache
	l, d := lanes[T](), p.Dim
	panel := p.Data[first/l*l*d:][:l*d]
	for c := 0; c < d; c += some {
		end := min(c+some, d)
		for k, i := range order {
			at := c*l + first%l + k
			for _, v := range w[int(i)*d+c : int(i)*d+end] {
				panel[at] = T(v)
				at += l
			}
		}
	}
}

func (p *Panels[T]) checkRow(row []float64) {
	if len(row) != p.Dim {
		panic(fmt.Sprintf("vec: row of %d numbers for dimension %d", len(row), p.Dim))
	}
}

// check panics unless numbers is count·Dim and Data is as long as N and Dim
// say: the assembler trusts both.
func (p *Panels[T]) check(numbers, count int) {
	if numbers != count*p.stride() {
		panic(fmt.Sprintf("vec: %d numbers for %d queries of dimension %d", numbers, count, p.stride()))
	}
	if p.N < 0 || p.N > math.MaxInt32 || len(p.Data) != p.Panels()*lanes[T]()*p.stride() {
		panic(fmt.Sprintf("vec: %d numbers for %d points of dimension %d", len(p.Data), p.N, p.stride()))
	}
}

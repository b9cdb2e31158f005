package hull

import "keyhull/internal/vec"

// partNumbers is about how many coordinates one part of a pass over all holds.
const partNumbers = 1 << 15

// partRows is how many of n rows of d numbers make a part of a pass over all.
func partRows(d int) int { return max(1, partNumbers/max(d, 1)) }

// partCount is the number of parts of n rows of d numbers.
func partCount(n, d int) int { return (n + partRows(d) - 1) / partRows(d) }

// inParts runs work on the parts from ≤ row < to of n rows of d numbers. The
// parts do not depend on the number of workers.
func inParts(workers, n, d int, work func(part, from, to int)) {
	size := partRows(d)
	vec.ParallelErr(partCount(n, d), workers, func(k int) error {
		work(k, k*size, min((k+1)*size, n))
		return nil
	})
}

// slab hands out many small slices of a few allocations.
type slab[T any] struct{ free []T }

// cut returns a slice of n zeros.
func (s *slab[T]) cut(n int) []T {
	if len(s.free) < n {
		s.free = make([]T, 16*n)
	}
	c := s.free[:n:n]
	s.free = s.free[n:]
	return c
}

// clone returns a copy of x.
func (s *slab[T]) clone(x []T) []T {
	c := s.cut(len(x))
	copy(c, x)
	return c
}

// upTo lists 0, 1, … n−1.
func upTo(n int) []int32 {
	list := make([]int32, n)
	for i := range list {
		list[i] = int32(i)
	}
	return list
}

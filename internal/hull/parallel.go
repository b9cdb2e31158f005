package hull

import (
	"sync"
	"sync/atomic"
)

// parallel runs tasks 0 … n−1 on the given number of workers and returns the
// error of the first task, in order, that failed. Tasks after a failure may
// not run. What a task computes must not depend on the others.
func parallel(workers, n int, task func(int) error) error {
	if workers <= 1 || n <= 1 {
		for i := range n {
			if err := task(i); err != nil {
				return err
			}
		}
		return nil
	}
	var next atomic.Int64
	var failed atomic.Bool
	errs := make([]error, n)
	var wg sync.WaitGroup
	for range min(workers, n) {
		wg.Go(func() {
			for !failed.Load() {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				if errs[i] = task(i); errs[i] != nil {
					failed.Store(true)
				}
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// partRows is how many of n rows of d numbers make a part of a pass over all.
func partRows(d int) int { return max(1, partNumbers/max(d, 1)) }

// partCount is the number of parts of n rows of d numbers.
func partCount(n, d int) int { return (n + partRows(d) - 1) / partRows(d) }

// inParts runs work on the parts from ≤ row < to of n rows of d numbers. The
// parts do not depend on the number of workers.
func inParts(workers, n, d int, work func(part, from, to int)) {
	size := partRows(d)
	parallel(workers, partCount(n, d), func(k int) error {
		work(k, k*size, min((k+1)*size, n))
		return nil
	})
}

// slab hands out many small slices of a few allocations.
type slab[T any] struct{ free []T }

// clone returns a copy of x.
func (s *slab[T]) clone(x []T) []T {
	if len(s.free) < len(x) {
		s.free = make([]T, 16*len(x))
	}
	c := s.free[:len(x):len(x)]
	s.free = s.free[len(x):]
	copy(c, x)
	return c
}

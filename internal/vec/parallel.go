package vec

import (
	"sync"
	"sync/atomic"
)

// Parallel calls do for 0 ≤ i < n, on at most so many goroutines, and returns
// when all are done. Which goroutine does what depends on timing.
func Parallel(n, workers int, do func(i int)) {
	ParallelErr(n, workers, func(i int) error {
		do(i)
		return nil
	})
}

// ParallelErr is Parallel of tasks that may fail. It returns the error of the
// first of them, in order, that did; tasks after a failure may not run. What a
// task computes must not depend on the others.
func ParallelErr(n, workers int, task func(i int) error) error {
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
	var wait sync.WaitGroup
	for range min(workers, n) {
		wait.Go(func() {
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
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

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

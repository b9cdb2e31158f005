package shortcut

import (
	"context"
	"runtime"
	"sync"

	"keyhull/cert"
)

// Check is cert.Check on all cores. progress, which may be nil, is called by one
// goroutine. The error is ctx's, and then failures say nothing.
func Check(ctx context.Context, a cert.Arithmetic, s *cert.Set, progress func(done, total int)) (failures []string, err error) {
	failures = cert.Check(a, s, func(n int, judge func(i int)) {
		each(n, func(worker, i int) {
			if worker == 0 && progress != nil {
				progress(i, n)
			}
			if ctx.Err() == nil {
				judge(i)
			}
		})
	})
	return failures, ctx.Err()
}

// each calls f(worker, i) for i = 0 … n−1, on all cores.
func each(n int, f func(worker, i int)) {
	var wg sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		wg.Go(func() {
			for i := w; i < n; i += workers {
				f(w, i)
			}
		})
	}
	wg.Wait()
}

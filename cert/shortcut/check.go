package shortcut

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"keyhull/cert"
)

// Check is cert.Check on all cores. progress, which may be nil, is not called
// concurrently. The error is ctx's, and then failures say nothing.
func Check(ctx context.Context, a cert.Arithmetic, s *cert.Set, progress func(done, total int)) (failures []string, err error) {
	workers := cores()
	if k, ok := a.(*Keys); ok && k.large() {
		workers *= 2 * together // most of them wait
	}
	failures = cert.Check(a, s, func(n int, judge func(i int)) {
		each(ctx, n, workers, judge, func(done int) {
			if progress != nil {
				progress(done, n)
			}
		})
	})
	return failures, ctx.Err()
}

// CheckReach is the same of c.Key for all Keys of c, none of which may have two answers.
func CheckReach(ctx context.Context, c *cert.ReachCheck, progress func(done int)) (failures []string, err error) {
	found, seen := make([]string, len(c.Keys)), map[int]bool{}
	each(ctx, len(found), 2*together*cores(), func(k int) { found[k] = c.Key(k) }, progress)
	for k, f := range found {
		if i := c.Keys[k].Index; seen[i] {
			f = fmt.Sprintf("key %d: has two answers", i)
		}
		if seen[c.Keys[k].Index] = true; f != "" {
			failures = append(failures, f)
		}
	}
	return failures, ctx.Err()
}

func cores() int { return runtime.GOMAXPROCS(0) }

// each calls f for 0 … n−1 by as many goroutines as workers, unless ctx is done, and
// step with how many calls have ended.
func each(ctx context.Context, n, workers int, f func(i int), step func(done int)) {
	var group sync.WaitGroup
	var next atomic.Int64
	var mu sync.Mutex
	done := 0
	for range min(workers, n) {
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < n && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				f(i)
				mu.Lock()
				done++
				step(done)
				mu.Unlock()
			}
		})
	}
	group.Wait()
}

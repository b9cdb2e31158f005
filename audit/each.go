package audit

import (
	"context"
	"iter"
	"runtime"
	"sync"
)

// Each analyzes many heads and hands each result to see, in the order of the
// heads, with its number. The sequence runs on a goroutine of its own and is
// asked for a head when there is room: Options.Workers + 2 heads are held at most,
// those with waiting results included. A head's slices must stay as they are
// until see has its result. Results do not depend on the number of workers. It
// ends at the first error: of a head, of the sequence, of see (which is never
// called concurrently), or of ctx; nothing runs on when it returns.
func Each(ctx context.Context, heads iter.Seq2[Head, error], opt Options, see func(i int, r *HeadResult) error) error {
	workers := opt.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	opt.Workers = 1
	ctx, stop := context.WithCancel(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer stop()
	type answer struct {
		r   *HeadResult
		err error
	}
	free := make(chan struct{}, workers)
	queue := make(chan chan answer, workers)
	go func() {
		defer close(queue)
		for h, err := range heads {
			a := make(chan answer, 1)
			select {
			case queue <- a:
			case <-ctx.Done():
				return
			}
			if err != nil {
				a <- answer{nil, err}
				return
			}
			free <- struct{}{}
			running.Go(func() {
				r, err := Analyze(ctx, h, opt)
				a <- answer{r, err}
				<-free
			})
		}
	}()
	i := 0
	for a := range queue {
		got := <-a
		if got.err == nil {
			got.err = see(i, got.r)
		}
		if got.err != nil {
			stop()
			for range queue { // the sequence ends before Each does
			}
			return got.err
		}
		i++
	}
	return ctx.Err()
}

// Package run executes the cells of an experiment: on several cores, with
// progress, and so that an interrupted run goes on where it stopped.
//
// An experiment is cut into cells, each a pure function of its configuration
// and its number. Map computes them in any order and returns them in order, so
// results do not depend on the number of workers; with a folder it keeps every
// finished cell and takes it from there next time.
package run

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// Pool says where and how cells are computed. The zero value computes them on
// all cores and keeps nothing.
type Pool struct {
	// Dir is where finished cells are kept; "" keeps none.
	Dir string
	// Workers is the number of goroutines; 0 means GOMAXPROCS.
	Workers int
	// Progress is told that work on total cells begins; it returns what is to
	// be called with the number done (from any goroutine) and at the end.
	// nil shows nothing.
	Progress func(label string, total int) (set func(done int), stop func())
	// Sweep, if it is not nil, says which cells are computed here; Dir must not
	// be "" then. Work whose cells are not all there afterwards ends with
	// ErrIncomplete.
	Sweep Sweep
}

// Map returns do(0), …, do(n−1) and the time all of them took together, on
// one core each. name and config say all that the values depend on besides the
// cell's number: both go into the name under which a cell is kept, so config
// must marshal to JSON. T must survive JSON unchanged.
//
// The first error of a cell, or the end of ctx, stops the work; what is
// finished stays kept. do is called from several goroutines.
func Map[T any](ctx context.Context, pool Pool, name string, config any, n int, do func(ctx context.Context, i int) (T, error)) ([]T, time.Duration, error) {
	shelf, err := newShelf(pool.Dir, name, config)
	if err != nil {
		return nil, 0, err
	}
	compute := func(ctx context.Context, i int) (any, error) { return do(ctx, i) }
	if pool.Sweep != nil {
		if err := mapSweep[T](ctx, pool, shelf, name, n, compute); err != nil {
			return nil, 0, err
		}
		compute = shelf.discard
	} else if shelf.dir != "" {
		shelf.sweep()
	}
	values := make([]T, n)
	var spent, done atomic.Int64
	set, stop := pool.progress(name, n)
	defer stop()
	err = pool.Each(ctx, n, func(ctx context.Context, i int) error {
		took, err := shelf.fetch(i, &values[i], func() (any, error) { return compute(ctx, i) })
		spent.Add(int64(took))
		set(int(done.Add(1)))
		return err
	})
	return values, time.Duration(spent.Load()), err
}

// mapSweep computes those cells of a call of Map that are to be computed here.
func mapSweep[T any](ctx context.Context, pool Pool, shelf shelf, name string, n int, compute func(ctx context.Context, i int) (any, error)) error {
	if shelf.dir == "" {
		return failf("give --out DIR, on a disk that all machines share", "%s: nothing is kept, so that other processes cannot help", name)
	}
	return pool.sweep(ctx, Group{Name: name, Dir: shelf.dir, Key: shelf.id, Cells: n}, func(ctx context.Context, i int) error {
		var value T
		_, err := shelf.fetch(i, &value, func() (any, error) { return compute(ctx, i) })
		return err
	})
}

func (p Pool) progress(label string, total int) (set func(int), stop func()) {
	if p.Progress == nil {
		return func(int) {}, func() {}
	}
	return p.Progress(label, total)
}

// Each calls do for n−1 … 0 from the pool's workers and returns the first
// error, after which no further call begins. Experiments grow with the number of
// the cell: the longest come first, so that the time left is not promised too
// short and no worker is alone at the end.
func (p Pool) Each(parent context.Context, n int, do func(ctx context.Context, i int) error) error {
	ctx, cancel := context.WithCancelCause(parent)
	defer cancel(nil)
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(p.Cores(), n) {
		wg.Go(func() {
			for i := n - int(next.Add(1)); i >= 0 && ctx.Err() == nil; i = n - int(next.Add(1)) {
				if err := do(ctx, i); err != nil {
					cancel(err)
				}
			}
		})
	}
	wg.Wait()
	if err := parent.Err(); err != nil {
		return err
	}
	return context.Cause(ctx)
}

// Cores is the number of goroutines, at least 1.
func (p Pool) Cores() int {
	if p.Workers > 0 {
		return p.Workers
	}
	return runtime.GOMAXPROCS(0)
}

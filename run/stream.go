package run

import "context"

// Stream is Map for large values, which need not be in memory together: take gets
// them one after another, in order, each as soon as it is there. do is called for
// one cell at a time and may use all cores.
//
// The first error, of do or take or the end of ctx, stops the work; what is
// finished stays kept.
func Stream[T any](ctx context.Context, pool Pool, name string, config any, n int, do func(ctx context.Context, i int) (T, error), take func(i int, value T) error) error {
	shelf, err := newShelf(pool.Dir, name, config)
	if err != nil {
		return err
	}
	compute := func(ctx context.Context, i int) (any, error) { return do(ctx, i) }
	if pool.Sweep != nil {
		pool.Workers = 1
		if err := mapSweep[T](ctx, pool, shelf, name, n, compute); err != nil {
			return err
		}
		compute = shelf.discard
	} else if shelf.dir != "" {
		shelf.sweep()
	}
	for i := range n {
		var value T
		if _, err := shelf.fetch(i, &value, func() (any, error) { return compute(ctx, i) }); err != nil {
			return err
		}
		if err := take(i, value); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

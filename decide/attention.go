package decide

import (
	"context"
	"runtime"
	"sync/atomic"

	"keyhull"
	"keyhull/internal/vec"
	"keyhull/weights"
)

// attention computes the best attention of every key of every set.
func (f *Found) attention(ctx context.Context, m *weights.Matrix) error {
	for set := range f.Sets {
		keys, err := f.Keys(m, set)
		if err != nil {
			return InSet(m, set, f.File, err)
		}
		step := func(done int) {
			if f.Progress != nil {
				f.Progress("best attention", set*m.N, set*m.N+done)
			}
		}
		f.Sets[set].Attention, err = bestAttention(ctx, keys, f.Radius, f.Workers, step)
		if err != nil {
			return InSet(m, set, f.File, err)
		}
	}
	return nil
}

// bestAttention returns the best attention of each key at the radius. It calls
// step with the number of keys done, from any goroutine.
func bestAttention(ctx context.Context, keys keyhull.Keys, radius float64, workers int, step func(done int)) ([]float64, error) {
	best := make([]float64, keys.Len())
	if workers < 1 {
		workers = runtime.GOMAXPROCS(0)
	}
	var next, done atomic.Int64
	err := vec.ParallelErr(min(workers, len(best)), workers, func(int) error {
		a, err := keyhull.NewAttender(keys) // which is no two goroutines' at once
		if err != nil {
			return err
		}
		for i := int(next.Add(1)) - 1; i < len(best) && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
			best[i] = a.Best(i, radius).Weight
			step(int(done.Add(1)))
		}
		return ctx.Err()
	})
	return best, err
}

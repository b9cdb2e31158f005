package main

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"

	"keyhull"
	"keyhull/weights"
)

// attention computes the best attention of every key of every set.
func (d *decideCommand) attention(ctx context.Context, m *weights.Matrix, found *findings) error {
	bar := d.env.progress("best attention", "keys", m.Sets*m.N)
	defer bar.stop()
	for set := range found.sets {
		keys, err := d.keySet(m, set)
		if err != nil {
			return inSet(m, set, found.file, err)
		}
		step := func(done int) { bar.set(set*m.N + done) }
		found.sets[set].attention, err = bestAttention(ctx, keys, d.radius, d.workers, step)
		if err != nil {
			return inSet(m, set, found.file, err)
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
	var group sync.WaitGroup
	for range min(workers, len(best)) {
		a, err := keyhull.NewAttender(keys)
		if err != nil {
			return nil, err
		}
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(best) && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				best[i] = a.Best(i, radius).Weight
				step(int(done.Add(1)))
			}
		})
	}
	group.Wait()
	return best, ctx.Err()
}

// bestAttention prints how much attention keys can get.
func (t *text) bestAttention(a *answer) {
	if a.attention == nil {
		return
	}
	t.heading("Best attention from a query of norm at most %g", t.radius)
	t.line("%s", t.style(faint, "                  keys     least   median     most"))
	vertices, others := attentionSpread(a)
	for _, row := range []struct {
		name string
		spread
	}{{"vertices", vertices}, {"unselectable", others}} {
		if row.count > 0 {
			t.line("  %-12s %7d  %8s %8s %8s", row.name, row.count, short(row.least), short(row.median), short(row.most))
		}
	}
}

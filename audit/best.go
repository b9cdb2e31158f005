package audit

import (
	"context"
	"slices"

	"keyhull"
	"keyhull/internal/vec"
)

// Best is the most attention that keys can get from any query of a given norm,
// all keys seen: the head's own median and largest norm of a query, times its
// scale. A soft-cap is left out: scores are q·k times the scale.
type Best struct {
	Keys      []int     `json:"keys"` // for which it was found
	AtMedian  []float64 `json:"at_median"`
	AtLargest []float64 `json:"at_largest"`
}

// best finds the attention of some keys; nil without queries or where no key
// is asked for. Keys are dealt to workers in fixed runs.
func (h *Head) best(ctx context.Context, a *Attained, opt Options) (*Best, error) {
	if a == nil || opt.Best == 0 {
		return nil, nil
	}
	b := &Best{Keys: spread(h.N, opt.Best)}
	b.AtMedian, b.AtLargest = make([]float64, len(b.Keys)), make([]float64, len(b.Keys))
	const run = 16
	err := vec.ParallelErr((len(b.Keys)+run-1)/run, opt.Workers, func(k int) error {
		attender, err := keyhull.NewAttender(keyhull.Float32(h.Keys, h.Width))
		if err != nil {
			return err
		}
		for n := k * run; n < min((k+1)*run, len(b.Keys)) && ctx.Err() == nil; n++ {
			b.AtMedian[n] = attender.Best(b.Keys[n], h.scale()*a.MedianNorm).Weight
			b.AtLargest[n] = attender.Best(b.Keys[n], h.scale()*a.LargestNorm).Weight
		}
		return ctx.Err()
	})
	return b, err
}

// spread picks so many of n numbers at even distances; −1: all.
func spread(n, count int) []int {
	if count < 0 || count > n {
		count = n
	}
	list := make([]int, count)
	for k := range list {
		list[k] = (2*k + 1) * n / (2 * count)
	}
	return slices.Compact(list)
}

package audit

import (
	"context"
	"slices"

	"keyhull"
	"keyhull/internal/vec"
)

// Best is the most attention that keys can get from any query of a given norm,
// all keys seen: the head's own median and largest norm of a query, times its
// scale. Each is attained by some query. The upper bounds hold for all of them; they are
// within 1e-9 without a soft-cap, and under one, where the maximum is not known,
// sometimes far.
type Best struct {
	Keys           []int     `json:"keys"` // for which it was found
	AtMedian       []float64 `json:"at_median"`
	AtLargest      []float64 `json:"at_largest"`
	UpperAtMedian  []float64 `json:"upper_at_median"`
	UpperAtLargest []float64 `json:"upper_at_largest"`
}

// best finds the attention of some keys; nil without queries or where no key
// is asked for. Keys are dealt to workers in fixed runs.
func (h *Head) best(ctx context.Context, a *Attained, opt Options) (*Best, error) {
	if a == nil || opt.Best == 0 {
		return nil, nil
	}
	b := &Best{Keys: spread(h.N, opt.Best)}
	for _, x := range []*[]float64{&b.AtMedian, &b.AtLargest, &b.UpperAtMedian, &b.UpperAtLargest} {
		*x = make([]float64, len(b.Keys))
	}
	const run = 16
	err := vec.ParallelErr((len(b.Keys)+run-1)/run, opt.Workers, func(k int) error {
		find, err := h.finder()
		if err != nil {
			return err
		}
		for n := k * run; n < min((k+1)*run, len(b.Keys)) && ctx.Err() == nil; n++ {
			median, upperMedian := find(b.Keys[n], h.scale()*a.MedianNorm)
			largest, upperLargest := find(b.Keys[n], h.scale()*a.LargestNorm)
			b.AtMedian[n], b.AtLargest[n] = median, max(median, largest) // the smaller ball is in the larger one
			b.UpperAtMedian[n], b.UpperAtLargest[n] = upperMedian, max(median, upperLargest)
		}
		return ctx.Err()
	})
	return b, err
}

// finder returns what finds the best attention of a key, and an upper bound, by
// queries of a norm at most radius, the scale within it.
func (h *Head) finder() (func(i int, radius float64) (weight, upper float64), error) {
	attender, err := keyhull.NewAttender(keyhull.Float32(h.Keys, h.Width))
	if err != nil {
		return nil, err
	}
	if h.SoftCap == 0 {
		return func(i int, radius float64) (weight, upper float64) {
			found := attender.Best(i, radius)
			return found.Weight, found.UpperBound
		}, nil
	}
	c, mean := newCapped(h), h.mean()
	return func(i int, radius float64) (weight, upper float64) {
		weight = c.best(i, radius, attender.Best(i, radius).Query, mean)
		return weight, max(weight, c.bound(i, radius))
	}, nil
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

package audit

import (
	"math"
	"slices"

	"keyhull"
)

// Sink is the key that gets the most attention on average, and where it stands
// among the others.
type Sink struct {
	Key            int             `json:"key"`
	Mean           float64         `json:"mean"` // attention from the queries that see it
	Wins           int             `json:"wins"`
	Verdict        keyhull.Verdict `json:"verdict"`
	RelativeMargin float64         `json:"relative_margin"`
	// Distance is how far it is from the mean of all keys, in units of the
	// median distance; Farther counts the keys that are farther.
	Distance float64 `json:"distance"`
	Farther  int     `json:"farther"`
	Norm     float64 `json:"norm"` // in units of the median norm
}

// sink looks among the keys that half of all positions see at least: a key that
// few queries see may get much of them by chance.
func (h *Head) sink(r *HeadResult) *Sink {
	at, most := -1, 0
	seen := make([]int, h.N)
	for t := range h.N {
		from, to := h.sees(t)
		for i := from; i < to; i++ {
			seen[i]++
			most = max(most, seen[i])
		}
	}
	for i, m := range r.Attained.Mean {
		if 2*seen[i] >= most && (at < 0 || m > r.Attained.Mean[at]) {
			at = i
		}
	}
	s := &Sink{Key: at, Mean: r.Attained.Mean[at], Wins: r.Attained.Wins[at], Verdict: r.Verdicts[at], RelativeMargin: r.RelativeMargins[at]}
	s.Distance, s.Farther = standing(h.distances(h.mean()), at)
	s.Norm, _ = standing(h.distances(make([]float64, h.Width)), at)
	return s
}

// mean is the mean of all keys.
func (h *Head) mean() []float64 {
	mean := make([]float64, h.Width)
	for i := range h.N {
		for c, v := range h.key(i) {
			mean[c] += float64(v) / float64(h.N)
		}
	}
	return mean
}

// distances are those of all keys from a point.
func (h *Head) distances(point []float64) []float64 {
	list := make([]float64, h.N)
	for i := range list {
		for c, v := range h.key(i) {
			x := float64(v) - point[c]
			list[i] += x * x
		}
		list[i] = math.Sqrt(list[i])
	}
	return list
}

// standing is number at in units of the median, 0 if that is 0, and how many
// are larger.
func standing(list []float64, at int) (ratio float64, larger int) {
	for _, v := range list {
		if v > list[at] {
			larger++
		}
	}
	own := list[at]
	sorted := slices.Sorted(slices.Values(list))
	if median := sorted[(len(sorted)-1)/2]; median > 0 {
		ratio = own / median
	}
	return ratio, larger
}

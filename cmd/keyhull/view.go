package main

import (
	"cmp"
	"slices"

	"keyhull"
	"keyhull/decide"
)

// tally counts the keys of one set, or of all, by verdict: as decided, and
// with the vertices that are selectable by rounding taken for unselectable.
type tally struct {
	keys   int
	by     [4]int // by verdict
	steady [4]int // the same without the vertices by rounding
}

func (t *tally) rounding() int { return t.keys - t.steady[0] - t.steady[1] - t.steady[2] - t.steady[3] }

func (t *tally) unselectable() int { return t.by[keyhull.Face] + t.by[keyhull.Interior] }

// add counts the keys of one more set.
func (t *tally) add(a *decide.Answer, minMargin float64) {
	t.keys += a.N
	for i := range a.Keys {
		k := &a.Keys[i]
		t.by[k.Verdict]++
		if !byRounding(a, k, minMargin) {
			t.steady[k.Verdict]++
		}
	}
}

// byRounding reports whether rounding alone may have made a key selectable.
func byRounding(a *decide.Answer, k *keyhull.Key, minMargin float64) bool {
	return !k.Verdict.Unselectable() && a.Rank > 0 && a.Counted.ByRounding > 0 && k.RelativeMargin < minMargin
}

// vertex is a vertex of a set.
type vertex struct {
	set, key int
	*keyhull.Key
}

// closest returns the vertices of some sets with the least relative margins,
// at most limit. A set whose keys are all equal has no border.
func closest(sets []decide.Answer, limit int) []vertex {
	var all []vertex
	for set := range sets {
		keys := sets[set].Keys
		for i := range keys {
			if sets[set].Rank > 0 && !keys[i].Verdict.Unselectable() {
				all = append(all, vertex{set, i, &keys[i]})
			}
		}
	}
	slices.SortStableFunc(all, func(x, y vertex) int { return cmp.Compare(x.RelativeMargin, y.RelativeMargin) })
	return all[:min(limit, len(all))]
}

// mask is a key with the unselectable keys whose bases hold it.
type mask struct {
	key    int
	hidden []int
}

// masks returns the keys that appear in the bases of the most unselectable
// keys, at most limit.
func masks(a *decide.Answer, limit int) []mask {
	hidden := make([][]int, a.N)
	for i := range a.Keys {
		for _, basis := range a.Keys[i].Bases {
			for _, j := range basis {
				if n := len(hidden[j]); n == 0 || hidden[j][n-1] != i {
					hidden[j] = append(hidden[j], i)
				}
			}
		}
	}
	var all []mask
	for j, of := range hidden {
		if len(of) > 0 {
			all = append(all, mask{j, of})
		}
	}
	slices.SortStableFunc(all, func(x, y mask) int { return cmp.Compare(len(y.hidden), len(x.hidden)) })
	return all[:min(limit, len(all))]
}

// unselectable returns the indices of the keys that are.
func unselectable(a *decide.Answer) []int {
	var keys []int
	for i := range a.Keys {
		if a.Keys[i].Verdict.Unselectable() {
			keys = append(keys, i)
		}
	}
	return keys
}

// spread is the least, the median and the largest of some numbers.
type spread struct {
	count               int
	least, median, most float64
}

func spreadOf(values []float64) spread {
	if len(values) == 0 {
		return spread{}
	}
	v := slices.Sorted(slices.Values(values))
	n := len(v)
	return spread{n, v[0], (v[(n-1)/2] + v[n/2]) / 2, v[n-1]}
}

// attentionSpread splits the best attention of a set's keys into that of
// vertices and that of unselectable keys.
func attentionSpread(a *decide.Answer) (vertices, others spread) {
	var split [2][]float64
	for i, weight := range a.Attention {
		side := 0
		if a.Keys[i].Verdict.Unselectable() {
			side = 1
		}
		split[side] = append(split[side], weight)
	}
	return spreadOf(split[0]), spreadOf(split[1])
}

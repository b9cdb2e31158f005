package text

import (
	"cmp"
	"math/rand/v2"
	"slices"
)

// stratify splits rows 80 to 20, rounded down, so that each label has its
// share in both parts to within one row: shares are rounded by the largest
// remainder, the lower label first where remainders are equal. Which rows, and
// their order, is random.
func stratify(label []uint16, classes int, rng *rand.Rand) (train, test []int) {
	groups := make([][]int, classes)
	for row, l := range label {
		groups[l] = append(groups[l], row)
	}
	for l, quota := range quotas(groups, len(label)*4/5) {
		rows := groups[l]
		shuffle(rows, rng)
		train = append(train, rows[:quota]...)
		test = append(test, rows[quota:]...)
	}
	shuffle(train, rng)
	shuffle(test, rng)
	return train, test
}

// quotas divides total among groups in proportion to their sizes.
func quotas(groups [][]int, total int) []int {
	all := 0
	for _, g := range groups {
		all += len(g)
	}
	quota, order := make([]int, len(groups)), make([]int, len(groups))
	left := total
	for i, g := range groups {
		quota[i], order[i] = len(g)*total/all, i
		left -= quota[i]
	}
	remainder := func(i int) int { return len(groups[i]) * total % all }
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(remainder(b), remainder(a)) })
	for _, i := range order[:left] {
		quota[i]++
	}
	return quota
}

func shuffle(rows []int, rng *rand.Rand) {
	rng.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
}

// pick returns copies of rows.
func (c Counts) pick(rows []int) Counts {
	out := Counts{c.Classes, c.Length, make([]uint16, 0, len(rows)*c.Classes), make([]uint16, 0, len(rows))}
	for _, row := range rows {
		out.N = append(out.N, c.Row(row)...)
		out.Label = append(out.Label, c.Label[row])
	}
	return out
}

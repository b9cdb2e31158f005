package vec

import "math"

// Top2Rows is [Top2F64] for points that stand row by row in w. It panics unless
// w holds whole rows of len(q) > 0 numbers.
func Top2Rows(q, w []float64) Top2 {
	t := trivial(0)
	for j := 0; len(w) > 0; j++ {
		t.add(Dot(q, w[:len(q)]), j)
		w = w[len(q):]
	}
	return t
}

// Range updates, for each column c of the rows of len(lo) numbers in x, the
// least number lo[c] and the largest hi[c], and adds the numbers to sum[c].
// It panics unless hi and sum are as long as lo and x holds whole rows.
func Range(lo, hi, sum, x []float64) {
	d := len(lo)
	checkPair(lo, hi)
	checkPair(lo, sum)
	for ; len(x) > 0; x = x[d:] {
		row, hi, sum := x[:d], hi[:d], sum[:d]
		for c, v := range row {
			if v < lo[c] {
				lo[c] = v
			}
			if v > hi[c] {
				hi[c] = v
			}
			sum[c] += v
		}
	}
}

// Centre subtracts m from each row of len(m) numbers in x. It raises lost[c] to
// the largest rounding error of these differences in column c, exactly, and
// size[c] to the largest absolute difference. It panics unless lost and size
// are as long as m and x holds whole rows.
func Centre(x, m, lost, size []float64) {
	d := len(m)
	checkPair(m, lost)
	checkPair(m, size)
	for ; len(x) > 0; x = x[d:] {
		row, lost, size := x[:d], lost[:d], size[:d]
		for c, b := range m {
			a := row[c]
			v := a - b
			row[c] = v
			z := a - v // the rounding error of v by Knuth's TwoSum
			if e := math.Abs((a - (v + z)) + (z - b)); e > lost[c] {
				lost[c] = e
			}
			if s := math.Abs(v); s > size[c] {
				size[c] = s
			}
		}
	}
}

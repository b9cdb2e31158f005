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
	rows := checkRows(x, d)
	for c := ranges(lo, hi, sum, x, rows); c < d; c++ {
		for at := c; at < len(x); at += d {
			lo[c], hi[c] = min(lo[c], x[at]), max(hi[c], x[at])
			sum[c] += x[at]
		}
	}
}

// checkRows returns the number of rows of d numbers that x holds.
func checkRows(x []float64, d int) int {
	if len(x) == 0 {
		return 0
	}
	if d == 0 || len(x)%d != 0 {
		panic("vec: no whole number of rows")
	}
	return len(x) / d
}

// Centre subtracts m from each row of len(m) numbers in x. It raises lost[c] to
// the largest rounding error of these differences in column c, exactly, and
// size[c] to the largest absolute difference. It panics unless lost and size
// are as long as m and x holds whole rows.
func Centre(x, m, lost, size []float64) {
	d := len(m)
	checkPair(m, lost)
	checkPair(m, size)
	rows := checkRows(x, d)
	for c := centre(x, m, lost, size, rows); c < d; c++ {
		for at := c; at < len(x); at += d {
			a, b := x[at], m[c]
			v := a - b
			z := a - v // the rounding error of v by Knuth's TwoSum
			x[at] = v
			lost[c] = max(lost[c], math.Abs((a-(v+z))+(z-b)))
			size[c] = max(size[c], math.Abs(v))
		}
	}
}

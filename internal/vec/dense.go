package vec

import "fmt"

// Pivot exchanges one row in the inverse of a simplex's matrix: row r of the
// row-major rows×ld matrix m is divided by u[r], and from every other row k,
// u[k] times the new row r is subtracted. Padding columns take part. It panics
// unless ld is a multiple of 4, 0 ≤ r < rows, and m and u are long enough.
// m and u must not overlap. Each new number has the error of one division, or
// of that, one product and one difference.
func Pivot(m []float64, ld, rows, r int, u []float64) {
	checkMatrix(m, ld, rows)
	if uint(r) >= uint(rows) || len(u) < rows {
		panic(fmt.Sprintf("vec: pivot row %d of %d with %d factors", r, rows, len(u)))
	}
	if ld > 0 {
		pivot(m, ld, rows, r, u)
	}
}

// MatVec sets dst[i] to the product of row i of the row-major rows×ld matrix m
// with x, for i < rows. It panics unless ld is a multiple of 4, len(x) = ld,
// and m and dst are long enough. dst must not overlap m or x. Rows and x that
// are shorter than ld are padded with zeros by the caller.
func MatVec(dst, m []float64, ld, rows int, x []float64) {
	checkMatrix(m, ld, rows)
	if len(x) != ld || len(dst) < rows {
		panic(fmt.Sprintf("vec: %d×%d matrix, vector of %d, result of %d", rows, ld, len(x), len(dst)))
	}
	switch {
	case rows == 0:
	case ld == 0:
		clear(dst[:rows])
	default:
		matVec(dst, m, ld, rows, x)
	}
}

// Dot returns the sum of x[i]·y[i], 0 for empty vectors. It panics unless x
// and y have the same length.
func Dot(x, y []float64) float64 {
	checkPair(x, y)
	if len(x) == 0 {
		return 0
	}
	return dot(x, y)
}

// Axpy adds a·x to y. It panics unless x and y have the same length; they must
// not overlap unless they are the same.
func Axpy(a float64, x, y []float64) {
	checkPair(x, y)
	if len(x) > 0 {
		axpy(a, x, y)
	}
}

func checkMatrix(m []float64, ld, rows int) {
	if ld < 0 || rows < 0 || ld%4 != 0 || len(m) < rows*ld {
		panicMatrix(len(m), ld, rows)
	}
}

func panicMatrix(n, ld, rows int) {
	panic(fmt.Sprintf("vec: %d numbers for a %d×%d matrix (row length a multiple of 4)", n, rows, ld))
}

func checkPair(x, y []float64) {
	if len(x) != len(y) {
		panicPair(len(x), len(y))
	}
}

func panicPair(nx, ny int) {
	panic(fmt.Sprintf("vec: vectors of %d and %d numbers", nx, ny))
}

package vec

import "fmt"

// Factors is the number of factors that [Eliminate] takes for a row.
const Factors = 16

// Prime is the modulus of [Eliminate]: numbers are integers of at most 1003 in
// absolute value, so that a number less Factors products, and the multiple of
// the modulus next to that, stay below 2^24 and float32 holds them exactly.
const Prime = 1999

// Eliminate subtracts, modulo [Prime], from each row i of the rows×cols matrix
// y the sum of l[i·Factors+k] times row k of x, 0 ≤ k < count. Rows of y and x
// are ld numbers apart. Results are residues like the operands, not always the
// least. It panics unless rows and cols are multiples of 4 and 64, 0 < count ≤
// Factors, and the operands are long enough; A row that is in x and in y
// must have factor 0.
func Eliminate(y, l, x []float32, ld, rows, cols, count int) {
	if rows < 0 || cols < 0 || rows%4 != 0 || cols%64 != 0 || count <= 0 || count > Factors || cols > ld {
		panic(fmt.Sprintf("vec: elimination of %d×%d numbers (%d a row) by %d rows", rows, cols, ld, count))
	}
	if rows == 0 || cols == 0 {
		return
	}
	_, _ = y[(rows-1)*ld+cols-1], x[(count-1)*ld+cols-1]
	_ = l[(rows-1)*Factors+count-1]
	eliminate(y, l, x, ld, rows, cols, count)
}

func eliminateGeneric(y, l, x []float32, ld, rows, cols, count int) {
	for i := range rows {
		row := y[i*ld : i*ld+cols]
		for k := range count {
			f := l[i*Factors+k]
			for c, v := range x[k*ld : k*ld+cols] {
				row[c] -= f * v // exact, fused or not
			}
		}
		for c, v := range row {
			row[c] = Residue(v)
		}
	}
}

// Residue returns a residue of an integer of at most (Factors·1003+1)·1003 in
// absolute value: at most 1003 so.
func Residue(v float32) float32 {
	const toInteger = 3 << 22 // adding and subtracting it rounds
	q := float32(v*(1.0/Prime)) + toInteger
	return v - Prime*(q-toInteger)
}

//go:build !amd64

package vec

func product(y Rows, w []float32, x Rows, rows, inner, n int, add bool, least float32) {
	productGeneric(y, w, x, rows, inner, n, add, least)
}

func outer(sums []float32, a, b Rows, rowsA, rowsB, n int) {
	outerGeneric(sums, a, b, rowsA, rowsB, n)
}

func normForward(uz, h, hat Rows, rstd, base []float32, n int) {
	normForwardGeneric(uz, h, hat, rstd, base, n)
}

func normBackward(dh, a, uz, hat Rows, rstd []float32, d, n int) {
	normBackwardGeneric(dh, a, uz, hat, rstd, d, n)
}

func gate(x, r Rows, rows, n int) { gateGeneric(x, r, rows, n) }

func crossEntropy(x Rows, label, w, right, sums []float32, rows, n int) {
	crossEntropyGeneric(x, label, w, right, sums, rows, n)
}

func compress(dst, src Rows, rows, key, n int) int {
	return compressGeneric(dst, src, rows, key, n)
}

func transpose(Rows, []uint16, int, []int32) int { return 0 }

func peak(int) (operations int) { return 0 }

func sumLanes([]float64, []float32) int { return 0 }

func majorityItems(Rows, Rows, *MajorityItem, []uint16, int) {}

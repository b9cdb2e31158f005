//go:build !amd64

package vec

func exponentials(e Rows, z, table, bias []float32, x Rows, d, n int) {
	exponentialsGeneric(e, z, table, bias, x, d, n)
}

func causalForward(a *causal) { a.forwardGeneric(0, a.n, 0, false) }

func causalBackward(a *causal) { a.backwardGeneric(0, a.n, 0, false) }

func dropout(y, x Rows, rows, n int, d *dice, offset int, add bool) {
	dropoutGeneric(y, x, rows, n, d, offset, add)
}

func layerNormForward(hat Rows, rstd []float32, x Rows, d, n int, eps float32) {
	layerNormForwardGeneric(hat, rstd, x, d, n, eps)
}

func layerNormBackward(dx, dhat, hat Rows, rstd []float32, d, n int, add bool) {
	layerNormBackwardGeneric(dx, dhat, hat, rstd, d, n, add)
}

func subtractMean(y, x Rows, d, n int, add bool) { subtractMeanGeneric(y, x, d, n, add) }

func geluForward(y, x Rows, rows, n int) { geluForwardGeneric(y, x, rows, n) }

func geluBackward(dx, dy, x Rows, rows, n int) { geluBackwardGeneric(dx, dy, x, rows, n) }

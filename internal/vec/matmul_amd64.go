package vec

func matMulTile(c, a, b []float32, ldc, row, step, panel, k int) {
	switch active {
	case avx512:
		matMulTileAVX512(&c[0], &a[0], &b[0], ldc, row, step, panel, k)
	case avx2:
		for r := 0; r < productRows; r += productRows / 2 {
			for p := range 2 {
				matMulTileAVX2(&c[r*ldc+p*panelColumns], &a[r*row], &b[p*panel], ldc, row, step, panel, k)
			}
		}
	default:
		matMulTileGeneric(c, a, b, ldc, row, step, panel, k)
	}
}

// largest is Largest of the first numbers; it returns how many.
func largest(most *[MaxLanes]float32, x []float32) int {
	n := whole(len(x))
	switch {
	case n == 0:
	case active == avx512:
		largestAVX512(&most[0], &x[0], n)
	default:
		largestAVX2(&most[0], &x[0], n)
	}
	return n
}

// exponentialsOf is Exponentials of the first numbers; it returns how many.
func exponentialsOf(sums *[MaxLanes]float32, x []float32, most, scale float32) int {
	n := whole(len(x))
	switch {
	case n == 0:
	case active == avx512:
		exponentialsOfAVX512(&sums[0], &x[0], n, most, scale)
	default:
		exponentialsOfAVX2(&sums[0], &x[0], n, most, scale)
	}
	return n
}

// siluGate is SiluGate of the first numbers; it returns how many.
func siluGate(y, x, u []float32) int {
	n := whole(len(x))
	switch {
	case n == 0:
	case active == avx512:
		siluGateAVX512(&y[0], &x[0], &u[0], n)
	default:
		siluGateAVX2(&y[0], &x[0], &u[0], n)
	}
	return n
}

// whole is how many of n numbers fill vectors, 0 where there are none.
func whole(n int) int {
	if active == generic {
		return 0
	}
	return n / Lanes() * Lanes()
}

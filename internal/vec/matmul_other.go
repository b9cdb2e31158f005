//go:build !amd64

package vec

func matMulTile(c, a, b []float32, ldc, row, step, panel, k int) {
	matMulTileGeneric(c, a, b, ldc, row, step, panel, k)
}

func largest(_ *[MaxLanes]float32, _ []float32) int                      { return 0 }
func exponentialsOf(_ *[MaxLanes]float32, _ []float32, _, _ float32) int { return 0 }
func siluGate(_, _, _ []float32) int                                     { return 0 }

package norm

// ProjectForward subtracts from each row its mean: the projection on the
// hyperplane orthogonal to 1 = [1, …, 1]. It is also what is called
// centre-only normalization. It panics on a wrong shape.
//
//	out (n,d) = x − mean(x)·1
//	x   (n,d)
func ProjectForward[T Float](out, x []T, n, d int) {
	need("out", out, n, d)
	need("x", x, n, d)
	for i := range n {
		row := part(x, i, d)
		m := meanOf(row)
		for j, v := range row {
			out[i*d+j] = T(float64(v) - m)
		}
	}
}

// ProjectBackward is its own forward: a projection is its own transpose. It
// panics on a wrong shape.
//
//	dx   (n,d) written
//	dout (n,d)
func ProjectBackward[T Float](dx, dout []T, n, d int) {
	need("dx", dx, n, d)
	ProjectForward(dx, dout, n, d)
}

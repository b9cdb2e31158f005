package nn

import (
	"fmt"

	"keyhull/norm"
)

// LinearForward is a fully connected layer. bias may be nil, for 0.
//
//	out  (n,outs) = x·wᵀ + bias
//	x    (n,ins)
//	w    (outs,ins)
//	bias (outs) or nil
func LinearForward[T norm.Float](out, x, w, bias []T, n, ins, outs int) {
	need("out", out, n, outs)
	need("x", x, n, ins)
	need("w", w, outs, ins)
	optional("bias", bias, outs)
	for i := range n {
		for o := range outs {
			sum := dot(row(x, i, ins), row(w, o, ins))
			if bias != nil {
				sum += float64(bias[o])
			}
			out[i*outs+o] = T(sum)
		}
	}
}

// LinearBackward needs x and w as in the forward call.
//
//	dx   (n,ins)    written, or nil
//	dw   (outs,ins) added to, or nil
//	db   (outs)     added to, or nil
//	dout (n,outs)
//	x    (n,ins)
//	w    (outs,ins)
func LinearBackward[T norm.Float](dx, dw, db, dout, x, w []T, n, ins, outs int) {
	optional("dx", dx, n, ins)
	optional("dw", dw, outs, ins)
	optional("db", db, outs)
	need("dout", dout, n, outs)
	need("x", x, n, ins)
	need("w", w, outs, ins)
	if dx != nil {
		for i := range n {
			for j := range ins {
				dx[i*ins+j] = T(dotColumns(dout[i*outs:], w[j:], outs, 1, ins))
			}
		}
	}
	if dw != nil {
		for o := range outs {
			for j := range ins {
				dw[o*ins+j] += T(dotColumns(dout[o:], x[j:], n, outs, ins))
			}
		}
	}
	if db != nil {
		addColumns(db, dout)
	}
}

// ReLUForward writes max(0, x); NaN stays NaN.
func ReLUForward[T norm.Float](out, x []T) {
	need("out", out, len(x))
	for i, v := range x {
		out[i] = max(0, v)
	}
}

// ReLUBackward needs x as in the forward call. At x = 0 the gradient is 0, as
// in PyTorch. dx may be dout.
func ReLUBackward[T norm.Float](dx, dout, x []T) {
	need("dx", dx, len(x))
	need("dout", dout, len(x))
	for i, v := range x {
		if v > 0 {
			dx[i] = dout[i]
		} else {
			dx[i] = 0
		}
	}
}

// row returns row i of rows of d numbers.
func row[T any](x []T, i, d int) []T { return x[i*d : (i+1)*d] }

func dot[T norm.Float](a, b []T) (sum float64) {
	for i, v := range a {
		sum += float64(v) * float64(b[i])
	}
	return sum
}

// dotColumns is dot of n numbers, every strideA-th of a and strideB-th of b.
func dotColumns[T norm.Float](a, b []T, n, strideA, strideB int) (sum float64) {
	for i := range n {
		sum += float64(a[i*strideA]) * float64(b[i*strideB])
	}
	return sum
}

// addColumns adds to dst (d) the sums of the columns of x (n,d).
func addColumns[T norm.Float](dst, x []T) {
	for j := range dst {
		sum := 0.0
		for i := j; i < len(x); i += len(dst) {
			sum += float64(x[i])
		}
		dst[j] += T(sum)
	}
}

// add adds x to dst.
func add[T norm.Float](dst, x []T) {
	for i, v := range x {
		dst[i] += v
	}
}

// need panics unless the named buffer has as many numbers as its shape.
func need[T any](name string, x []T, shape ...int) {
	size := 1
	for _, s := range shape {
		size *= s
	}
	if len(x) != size {
		panic(fmt.Sprintf("nn: %s has %d numbers, want shape %v", name, len(x), shape))
	}
}

// optional is need for a buffer that may be nil.
func optional[T any](name string, x []T, shape ...int) {
	if x != nil {
		need(name, x, shape...)
	}
}

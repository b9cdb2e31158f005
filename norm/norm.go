// Package norm holds the normalizations of Transformers: each as a forward
// and a backward function on flat row-major buffers, its exact row factors
// for deciding keys, and what it guarantees about which keys can receive the
// highest attention ([Kind.Guarantee], docs/layernorm.md).
//
// All kernels share these conventions. Buffers are n rows of d numbers, in
// float32 or float64; shapes stand in comments as (n,d). The caller provides
// every buffer, also mean and rstd, which forward saves for backward; nothing
// is allocated. Forward writes out; backward writes dx, and adds to the
// gradients of gain, bias and alpha, so that they accumulate over calls. out
// may be x itself if no backward follows, and dx may be dout. Sums are taken
// in float64 in the order of the coordinates, whatever the type of the
// buffers. Calls on different rows may run at the same time, except that two
// backward calls must not share gradients. Buffers of a wrong length panic;
// n = 0 does nothing.
//
// A row whose mean square (or variance) plus eps is 0 has no normalization.
// The kernels give it what it would tend to for eps → 0: zeros before gain
// and bias, rstd 0, and no gradient to x. The same holds for a row so small
// or large that 1/rstd or rstd is beyond the numbers of its type. [Check]
// finds such rows first. NaN and Inf in a row stay visible in its output.
package norm

import (
	"fmt"
	"math"
)

// Float is a type of numbers that the kernels work on.
type Float interface{ float32 | float64 }

// Kind names a normalization, in the words of the command line.
type Kind string

const (
	None           Kind = "none"
	Project        Kind = "project"         // x − mean(x)·1; also called centre-only
	Scale          Kind = "scale"           // x·√d/‖x‖, norm √d
	ScalePublished Kind = "scale-published" // x/(‖x‖·√d), norm 1/√d: the paper's control
	LayerNorm      Kind = "layernorm"       // gain·scale(project(x)) + bias
	RMSNorm        Kind = "rmsnorm"         // gain·scale(x)
	DyT            Kind = "dyt"             // gain·tanh(alpha·x) + bias
	QKNorm         Kind = "qknorm"          // RMSNorm or LayerNorm of each head
)

// Kinds returns all normalizations, in the order of the documentation.
func Kinds() []Kind {
	return []Kind{None, Project, Scale, ScalePublished, LayerNorm, RMSNorm, DyT, QKNorm}
}

// projects reports whether k subtracts the mean of a row.
func (k Kind) projects() bool { return k == Project || k == LayerNorm }

// scales reports whether k multiplies each row by a factor of its own.
func (k Kind) scales() bool {
	return k == Scale || k == ScalePublished || k == LayerNorm || k == RMSNorm
}

// Check reports the first row of x (n,d) that is not finite or that the
// kernels of kind cannot normalize with this eps, as they would compute it;
// nil if all rows are well. For QKNorm, check RMSNorm or LayerNorm on rows of
// a head's width. It panics if x is not rows of d numbers or kind is unknown.
func Check[T Float](x []T, d int, kind Kind, eps float64) error {
	if !(eps >= 0) || math.IsInf(eps, 0) {
		return fmt.Errorf("eps is %v, not a number ≥ 0", eps)
	}
	known(kind)
	for i := range rowCount(len(x), d) {
		row := x[i*d : (i+1)*d]
		err := finite(row, i)
		if err == nil {
			err = checkRow(row, i, kind, eps)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func checkRow[T Float](row []T, i int, kind Kind, eps float64) error {
	m := 0.0
	if kind.projects() {
		m = meanOf(row)
		for _, v := range row {
			if t := T(float64(v) - m); t-t != 0 {
				return fmt.Errorf("row %d: %s is undefined: a difference from the mean is beyond the range of its numbers", i, kind)
			}
		}
	}
	if !kind.scales() {
		return nil
	}
	if square := squareOf(row, m) + eps; rstdOf[T](square) == 0 {
		return undefined(i, kind, square)
	}
	return nil
}

func finite[T Float](row []T, i int) error {
	for c, v := range row {
		if v-v != 0 {
			return fmt.Errorf("row %d, coordinate %d is %v", i, c, v)
		}
	}
	return nil
}

// undefined explains why row i has no factor.
func undefined(i int, kind Kind, square float64) error {
	switch {
	case square != 0:
		return fmt.Errorf("row %d: %s is undefined: mean square %g is beyond the range of its numbers", i, kind, square)
	case kind.projects():
		return fmt.Errorf("row %d: %s is undefined: its variance and eps are 0", i, kind)
	}
	return fmt.Errorf("row %d: %s is undefined: its norm and eps are 0", i, kind)
}

// meanOf returns the mean of a row. It sums differences from the first number,
// so that the mean of equal numbers is exactly that number.
func meanOf[T Float](row []T) float64 {
	first, sum := float64(row[0]), 0.0
	for _, v := range row {
		sum += float64(v) - first
	}
	return first + sum/float64(len(row))
}

// squareOf returns the mean of (x − m)² over a row.
func squareOf[T Float](row []T, m float64) float64 {
	sum := 0.0
	for _, v := range row {
		t := float64(v) - m
		sum += t * t
	}
	return sum / float64(len(row))
}

// rstdOf returns 1/√square, or 0 where type T has no such positive number: for
// 0, for what overflowed, for what has no reciprocal in T. NaN stays NaN.
func rstdOf[T Float](square float64) float64 {
	r := 1 / math.Sqrt(square)
	if t := float64(T(r)); t == 0 || math.IsInf(t, 0) {
		return 0
	}
	return r
}

// known panics if kind is not a normalization of this package.
func known(kind Kind) {
	for _, k := range Kinds() {
		if k == kind {
			return
		}
	}
	panic(fmt.Sprintf("norm: unknown kind %q", string(kind)))
}

// rowCount returns the number of rows of d among length numbers.
func rowCount(length, d int) int {
	if d < 1 || length%d != 0 {
		panic(fmt.Sprintf("norm: %d numbers are not rows of %d", length, d))
	}
	return length / d
}

// need panics unless the named buffer has rows·d numbers.
func need[T Float](name string, x []T, rows, d int) {
	if rows < 0 || d < 1 {
		panic(fmt.Sprintf("norm: shape (%d,%d)", rows, d))
	}
	if len(x) != rows*d {
		panic(fmt.Sprintf("norm: %s has %d numbers, want %d·%d", name, len(x), rows, d))
	}
}

// optional is need for a buffer that may be nil.
func optional[T Float](name string, x []T, rows, d int) {
	if x != nil {
		need(name, x, rows, d)
	}
}

// part returns row i of a buffer of rows of d numbers; nil if there is none.
func part[T Float](x []T, i, d int) []T {
	if x == nil {
		return nil
	}
	return x[i*d : (i+1)*d]
}

// at returns x[j], or missing if there is no x.
func at[T Float](x []T, j int, missing float64) float64 {
	if x == nil {
		return missing
	}
	return float64(x[j])
}

// addSums adds to grad (w), for each j, the sum of term(i, j) over all rows i of
// w numbers; to grad (heads,w) the sums over the rows of each head, which are
// every heads-th. It does nothing if there is no grad.
func addSums[T Float](grad []T, rows, w int, term func(i, j int) float64) {
	heads := len(grad) / w
	for k := range grad {
		sum := 0.0
		for i := k / w; i < rows; i += heads {
			sum += term(i, k%w)
		}
		grad[k] += T(sum)
	}
}

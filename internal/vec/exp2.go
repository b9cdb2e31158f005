package vec

import "math"

// exp2of returns 2^x for −126 ≤ x ≤ 127, and 2^−126 or 2^127 beyond, with a
// relative error of at most 2^-22. The polynomial, near minimax on |r| ≤ ½, has
// a relative error of 8e-8; x = n + r.
func exp2of(x float32) float32 {
	if x < -126 {
		x = -126
	}
	if x > 127 {
		x = 127
	}
	const magic = 3 << 22 // adding it rounds, and leaves n in the low bits
	t := x + magic
	r := x - (t - magic)
	p := 0.009675541329802802 + r*0.0013276471410235808
	p = 0.05550713275299109 + r*p
	p = 0.24022119723955743 + r*p
	p = 0.6931469670636583 + r*p
	p = 1.0000000716546487 + r*p
	return math.Float32frombits(math.Float32bits(p) + math.Float32bits(t)<<23)
}

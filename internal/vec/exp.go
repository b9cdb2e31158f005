package vec

import "math"

const (
	ln2hi = 0.693359375 // 9 bits: its products with exponents are exact
	ln2lo = -2.12194440e-4
)

// exp32 returns e^x for −87 ≤ x ≤ 88 and e^−87 below, with a relative error of
// at most 2^-22. The polynomial, near minimax on |r| ≤ ln(2)/2, has a relative
// error of 2e-9; x = n·ln(2) + r.
func exp32(x float32) float32 {
	if x < -87 {
		x = -87
	}
	const magic = 3 << 22 // adding it rounds, and leaves n in the low bits
	t := float32(x*math.Log2E) + magic
	n := t - magic
	r := x - float32(n*ln2hi)
	r -= float32(n * ln2lo)
	p := 0.008375212550163269 + r*0.001395618193782866
	p = 0.04166608303785324 + r*p
	p = 0.16666413843631744 + r*p
	p = 0.5 + r*p
	p = 1 + r*p
	p = 1 + r*p
	return math.Float32frombits(math.Float32bits(p) + math.Float32bits(t)<<23)
}

// log32 returns log x for x ≥ 1, with an error of at most 2^-22·max(1, log x).
// The polynomial, near minimax on √½ ≤ 1+f ≤ √2, gives (log(1+f) − f + f²/2)/f³
// with a relative error of 2e-8 of the value at 0; x = 2^e·(1+f).
func log32(x float32) float32 {
	const root = 0x3f3504f3 // bits of √½
	e := int32(math.Float32bits(x)) - root
	f := math.Float32frombits(uint32(e)&(1<<23-1)+root) - 1
	n := float32(e >> 23)
	p := -0.11667922884225845 + f*0.07338215410709381
	p = 0.11636080592870712 + f*p
	p = -0.12395686656236649 + f*p
	p = 0.142509326338768 + f*p
	p = -0.1666918843984604 + f*p
	p = 0.20000694692134857 + f*p
	p = -0.24999980628490448 + f*p
	p = 0.3333333134651184 + f*p
	p = p*f*(f*f) + n*ln2lo
	return n*ln2hi + (f + (p - 0.5*(f*f)))
}

package keyhull

import "math"

// roots2 are the powers 2^(i/32).
var roots2 = func() (t [32]float64) {
	for i := range t {
		t[i] = math.Exp2(float64(i) / 32)
	}
	return t
}()

// exponentials replaces x_j by exp(x_j − top), for the listed j, where it is
// between e⁻⁴⁵ and 1, within 2 units in the last place, and returns their sum. With x = n·ln2/32 + r,
// |r| < 0.011, Taylor's series to r⁶ is enough (Tang 1989).
func exponentials(x []float64, list []int32, top float64) (sum float64) {
	const hi, lo = 0x1.62e42feep-06, 0x1.a39ef35793c76p-38 // ln2/32; hi has 32 bits
	const round = 0x1.8p52
	for _, j := range list {
		v := x[j] - top
		n := (v*(32*math.Log2E) + round) - round
		r := v - n*hi - n*lo
		p := r + r*r*(1.0/2+r*(1.0/6+r*(1.0/24+r*(1.0/120+r*(1.0/720)))))
		k := int64(n)
		t := roots2[k&31]
		e := (t + t*p) * math.Float64frombits(uint64(k>>5+1023)<<52)
		x[j] = e
		sum += e
	}
	return sum
}

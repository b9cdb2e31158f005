package experiment

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"

	"keyhull"
	"keyhull/norm"
)

// Norms and Inits are the words that Heatmap takes.
var (
	Norms = []string{"none", "project", "scale", "layernorm", "rmsnorm"}
	Inits = []string{"normal", "uniform", "xavier-normal", "xavier-uniform"}
)

// stream returns the random numbers of one run: each (seed, place) has its
// own, so that neither order nor other runs change it.
func stream(seed uint64, place ...int) *rand.Rand {
	h := fnv.New128a()
	for _, v := range place {
		fmt.Fprint(h, v, " ")
	}
	s := h.Sum(nil)
	var word uint64
	for _, b := range s[8:] {
		word = word<<8 | uint64(b)
	}
	return rand.New(rand.NewPCG(seed, word))
}

// draw returns the n×d float32 numbers of an initialization, in which the two
// Xavier ones take n and d as fan-in and fan-out.
func draw(rng *rand.Rand, init string, n, d int) []float32 {
	one := rng.NormFloat64
	switch fans := float64(n + d); init {
	case "uniform":
		one = func() float64 { return 2*rng.Float64() - 1 }
	case "xavier-normal":
		std := math.Sqrt(2 / fans)
		one = func() float64 { return std * rng.NormFloat64() }
	case "xavier-uniform":
		limit := math.Sqrt(6 / fans)
		one = func() float64 { return limit * (2*rng.Float64() - 1) }
	}
	x := make([]float32, n*d)
	for i := range x {
		x[i] = float32(one())
	}
	return x
}

// normed returns the keys that a normalization without gain and bias makes of
// the rows of x. They are decided exactly: the projection in the coordinates
// of the hyperplane, the factor of each row as a real number.
func normed(x []float32, d int, kind string) keyhull.Keys {
	keys := keyhull.Float32(x, d)
	switch kind {
	case "project":
		return keys.Projected()
	case "scale", "rmsnorm":
		return keys.Scaled(factors(x, d, false))
	case "layernorm":
		return keys.Scaled(factors(x, d, true)).Projected()
	}
	return keys
}

// factors returns for each row 1/√(mean square), of the row or of its
// deviations from its mean: the float64 nearest to it. Where a row has none all
// are NaN, which a decision refuses.
func factors(x []float32, d int, centred bool) []float64 {
	kind := norm.RMSNorm
	if centred {
		kind = norm.LayerNorm
	}
	s, err := norm.Factors(x, d, kind, 0)
	if err != nil {
		return slices.Repeat([]float64{math.NaN()}, len(x)/d)
	}
	return s
}

func mean(row []float32) float64 {
	sum := 0.0
	for _, v := range row {
		sum += float64(v)
	}
	return sum / float64(len(row))
}

// Interval is an estimate with the ends of its 95 % interval.
type Interval struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// percent writes an interval of fractions in a sentence.
func (v Interval) percent() string {
	return hundredths(v.Value) + " %" + v.interval("95 %% interval %s to %s %%", hundredths)
}

// short is percent for tables.
func (v Interval) short() string {
	return hundredths(v.Value) + " %" + v.interval("%s to %s", hundredths)
}

// interval writes the ends in brackets, or nothing where they are one: a single
// seed has no interval.
func (v Interval) interval(format string, number func(float64) string) string {
	if v.Low == v.High {
		return ""
	}
	return fmt.Sprintf(" ("+format+")", number(v.Low), number(v.High))
}

// decimals writes numbers by a format.
func decimals(format string) func(float64) string {
	return func(x float64) string { return fmt.Sprintf(format, x) }
}

// hundredths writes a fraction in percent: one decimal, or three digits
// where that would show too little or too much.
func hundredths(x float64) string {
	if x *= 100; x == 0 || x == 100 || x > -1 && x < 1 {
		return strconv.FormatFloat(x, 'g', 3, 64)
	}
	return strconv.FormatFloat(x, 'f', 1, 64)
}

// share estimates a probability from k successes in n trials, with the
// interval of Wilson (1927).
func share(k, n int) Interval {
	const z = 1.959964
	p, m := float64(k)/float64(n), float64(n)
	centre := (p + z*z/(2*m)) / (1 + z*z/m)
	half := z / (1 + z*z/m) * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	return Interval{p, max(0, min(p, centre-half)), min(1, max(p, centre+half))}
}

// average estimates a mean from independent values, with Student's interval.
func average(values []float64) Interval {
	n := float64(len(values))
	m, sq := 0.0, 0.0
	for _, v := range values {
		m += v / n
	}
	for _, v := range values {
		sq += (v - m) * (v - m)
	}
	if n < 2 {
		return Interval{m, m, m}
	}
	half := student(len(values)-1) * math.Sqrt(sq/(n-1)/n)
	return Interval{m, m - half, m + half}
}

// student returns the 97.5 % point of Student's t with the degrees of freedom
// given: from the table up to 10, then by the first terms of its expansion
// around the normal point (Fisher 1925).
func student(free int) float64 {
	table := []float64{12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228}
	if free <= len(table) {
		return table[free-1]
	}
	const z = 1.959964
	v, z2 := float64(free), z*z
	return z + z*(z2+1)/(4*v) + z*((5*z2+16)*z2+3)/(96*v*v) + z*(((3*z2+19)*z2+17)*z2-15)/(384*v*v*v)
}

// object is a JSON object for the fields that differ between artifacts.
type object = map[string]any

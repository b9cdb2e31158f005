package norm

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"keyhull"
)

// turn rotates each pair of coordinates of key i by position[i] steps of the
// angle with cosine 3/5 and sine 4/5, as RoPE does by an angle of its own, and
// multiplies all keys by 5^most: in whole numbers.
func turn(x []float64, d int, position []int, most int) []float64 {
	out := append([]float64{}, x...)
	for i, p := range position {
		row := out[i*d : (i+1)*d]
		for step := range most {
			for c := 0; c < d; c += 2 {
				a, b := row[c], row[c+1]
				if step < p {
					row[c], row[c+1] = 3*a-4*b, 4*a+3*b
				} else {
					row[c], row[c+1] = 5*a, 5*b
				}
			}
		}
	}
	return out
}

// rope is RoPE as models have it: key i at position i, base 10000.
func rope(x []float64, d int) []float64 {
	out := append([]float64{}, x...)
	for i := 0; i < len(x); i += d {
		for c := 0; c < d; c += 2 {
			sin, cos := math.Sincos(float64(i/d) * math.Pow(10000, -float64(c)/float64(d)))
			a, b := x[i+c], x[i+c+1]
			out[i+c], out[i+c+1] = a*cos-b*sin, a*sin+b*cos
		}
	}
	return out
}

func positions(rng *rand.Rand, n, most int) []int {
	p := make([]int, n)
	for i := range p {
		p[i] = rng.IntN(most + 1)
	}
	return p
}

// head cuts the part of one head out of rows of heads·w numbers.
func head(x []float64, h, heads, w int) (out []float64) {
	for i := 0; i < len(x); i += heads * w {
		out = append(out, x[i+h*w:][:w]...)
	}
	return out
}

func TestFactHeadSphere(t *testing.T) {
	rng := rand.New(rand.NewPCG(61, 1))
	const n, heads, w, d = 250, 2, 4, 8
	x, out := gaussian(rng, n*d), make([]float64, n*d)
	m, s := make([]float64, n*heads), make([]float64, n*heads)
	wk := gaussian(rng, d*2) // a narrow W_K before the norm does no harm
	narrow := through(append(wk, gaussian(rng, d*6)...), x, d)
	for h := range heads {
		QKRMSNormForward(out, s, narrow, nil, n, heads, w, 0)
		vertices(t, "rms", decide(t, keyhull.Float64(head(out, h, heads, w), w)))
		QKRMSNormForward(out, s, narrow, gaussian(rng, d), n, heads, w, 0)
		vertices(t, "rms, gain", decide(t, keyhull.Float64(head(out, h, heads, w), w)))
		QKLayerNormForward(out, m, s, narrow, gaussian(rng, w), gaussian(rng, w), n, heads, w, 0)
		vertices(t, "layernorm, gain and bias", decide(t, keyhull.Float64(head(out, h, heads, w), w)))
	}
}

func TestFactRoPE(t *testing.T) {
	rng := rand.New(rand.NewPCG(62, 1))
	for _, centred := range []bool{false, true} { // RMSNorm and LayerNorm in the head
		x := sphere(4, 42, false)
		if centred {
			x = sphere(4, 194, true)
		}
		turned := turn(x, 4, positions(rng, len(x)/4, 3), 3)
		if !ownQuery(distinct(turned, 4), 4) {
			t.Error("RoPE took keys off the sphere")
		}
		vertices(t, fmt.Sprint("turned, centred ", centred), decide(t, keyhull.Float64(distinct(turned, 4), 4)))
	}
	const n, w = 300, 4
	x, m, s := gaussian(rng, n*w), make([]float64, n), make([]float64, n)
	QKRMSNormForward(x, s, x, nil, n, 1, w, 0)
	vertices(t, "rms, rope", decide(t, keyhull.Float64(rope(x, w), w)))
	QKLayerNormForward(x, m, s, x, nil, nil, n, 1, w, 0)
	vertices(t, "layernorm, rope", decide(t, keyhull.Float64(rope(x, w), w)))
}

// distinct leaves out keys that equal an earlier one.
func distinct(x []float64, d int) (out []float64) {
	seen := map[string]bool{}
	for i := 0; i < len(x); i += d {
		if name := fmt.Sprint(x[i : i+d]); !seen[name] {
			seen[name] = true
			out = append(out, x[i:i+d]...)
		}
	}
	return out
}

func TestFactRoPEGain(t *testing.T) {
	rng := rand.New(rand.NewPCG(63, 1))
	x, zero := sphere(4, 42, false), make([]float64, 4)
	p := positions(rng, len(x)/4, 3)
	for _, gain := range [][]float64{{2, 2, 5, 5}, {3, -3, 1, 1}, {-2, 2, -7, -7}} {
		turned := turn(stretch(x, gain, zero), 4, p, 3)
		vertices(t, fmt.Sprint(gain), decide(t, keyhull.Float64(distinct(turned, 4), 4)))
	}
	hides(t, "a gain that differs", turn(stretch(x, []float64{2, 1, 5, 5}, zero), 4, p, 3), 4)
	// The smallest case: one pair, gain (1, 1/2). Four long keys a quarter turn
	// apart, and a short one in their middle.
	hides(t, "one pair", []float64{1, 0, 0, 1, -1, 0, 0, -1, 0, 0.5}, 2)
	// The same through the kernel and RoPE: keys (1,0) at positions 0 to 6,
	// then (0,1).
	k, s := make([]float64, 16), make([]float64, 8)
	for i := range 7 {
		k[2*i] = 1
	}
	k[15] = 1
	QKRMSNormForward(k, s, k, []float64{1, 0.5}, 8, 1, 2, 0)
	vertices(t, "before rope, first and last", decide(t, keyhull.Float64([]float64{k[0], k[1], k[14], k[15]}, 2)))
	if v := decide(t, keyhull.Float64(rope(k, 2), 2)).Keys[7].Verdict; v != keyhull.Interior {
		t.Errorf("the short key is %v", v)
	}
}

func TestFactRoPEBias(t *testing.T) {
	rng := rand.New(rand.NewPCG(64, 1))
	x, bias, one := sphere(4, 42, false), []float64{3, 0, 0, 0}, []float64{1, 1, 1, 1}
	moved := stretch(x, one, bias)
	vertices(t, "bias without rope", decide(t, keyhull.Float64(moved, 4)))
	hides(t, "bias, then rope", turn(moved, 4, positions(rng, len(x)/4, 3), 3), 4)
}

// TestFactWholeRow: rows of norm 5 over two heads of width 2; the head's parts
// have norms 5, 5, 5, 5 and 3.
func TestFactWholeRow(t *testing.T) {
	x := []float64{5, 0, 0, 0, -5, 0, 0, 0, 0, 5, 0, 0, 0, -5, 0, 0, 3, 0, 4, 0}
	vertices(t, "whole rows", decide(t, keyhull.Float64(x, 4)))
	hides(t, "one head's part", head(x, 0, 2, 2), 2)
	// Random rows, normalized by the kernel.
	rng := rand.New(rand.NewPCG(65, 1))
	const n, heads, w = 300, 4, 4
	out, s := gaussian(rng, n*heads*w), make([]float64, n)
	RMSNormForward(out, s, out, nil, n, heads*w, 0)
	for h := range heads {
		hides(t, fmt.Sprint("head ", h), head(out, h, heads, w), w)
	}
}

func TestFactRoPEUnties(t *testing.T) {
	x := []float64{3, 4, 1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 4, -3, 2, 1}
	if c := decide(t, keyhull.Float64(x, 4)).Counts(); c.Tied != 3 {
		t.Errorf("before: %+v", c)
	}
	vertices(t, "after", decide(t, keyhull.Float64(turn(x, 4, []int{0, 1, 2, 3}, 3), 4)))
}

func TestFactRoPEUniform(t *testing.T) {
	rng := rand.New(rand.NewPCG(66, 1))
	x := sphere(4, 194, true)
	turned := turn(x, 4, positions(rng, len(x)/4, 3), 3)
	if before, after := hullRank(x, 4), hullRank(turned, 4); before != 3 || after != 4 {
		t.Errorf("rank %d before RoPE, %d after", before, after)
	}
}

package nn

import (
	"math"
	"slices"
	"testing"

	"keyhull/norm"
)

// TestAdamTextbook compares with the algorithm as printed in the paper.
func TestAdamTextbook(t *testing.T) {
	params, grads := draw(1, 50), draw(2, 50)
	want, m, v := slices.Clone(params), make([]float64, 50), make([]float64, 50)
	adam := NewAdam[float64](50)
	for step := range 20 {
		lr := LinearDecay(1e-2, step, 25)
		for i, g := range grads {
			m[i] = 0.9*m[i] + 0.1*g
			v[i] = 0.999*v[i] + 0.001*g*g
			bias1, bias2 := 1-math.Pow(0.9, float64(step+1)), 1-math.Pow(0.999, float64(step+1))
			want[i] -= lr * (m[i] / bias1) / (math.Sqrt(v[i]/bias2) + 1e-8)
		}
		adam.Step(params, grads, lr)
		within(t, "parameters", params, want, 1e-14)
		for i := range grads {
			grads[i] = params[i] - grads[i]/2
		}
	}
}

func TestAdamGoesOn(t *testing.T) {
	const n = 30
	start := make([]float32, n)
	copy(start, narrow(draw(1, n)))
	run := func(steps int, params []float32, adam *Adam[float32]) {
		for range steps {
			adam.Step(params, params, 0.01)
		}
	}
	whole, parts := slices.Clone(start), slices.Clone(start)
	run(10, whole, NewAdam[float32](n))
	first := NewAdam[float32](n)
	run(4, parts, first)
	run(6, parts, &Adam[float32]{first.Steps, slices.Clone(first.M), slices.Clone(first.V)})
	if !slices.Equal(whole, parts) || slices.Equal(whole, start) {
		t.Error("a copy of the state does not go on with the same bits")
	}
}

func narrow(x []float64) []float32 {
	out := make([]float32, len(x))
	for i, v := range x {
		out[i] = float32(v)
	}
	return out
}

func TestLinearDecay(t *testing.T) {
	for step, want := range map[int]float64{0: 1e-3, 35_000: 0.75e-3, 70_000: 0.5e-3, 140_000: 0, 150_000: 0} {
		if got := LinearDecay(1e-3, step, 140_000); got != want {
			t.Errorf("step %d: %v, want %v", step, got, want)
		}
	}
}

func TestInit(t *testing.T) {
	shape := Majority{Classes: 500, Dim: 64, Hidden: 32}
	start := map[norm.Kind]*MajorityParams[float64]{}
	for _, kind := range MajorityNorms() {
		shape.Norm = kind
		start[kind] = NewMajorityParams[float64](shape)
		start[kind].Init(9)
	}
	p := start[norm.None]
	spread := func(name string, x []float64, want float64) {
		mean, std := MeanStd(x, slices.Repeat([]float64{1}, len(x)))
		slack := 5 * want / math.Sqrt(float64(len(x)))
		if math.Abs(mean) > slack || math.Abs(std-want) > slack {
			t.Errorf("%s: mean %v, std %v, want 0 and %v", name, mean, std, want)
		}
	}
	spread("embeddings", p.Emb, 1)
	for name, u := range map[string]bounded[float64]{ // √(6/256), 1/√64, 1/√32
		"in_proj": {p.InProj, 0.1530931}, "out_proj": {p.OutProj, 0.125}, "linear1": {p.Linear1, 0.125}, "bias1": {p.Bias1, 0.125},
		"linear2": {p.Linear2, 0.1767767}, "bias2": {p.Bias2, 0.1767767},
	} {
		spread(name, u.x, u.bound/math.Sqrt(3))
		if top := largest(u.x); top > u.bound*1.000001 || top < 0.9*u.bound {
			t.Errorf("%s: largest %v, bound %v", name, top, u.bound)
		}
	}
	within(t, "output bias", p.OutBias, make([]float64, 64), 0)
	within(t, "gain", append(p.Gain2, p.Shift2...), append(slices.Repeat([]float64{1}, 64), make([]float64, 64)...), 0)
	for kind, other := range start {
		if !slices.Equal(other.Flat[:len(p.Flat)], p.Flat) {
			t.Errorf("%s begins elsewhere than none", kind)
		}
	}
	dyt := start[norm.DyT]
	learned := append(append(slices.Repeat([]float64{0.5}, 1), slices.Repeat([]float64{1}, 64)...), make([]float64, 64)...)
	within(t, "DyT", append(append(slices.Clone(dyt.Alpha1), dyt.Gain1...), dyt.Shift1...), learned, 0)
	within(t, "RMSNorm", start[norm.RMSNorm].Gain1, slices.Repeat([]float64{1}, 64), 0)
}

func TestAngleToOnes(t *testing.T) {
	for _, c := range []struct {
		x    []float64
		want float64
	}{
		{[]float64{1, 1, 1}, 0}, {[]float64{-2, -2}, 0}, {[]float64{1, -1}, 90}, {[]float64{0, 0, 0}, 90}, {[]float64{0, 3}, 45},
		{[]float64{-1, 0, 0}, math.Acos(1/math.Sqrt(3)) * 180 / math.Pi}, {[]float64{1 + 1e-9, 1 - 1e-9}, 1e-9 * 180 / math.Pi},
	} {
		if got := AngleToOnes(c.x); math.Abs(got-c.want) > 1e-6*c.want+1e-13 {
			t.Errorf("%v: %v, want %v", c.x, got, c.want)
		}
	}
}

func TestMeanStd(t *testing.T) {
	mean, std := MeanStd([]float64{1, 5, 7}, []float64{2, 1, 0}) // 1, 1, 5
	within(t, "mean, std", []float64{mean, std}, []float64{7. / 3, math.Sqrt(16. / 3)}, 1e-15)
}

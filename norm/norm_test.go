package norm

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// near reports whether two slices agree up to rounding.
func near(a, b []float64, tolerance float64) bool {
	for i, v := range a {
		if !(math.Abs(v-b[i]) <= tolerance*(1+math.Abs(v))) {
			return false
		}
	}
	return len(a) == len(b)
}

// TestForwardByHand holds each forward against numbers worked out on paper:
// the row 1 2 4 5 has mean 3 and deviations −2 −1 1 2 of mean square 5/2; its
// own mean square is 23/2.
func TestForwardByHand(t *testing.T) {
	x, gain, bias := []float64{1, 2, 4, 5}, []float64{1, 2, -1, 0}, []float64{0, 10, 0, 7}
	r, p := math.Sqrt(0.4), math.Sqrt(2.0/23)
	out, m, s := make([]float64, 4), make([]float64, 2), make([]float64, 2)
	check := func(name string, want ...float64) {
		t.Helper()
		if !near(out, want, 1e-15) {
			t.Errorf("%s: %v, want %v", name, out, want)
		}
	}
	ProjectForward(out, x, 1, 4)
	check("project", -2, -1, 1, 2)
	ScaleForward(out, s[:1], x, 1, 4, 0)
	check("scale", p, 2*p, 4*p, 5*p)
	ScalePublishedForward(out, s[:1], x, 1, 4, 0)
	check("scale-published", p/4, p/2, p, 5*p/4)
	LayerNormForward(out, m[:1], s[:1], x, nil, nil, 1, 4, 0)
	check("layernorm", -2*r, -r, r, 2*r)
	LayerNormForward(out, m[:1], s[:1], x, gain, bias, 1, 4, 1.5)
	check("layernorm with all", -1, 9, -0.5, 7)
	RMSNormForward(out, s[:1], x, gain, 1, 4, 0)
	check("rmsnorm", p, 4*p, -4*p, 0)
	RMSNormForward(out, s[:1], x, nil, 1, 4, 4.5)
	check("rmsnorm, eps", 0.25, 0.5, 1, 1.25)
	DyTForward(out, x, []float64{math.Log(3)}, gain, bias, 1, 4) // tanh(k·ln 3) = (9^k−1)/(9^k+1)
	check("dyt", 0.8, 10+80.0/41, -3280.0/3281, 7)
	QKRMSNormForward(out, s, x, nil, 1, 2, 2, 0)
	check("qk rms", math.Sqrt(0.4), math.Sqrt(1.6), 4*math.Sqrt(2.0/41), 5*math.Sqrt(2.0/41))
	QKRMSNormForward(out, s, x, []float64{2, 1}, 1, 2, 2, 0)
	check("qk rms, shared gain", 2*math.Sqrt(0.4), math.Sqrt(1.6), 8*math.Sqrt(2.0/41), 5*math.Sqrt(2.0/41))
	QKLayerNormForward(out, m, s, x, gain, bias, 1, 2, 2, 0)
	check("qk layernorm", -1, 12, 1, 7)
}

// TestCompositions: LayerNorm is scale after project; the published scale is
// d times shorter; RMSNorm without gain is scale.
func TestCompositions(t *testing.T) {
	rng := rand.New(rand.NewPCG(21, 1))
	for _, d := range []int{2, 3, 8, 77} {
		const n = 5
		x := gaussian(rng, n*d)
		a, b, m, s := make([]float64, n*d), make([]float64, n*d), make([]float64, n), make([]float64, n)
		ProjectForward(a, x, n, d)
		ScaleForward(a, s, a, n, d, 0) // in place
		LayerNormForward(b, m, s, x, nil, nil, n, d, 0)
		if !near(a, b, 1e-13) {
			t.Errorf("d %d: layernorm is not scale after project", d)
		}
		ScalePublishedForward(a, s, x, n, d, 0)
		RMSNormForward(b, s, x, nil, n, d, 0)
		for i := range n {
			row := a[i*d : (i+1)*d]
			if norm := math.Sqrt(dot(row, row)); math.Abs(norm*math.Sqrt(float64(d))-1) > 1e-14 {
				t.Errorf("d %d: norm %v, want 1/√d", d, norm)
			}
			for j := range row {
				row[j] *= float64(d)
			}
		}
		if !near(a, b, 1e-14) {
			t.Errorf("d %d: the published scale is not scale/d", d)
		}
	}
}

// TestPrecisions: float32 agrees with float64 as far as float32 goes.
func TestPrecisions(t *testing.T) {
	const n, d = 4, 33
	rng := rand.New(rand.NewPCG(22, 1))
	x, dout, gain := gaussian(rng, n*d), gaussian(rng, n*d), gaussian(rng, d)
	to := func(v []float64) []float32 {
		out := make([]float32, len(v))
		for i := range v {
			out[i] = float32(v[i])
		}
		return out
	}
	from := func(v []float32) []float64 {
		out := make([]float64, len(v))
		for i := range v {
			out[i] = float64(v[i])
		}
		return out
	}
	out, dx, dg, db, m, s := make([]float64, n*d), make([]float64, n*d), make([]float64, d), make([]float64, d), make([]float64, n), make([]float64, n)
	LayerNormForward(out, m, s, x, gain, nil, n, d, 1e-5)
	LayerNormBackward(dx, dg, db, dout, x, gain, m, s, n, d)
	out32, dx32, dg32, db32, m32, s32 := to(out), to(dx), make([]float32, d), make([]float32, d), to(m), to(s)
	LayerNormForward(out32, m32, s32, to(x), to(gain), nil, n, d, 1e-5)
	LayerNormBackward(dx32, dg32, db32, to(dout), to(x), to(gain), m32, s32, n, d)
	for name, pair := range map[string][2][]float64{"out": {out, from(out32)}, "dx": {dx, from(dx32)}, "dgain": {dg, from(dg32)}, "dbias": {db, from(db32)}} {
		if !near(pair[0], pair[1], 3e-6) {
			t.Errorf("%s differs between float32 and float64", name)
		}
	}
}

// TestEdges: no rows do nothing; one coordinate; rows without normalization,
// also those that rounding could hide; NaN stays visible.
func TestEdges(t *testing.T) {
	var none []float64
	for _, l := range layers(0, 2, 3, 0) {
		grad := l.zeros()
		l.forward(none, l.zeros())
		l.backward(grad, none, l.zeros())
	}
	out, m, s := make([]float64, 7), make([]float64, 1), make([]float64, 1)
	ScaleForward(out[:1], s, []float64{-3}, 1, 1, 0)
	if out[0] != -1 {
		t.Errorf("scale of one number: %v", out[0])
	}
	for _, v := range []float64{0, 0.1, 1e-320, 3e200} { // 7·0.1 rounds
		x := []float64{v, v, v, v, v, v, v}
		LayerNormForward(out, m, s, x, nil, nil, 1, 7, 0)
		if m[0] != v || s[0] != 0 || dot(out, out) != 0 {
			t.Errorf("constant row %v: mean %v, rstd %v, out %v", v, m, s, out)
		}
	}
	LayerNormForward(out, m, s, []float64{1, 2, math.NaN(), 4, 5, 6, 7}, nil, nil, 1, 7, 1)
	if !math.IsNaN(out[0]) {
		t.Errorf("NaN was swallowed: %v", out)
	}
	small := []float32{1e-40, 0} // its rstd is beyond float32
	out32, s32 := make([]float32, 2), make([]float32, 1)
	RMSNormForward(out32, s32, small, nil, 1, 2, 0)
	if s32[0] != 0 || out32[0] != 0 || Check(small, 2, RMSNorm, 0) == nil {
		t.Errorf("a row too small: rstd %v, out %v", s32, out32)
	}
}

func TestCheck(t *testing.T) {
	inf := math.Inf(1)
	cases := []struct {
		x    []float64
		kind Kind
		eps  float64
		want string // "" if all is well
	}{
		{[]float64{1, 2, 0, 0, 0, 0}, Scale, 0, "row 1: scale is undefined: its norm and eps are 0"},
		{[]float64{1, 2, 0, 0}, Scale, 1e-5, ""},
		{[]float64{1, 2, 0, 0}, Project, 0, ""},
		{[]float64{1, 2, 0, 0}, DyT, 0, ""},
		{[]float64{1, 2, 0.1, 0.1}, LayerNorm, 0, "row 1: layernorm is undefined: its variance and eps are 0"},
		{[]float64{1, 2, 0.1, 0.1}, RMSNorm, 0, ""},
		{[]float64{1, 2, 1e-200, 0}, RMSNorm, 0, "row 1"}, // its square underflows
		{[]float64{1, 2, 1e200, 0}, LayerNorm, 0, "beyond the range"},
		{[]float64{1.5e308, -1.5e308}, Project, 0, "beyond the range"},
		{[]float64{1, inf}, None, 0, "row 0, coordinate 1 is +Inf"},
		{[]float64{1, 2}, Scale, -1, "eps is -1"},
		{nil, LayerNorm, 0, ""},
	}
	for _, c := range cases {
		err := Check(c.x, 2, c.kind, c.eps)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v %v eps %g: %v, want %q", c.x, c.kind, c.eps, err, c.want)
		}
	}
	if err := Check([]float64{5, 6}, 1, LayerNorm, 0); err == nil {
		t.Error("LayerNorm of one coordinate has no variance")
	}
}

// TestCheckFindsWhatKernelsLose: a row is named just if its kernel has no
// rstd for it.
func TestCheckFindsWhatKernelsLose(t *testing.T) {
	rng := rand.New(rand.NewPCG(23, 1))
	for range 3000 {
		x, out, m, s := make([]float32, 3), make([]float32, 3), make([]float32, 1), make([]float32, 1)
		for j := range x {
			x[j] = float32(math.Ldexp(float64(rng.IntN(3)-1), rng.IntN(276)-149))
		}
		eps := []float64{0, 1e-5, 1e-90}[rng.IntN(3)]
		LayerNormForward(out, m, s, x, nil, nil, 1, 3, eps)
		if err := Check(x, 3, LayerNorm, eps); (err != nil) != (s[0] == 0) {
			t.Fatalf("%v eps %g: rstd %v, check %v", x, eps, s, err)
		}
		for _, v := range out {
			if v-v != 0 {
				t.Fatalf("%v eps %g: out %v", x, eps, out)
			}
		}
	}
}

func TestWrongShapesPanic(t *testing.T) {
	buffer := func(n int) []float64 { return make([]float64, n) }
	for name, call := range map[string]func(){
		"short out":    func() { ProjectForward(buffer(5), buffer(6), 2, 3) },
		"no columns":   func() { ProjectForward(buffer(0), buffer(0), 2, 0) },
		"rstd":         func() { ScaleForward(buffer(6), buffer(6), buffer(6), 2, 3, 0) },
		"gain":         func() { RMSNormForward(buffer(6), buffer(2), buffer(6), buffer(6), 2, 3, 0) },
		"mean":         func() { LayerNormForward(buffer(6), nil, buffer(2), buffer(6), nil, nil, 2, 3, 0) },
		"alpha":        func() { DyTForward(buffer(6), buffer(6), buffer(3), nil, nil, 2, 3) },
		"heads":        func() { QKRMSNormForward(buffer(0), buffer(0), buffer(0), nil, 2, 0, 3, 0) },
		"gain of head": func() { QKRMSNormForward(buffer(12), buffer(4), buffer(12), buffer(4), 2, 2, 3, 0) },
		"shared dgain": func() {
			QKRMSNormBackward(buffer(12), buffer(3), buffer(12), buffer(12), buffer(6), buffer(4), 2, 2, 3)
		},
		"ragged":  func() { _ = Check(buffer(5), 3, Scale, 0) },
		"unknown": func() { _ = Check(buffer(6), 3, "nonsense", 0) },
		"factors": func() { _, _ = Factors(buffer(6), 4, Scale, 0) },
	} {
		func() {
			defer func() {
				if msg, ok := recover().(string); !ok || !strings.HasPrefix(msg, "norm: ") {
					t.Errorf("%s: panic %q", name, msg)
				}
			}()
			call()
		}()
	}
}

// TestNoAllocation: kernels work in the caller's buffers alone.
func TestNoAllocation(t *testing.T) {
	rng := rand.New(rand.NewPCG(24, 1))
	for _, l := range layers(4, 2, 8, 1e-5) {
		arg, grad, out := l.draw(rng), l.zeros(), make([]float64, 64)
		if n := testing.AllocsPerRun(10, func() { l.forward(out, arg); l.backward(grad, out, arg) }); n != 0 {
			t.Errorf("%s: %v allocations", l.name, n)
		}
	}
}

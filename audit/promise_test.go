package audit

import (
	"math"
	"slices"
	"strings"
	"testing"

	"keyhull/norm"
)

// normalized is a head of keys on a sphere, times a gain, turned by position in
// the pairs (c, c+width/2).
func normalized(r draws, n, width int, gain []float32, rope bool) Head {
	h := r.head(n, width, 1)
	for i := range n {
		k, s := h.key(i), 0.0
		for _, v := range k {
			s += float64(v) * float64(v)
		}
		for c := range k {
			k[c] *= gain[c] / float32(math.Sqrt(s))
		}
		for c := 0; rope && c < width/2; c++ {
			sin, cos := math.Sincos(float64(i) * math.Pow(0.1, float64(c)))
			x, y := float64(k[c]), float64(k[c+width/2])
			k[c], k[c+width/2] = float32(x*cos-y*sin), float32(x*sin+y*cos)
		}
	}
	return h
}

// TestHeadPromises holds each way of keys to a head against what such keys do.
func TestHeadPromises(t *testing.T) {
	r := newDraws(1)
	pairs := [][2]int{{0, 2}, {1, 3}}
	ones, paired, unpaired := []float32{1, 1, 1, 1}, []float32{1, 3, -1, 3}, []float32{1, 3, 0.1, 0.2}
	for _, c := range []struct {
		path KeyPath
		head Head
		fact string
		want Agreement
		lost bool // some key is
	}{
		{KeyPath{Norm: norm.LayerNorm, Dim: 64}, r.head(300, 4, 1), "narrow-head", NoPromise, true},
		{KeyPath{Norm: norm.RMSNorm, Dim: 4}, normalized(r, 300, 4, unpaired, false), "head-scale", Agrees, false},
		{KeyPath{Norm: norm.LayerNorm, Dim: 5}, normalized(r, 300, 4, unpaired, false), "head-layernorm", Agrees, false},
		{KeyPath{Norm: norm.RMSNorm, Dim: 4, Gain: []float32{1, 0, 1, 1}}, normalized(r, 300, 4, []float32{1, 1, 1, 0}, false), "narrow-head", NoPromise, true},
		{KeyPath{Norm: norm.RMSNorm, Dim: 4, Pairs: pairs}, normalized(r, 300, 4, unpaired, true), "rope-unpaired-gain", NoPromise, true},
		{KeyPath{Norm: norm.None, Dim: 4}, r.head(300, 4, 1), "no-promise", NoPromise, true},
		{KeyPath{Norm: norm.RMSNorm, Dim: 64, QKNorm: true, QKGain: unpaired}, normalized(r, 300, 4, unpaired, false), "sphere-per-head", Agrees, false},
		{KeyPath{Norm: norm.RMSNorm, Dim: 64, QKNorm: true, QKGain: ones, Pairs: pairs}, normalized(r, 300, 4, ones, true), "rope", Agrees, false},
		{KeyPath{Norm: norm.RMSNorm, Dim: 64, QKNorm: true, QKGain: paired, Pairs: pairs}, normalized(r, 300, 4, paired, true), "rope-paired-gain", Agrees, false},
		{KeyPath{Norm: norm.RMSNorm, Dim: 64, QKNorm: true, QKGain: unpaired, Pairs: pairs}, normalized(r, 300, 4, unpaired, true), "rope-unpaired-gain", NoPromise, true},
		{KeyPath{QKNorm: true, QKBias: []float32{0, 0, 0, 1}, Pairs: pairs}, r.head(300, 4, 1), "rope-bias", NoPromise, true},
		{KeyPath{Norm: norm.RMSNorm, Dim: 64, QKNorm: true}, r.head(300, 4, 1), "sphere-per-head", Disagrees, true},
	} {
		c.path.Width = 4
		found := analyze(t, c.head, Options{})
		var tally Tally
		tally.Add(&TextResult{IDs: make([]int, 300), Layers: []LayerResult{{Heads: []HeadOf{{0, found}}}}})
		p := GuaranteeOf([]KeyPath{c.path}, tally.Summary()).Heads
		if p.Fact != c.fact || p.EveryKey != (c.want == Agrees || c.want == Disagrees) || (p.Lost == 1) != c.lost || (*p.Unselectable > 0) != c.lost || p.Agreement != c.want {
			t.Errorf("want %s, %s, lost %v: %+v", c.fact, c.want, c.lost, p)
		}
	}
}

// TestLayerPromises counts zero gains, and takes the weakest of all layers.
func TestLayerPromises(t *testing.T) {
	whole, one, two := []float32{1, 2, 3, 4}, []float32{1, 0, 3, 4}, []float32{0, 2, 0, 4}
	measured := func(x float64) *Summary {
		return &Summary{Stages: []StageSummary{{Stage: BeforeNorm, Unselectable: Interval{Mean: 0.5}}, {Stage: AfterNorm, Unselectable: Interval{Mean: x}}}}
	}
	for _, c := range []struct {
		kind  norm.Kind
		gains [][]float32
		s     *Summary
		fact  string
		want  Agreement
		says  string
	}{
		{norm.LayerNorm, [][]float32{whole, whole}, measured(0), "gain", Agrees, "After LayerNorm each key that differs from the others is selectable by a query of all 4 coordinates, if eps is 0 and no gain is 0 (here eps is 1e-05). Measured: none is unselectable, as promised."},
		{norm.LayerNorm, [][]float32{one, whole}, measured(0.25), "one-zero-gain", Disagrees, "25.0 % are unselectable, in 1 of 1 layers; eps"},
		{norm.LayerNorm, [][]float32{whole, two, whole}, measured(0), "two-zero-gains", NoPromise, "After LayerNorm nothing is promised: two gains or more are 0"},
		{norm.RMSNorm, [][]float32{nil}, &Summary{}, "gain", NotMeasured, "(here eps is 1e-05)."},
		{norm.RMSNorm, [][]float32{one}, measured(0.0001), "zero-gain", NoPromise, "Measured: less than 0.1 % are"},
		{norm.None, [][]float32{nil}, measured(0), "no-promise", NoPromise, "nothing is promised. Measured: none is unselectable all the same."},
	} {
		var paths []KeyPath
		for _, g := range c.gains {
			paths = append(paths, KeyPath{Norm: c.kind, Eps: 1e-5, Dim: 4, Width: 2, Gain: g})
		}
		if p := GuaranteeOf(paths, c.s).Layers; p.Fact != c.fact || p.Agreement != c.want || !strings.Contains(p.Text, c.says) {
			t.Errorf("want %s, %s, %q: %+v", c.fact, c.want, c.says, p)
		}
	}
}

func TestKeyPaths(t *testing.T) {
	m := newLlama(t)
	paths, err := KeyPaths(m, []int{1})
	if err != nil || len(paths) != 1 {
		t.Fatal(paths, err)
	}
	if k := paths[0]; k.Norm != norm.RMSNorm || k.Dim != llamaDim || k.Width != llamaWidth || len(k.Gain) != llamaDim || k.QKNorm || !slices.Equal(k.Pairs, [][2]int{{0, 2}, {1, 3}}) {
		t.Errorf("%+v", k)
	}
	if all, err := KeyPaths(m, nil); err != nil || len(all) != 2 || slices.Equal(all[0].Gain, all[1].Gain) {
		t.Error(all, err)
	}
}

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

func TestPromises(t *testing.T) {
	r := newDraws(1)
	pairs := [][2]int{{0, 2}, {1, 3}}
	ones, paired, unpaired := []float32{1, 1, 1, 1}, []float32{1, 3, -1, 3}, []float32{1, 3, 0.1, 0.2}
	for _, c := range []struct {
		path  KeyPath
		head  Head
		fact  string
		every bool
		lost  bool // some key is
	}{
		{KeyPath{Norm: norm.LayerNorm, Dim: 64}, r.head(300, 4, 1), "narrow-head", false, true},
		{KeyPath{Norm: norm.RMSNorm, Dim: 4, Lossless: true}, normalized(r, 300, 4, unpaired, false), "head-scale", true, false},
		{KeyPath{Norm: norm.LayerNorm, Dim: 5, Lossless: true}, normalized(r, 300, 4, unpaired, false), "head-layernorm", true, false},
		{KeyPath{Norm: norm.RMSNorm, Dim: 4, Lossless: true, Pairs: pairs}, normalized(r, 300, 4, unpaired, true), "rope-unpaired-gain", false, true},
		{KeyPath{Norm: norm.None, Dim: 4, Lossless: true}, r.head(300, 4, 1), "no-promise", false, true},
		{KeyPath{Norm: norm.RMSNorm, Dim: 64, QKNorm: true, QKGain: unpaired}, normalized(r, 300, 4, unpaired, false), "sphere-per-head", true, false},
		{KeyPath{Norm: norm.RMSNorm, Dim: 64, QKNorm: true, QKGain: ones, Pairs: pairs}, normalized(r, 300, 4, ones, true), "rope", true, false},
		{KeyPath{Norm: norm.RMSNorm, Dim: 64, QKNorm: true, QKGain: paired, Pairs: pairs}, normalized(r, 300, 4, paired, true), "rope-paired-gain", true, false},
		{KeyPath{Norm: norm.RMSNorm, Dim: 64, QKNorm: true, QKGain: unpaired, Pairs: pairs}, normalized(r, 300, 4, unpaired, true), "rope-unpaired-gain", false, true},
		{KeyPath{QKNorm: true, QKBias: []float32{0, 0, 0, 1}, Pairs: pairs}, r.head(300, 4, 1), "rope-bias", false, true},
		{KeyPath{Norm: norm.RMSNorm, Dim: 64, QKNorm: true}, r.head(300, 4, 1), "sphere-per-head", true, true},
	} {
		p := analyze(t, c.head, Options{}).Promise(c.path)
		if p.Fact != c.fact || p.EveryKey != c.every || (p.Unselectable > 0) != c.lost || p.Agrees != !(c.every && c.lost) || !strings.Contains(p.Text, c.fact) {
			t.Errorf("want %s, %v, lost %v: %+v", c.fact, c.every, c.lost, p)
		}
		if !slices.ContainsFunc(norm.Facts(), func(f norm.Fact) bool { return f.Name == p.Fact }) {
			t.Errorf("package norm has no fact %q", p.Fact)
		}
	}
}

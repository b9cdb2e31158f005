package nn

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// differences returns the gradient of f by central differences.
func differences(x []float64, f func() float64) []float64 {
	const h = 1e-6
	out := make([]float64, len(x))
	for i, v := range x {
		x[i] = v + h
		above := f()
		x[i] = v - h
		out[i] = (above - f()) / (2 * h)
		x[i] = v
	}
	return out
}

func draw(seed uint64, n int) []float64 {
	x := make([]float64, n)
	Normal(rand.New(rand.NewPCG(seed, 7)), x, 1)
	return x
}

func TestTokensGradients(t *testing.T) {
	const batch, length = 3, 6
	for _, kind := range MajorityNorms() {
		for _, heads := range []int{1, 2} {
			for _, positions := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s/%d heads/positions %v", kind, heads, positions), func(t *testing.T) {
					p := NewMajorityParams[float64](Majority{Classes: 5, Dim: 4, Hidden: 3, Norm: kind})
					p.Init(3)
					for i, v := range draw(1, len(p.Flat)) { // away from 0 and 1
						p.Flat[i] += 0.2 * v
					}
					m := &MajorityTokens[float64]{Params: p, Heads: heads, Length: length}
					if positions {
						m.Pos = draw(2, length*4)
					}
					checkTokens(t, m, batch)
				})
			}
		}
	}
}

func checkTokens(t *testing.T, m *MajorityTokens[float64], batch int) {
	rng := rand.New(rand.NewPCG(5, 5))
	tokens, labels := make([]int, batch*m.Length), make([]int, batch)
	for _, ids := range [][]int{tokens, labels} {
		for i := range ids {
			ids[i] = rng.IntN(m.Params.Shape.Classes)
		}
	}
	loss := func() float64 { return m.Forward(tokens, labels) }
	loss()
	grads, dpos := NewMajorityParams[float64](m.Params.Shape), make([]float64, len(m.Pos))
	for range 2 { // adds, so twice the gradient
		m.Backward(grads, dpos)
	}
	for i, tensor := range m.Params.Tensors() {
		want := differences(tensor.Data, loss)
		near(t, tensor.Name, half(grads.Tensors()[i].Data), want, 1e-7)
	}
	if m.Pos != nil {
		near(t, "positions", half(dpos), differences(m.Pos, loss), 1e-7)
	}
}

func half(x []float64) []float64 {
	out := slices.Clone(x)
	for i := range out {
		out[i] /= 2
	}
	return out
}

func TestAttentionGradients(t *testing.T) {
	drop := func(b, h, i, j int) float64 { return float64((b+2*h+3*i+5*j)%4) / 3 } // 0 now and then
	for _, s := range []AttentionShape{{2, 5, 4, 1, false, nil}, {2, 5, 4, 2, true, nil}, {1, 4, 6, 3, true, drop}, {2, 4, 4, 2, false, drop}, {1, 1, 1, 1, false, nil}} {
		n := s.Batch * s.Length * s.D
		qkv, dout := draw(1, 3*n), draw(2, n)
		out, probs := make([]float64, n), make([]float64, s.Batch*s.Heads*s.Length*s.Length)
		weighted := func() float64 {
			AttentionForward(out, probs, qkv, s)
			return dot(out, dout)
		}
		want := differences(qkv, weighted)
		weighted()
		got := make([]float64, 3*n)
		AttentionBackward(got, dout, probs, qkv, s)
		within(t, fmt.Sprintf("%+v", s), got, want, 1e-8)
	}
}

// A position attends to itself and those before alone; heads do not mix.
func TestAttentionSeesWhatItShould(t *testing.T) {
	s := AttentionShape{Batch: 1, Length: 6, D: 4, Heads: 2, Causal: true}
	run := func(qkv []float64) []float64 {
		out := make([]float64, s.Length*s.D)
		AttentionForward(out, make([]float64, s.Heads*s.Length*s.Length), qkv, s)
		return out
	}
	qkv := draw(1, s.Length*3*s.D)
	before := run(qkv)
	for i := range s.Length {
		for c := range 3 * s.D {
			moved := slices.Clone(qkv)
			moved[i*3*s.D+c]++
			after := run(moved)
			for at := range after {
				position, sameHead := at/s.D, at%s.D/2 == c%s.D/2
				if changed := after[at] != before[at]; changed && (position < i || !sameHead) {
					t.Errorf("input %d of position %d changes output %d of position %d", c, i, at%s.D, position)
				}
			}
			if slices.Equal(after, before) && c >= 2*s.D {
				t.Errorf("value %d of position %d changes nothing", c, i)
			}
		}
	}
}

func TestWrongShapesPanic(t *testing.T) {
	x := make([]float64, 6)
	for name, call := range map[string]func(){
		"linear":    func() { LinearForward(x, x, x, nil, 2, 3, 2) },
		"bias":      func() { LinearForward(x[:4], x, x, x, 2, 3, 2) },
		"heads":     func() { AttentionForward(x[:3], x[:3], x, AttentionShape{1, 1, 3, 2, false, nil}) },
		"embedding": func() { EmbeddingForward(x, x, []int{0}, 3) },
		"loss":      func() { CrossEntropyForward(x, x, []int{0}, 3) },
		"adam":      func() { NewAdam[float64](5).Step(x, x, 1) },
		"tokens": func() {
			m := MajorityTokens[float64]{Params: NewMajorityParams[float64](Majority{2, 2, 2, "none"}), Heads: 1, Length: 3}
			m.Forward([]int{0, 1}, []int{0})
		},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			call()
		}()
	}
}

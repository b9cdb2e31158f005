package audit

import (
	"context"
	"fmt"
	"math"
	"testing"

	"keyhull/nn"
)

// TestReachOfAModelWithQKNorm makes queries of random vectors as Qwen3 does, from
// its tensors, and wants every key that one of them selects to be reachable.
// Biases keep queries of some heads to one side.
func TestReachOfAModelWithQKNorm(t *testing.T) {
	more := map[string][]int{"self_attn.q_norm.weight": {llamaWidth}, "self_attn.k_norm.weight": {llamaWidth},
		"self_attn.q_proj.bias": {llamaHeads * llamaWidth}}
	_, s := newTiny(t, "qwen3", more)
	for i := range 2 {
		bias := s.tensors[fmt.Sprintf("model.layers.%d.self_attn.q_proj.bias", i)]
		for k := range bias {
			bias[k] *= float32(4 * i) // layer 0 has none
		}
	}
	m, err := nn.LoadModel(s)
	if err != nil {
		t.Fatal(err)
	}
	ctx, last := context.Background(), len(llamaText)-1
	got, err := Text(ctx, m, llamaText, TextOptions{Options: Options{Positions: []int{last}}, Keys: true, Reach: true}, func() {})
	if err != nil {
		t.Fatal(err)
	}
	r, won, reachable, out := newDraws(4), 0, 0, 0
	_, err = m.Run(ctx, llamaText, 1, func(layer int, stage *nn.Stage) error {
		for head := range llamaHeads {
			size := stage.N * stage.Width
			h := Head{N: stage.N, Width: stage.Width, Keys: stage.Keys[head/2*size : (head/2+1)*size]}
			reach := got.Layers[layer].Heads[head/2].Reach[head%2]
			if reach.Undecided > 0 || reach.Whole != (reach.Depth >= 0 && reach.Depth < 1) || layer == 0 && !reach.Whole {
				t.Errorf("layer %d, head %d: %+v", layer, head, reach)
			}
			wins := map[int]bool{}
			for range 20000 {
				q := s.query(r, layer, head)
				m.Rotation(layer)(last, q)
				wins[argmax(&h, q)] = true
			}
			for i := range wins {
				if reach.Keys[i] != CanReach {
					t.Errorf("layer %d, head %d: key %d is selected, and %v", layer, head, i, reach.Keys[i])
				}
			}
			won, reachable, out = won+len(wins), reachable+reach.Reachable, out+reach.Unreachable
		}
		return nil
	})
	if err != nil || out < 5 || won < 30 || won < reachable*8/10 {
		t.Errorf("%v; %d keys win, %d are reachable, %d are not", err, won, reachable, out)
	}
}

// query is what a layer makes of a random vector, before RoPE.
func (s llamaSource) query(r draws, layer, head int) []float64 {
	name := func(of string) []float32 { return s.tensors[fmt.Sprintf("model.layers.%d.%s", layer, of)] }
	x := make([]float64, llamaDim)
	for d := range x {
		x[d] = r.NormFloat64()
	}
	scaleBy(x, math.Sqrt(llamaDim)/norm2(x))
	q := make([]float64, llamaWidth)
	for c := range q {
		row := head*llamaWidth + c
		q[c] = float64(name("self_attn.q_proj.bias")[row])
		for d, v := range x {
			q[c] += float64(name("self_attn.q_proj.weight")[row*llamaDim+d]) * v * float64(name("input_layernorm.weight")[d])
		}
	}
	scaleBy(q, math.Sqrt(llamaWidth)/norm2(q))
	for c := range q {
		q[c] *= float64(name("self_attn.q_norm.weight")[c])
	}
	return q
}

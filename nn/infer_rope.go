package nn

import (
	"math"

	"keyhull/internal/vec"
)

// rope turns pairs of coordinates of queries and keys by angles that grow with
// the position (Su et al., "RoFormer", 2021): the first 2·len(inverse) of a
// head's coordinates, of which the first half pairs up with the second.
type rope struct {
	inverse []float32 // angle from one position to the next, for each pair
}

// ropeKinds are the ways to stretch positions that are read, by rope_type.
var ropeKinds = map[string]func(inverse []float32, p settings) error{
	"default": func([]float32, settings) error { return nil },
	"linear":  linearRope,
	"llama3":  llama3Rope,
}

// newRope reads the settings of RoPE, both as transformers writes them since
// version 5 (rope_parameters) and before (rope_theta, rope_scaling). kind is the
// kind of layer that they are for, where a model has two.
func newRope(s settings, width int, kind string) (*rope, error) {
	p, scaled := ropeSettings(s, kind)
	theta, ok := p.number("rope_theta")
	part, fraction := p.number("partial_rotary_factor")
	if !fraction {
		part = 1
	}
	count := int(float64(width)*part) / 2
	if !ok || theta <= 0 || part <= 0 || part > 1 || count < 1 || int(float64(width)*part)%2 != 0 {
		return nil, unreadable("RoPE with rope_theta %s over %g of %d coordinates", shownValue(p.get("rope_theta")), part, width)
	}
	r := &rope{make([]float32, count)}
	for i := range r.inverse { // rounded where PyTorch rounds
		r.inverse[i] = 1 / float32(math.Pow(theta, float64(float32(2*i)/float32(2*count))))
	}
	if !scaled {
		return r, nil
	}
	name := p.text("rope_type")
	if name == "" {
		name = p.text("type")
	}
	stretch, known := ropeKinds[name]
	if !known {
		return nil, unreadable("positions are scaled by the rope_type %q, which is not read (default, linear and llama3 are)", name)
	}
	return r, stretch(r.inverse, p)
}

// ropeSettings gathers what concerns RoPE under the newer names; scaled says
// whether a rope_type is among it.
func ropeSettings(s settings, kind string) (p settings, scaled bool) {
	p = settings{values: map[string]any{}, family: &family{}}
	set := func(name string, from ...string) {
		for _, f := range from {
			if v := s.get(f); v != nil {
				p.values[name] = v
				return
			}
		}
	}
	set("rope_theta", "rope_theta", "rotary_emb_base")
	set("partial_rotary_factor", "partial_rotary_factor", "rotary_pct")
	set("original_max_position_embeddings", "original_max_position_embeddings", "max_position_embeddings")
	local := kind == "sliding_attention"
	if kind != "" && s.values["rope_theta"] == nil {
		p.values["rope_theta"] = 1e6
	}
	if local {
		p.values["rope_theta"] = 1e4
		set("rope_theta", "rope_local_base_freq")
	}
	more, _ := s.get("rope_parameters").(map[string]any)
	if more == nil && !local {
		more, _ = s.get("rope_scaling").(map[string]any)
	}
	if own, ok := more[kind].(map[string]any); ok {
		more = own
	}
	for name, v := range more {
		if v != nil {
			p.values[name] = v
			scaled = scaled || name == "rope_type" || name == "type"
		}
	}
	return p, scaled
}

func linearRope(inverse []float32, p settings) error {
	factor, ok := p.number("factor")
	if !ok || factor <= 0 {
		return unreadable("RoPE is scaled by a factor of %s", shownValue(p.get("factor")))
	}
	for i := range inverse {
		inverse[i] /= float32(factor)
	}
	return nil
}

// llama3Rope divides the angles of long waves by the factor, leaves those of
// short ones, and goes from one to the other between.
func llama3Rope(inverse []float32, p settings) error {
	factor, ok := p.number("factor")
	low, okLow := p.number("low_freq_factor")
	high, okHigh := p.number("high_freq_factor")
	context, okContext := p.number("original_max_position_embeddings")
	if !ok || !okLow || !okHigh || !okContext || factor <= 0 || low <= 0 || high <= low || context <= 0 {
		return unreadable("rope_type llama3 with factor %g, low_freq_factor %g, high_freq_factor %g, original_max_position_embeddings %g", factor, low, high, context)
	}
	for i, v := range inverse {
		wave := 2 * math.Pi / float64(v)
		smooth := min(1, max(0, (context/wave-low)/(high-low)))
		inverse[i] = float32((1-smooth)*float64(v)/factor + smooth*float64(v))
	}
	return nil
}

// table returns cosines and sines of n positions, a row of both for each.
func (r *rope) table(n, workers int) []float32 {
	count := len(r.inverse)
	t := make([]float32, n*2*count)
	vec.Parallel((n+rowsAtOnce-1)/rowsAtOnce, workers, func(block int) {
		for i := block * rowsAtOnce; i < min(n, (block+1)*rowsAtOnce); i++ {
			for j, v := range r.inverse {
				sin, cos := math.Sincos(float64(float32(i) * v))
				t[(2*i)*count+j], t[(2*i+1)*count+j] = float32(cos), float32(sin)
			}
		}
	})
	return t
}

// rotate turns the first coordinates of a query or key by a position's row of the
// table.
func rotate(x, row []float32) {
	count := len(row) / 2
	cos, sin := row[:count], row[count:]
	a, b := x[:count], x[count:2*count]
	for j, c := range cos {
		u, v, s := a[j], b[j], sin[j]
		a[j] = float32(u*c) - float32(v*s)
		b[j] = float32(v*c) + float32(u*s)
	}
}

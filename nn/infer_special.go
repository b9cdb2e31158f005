package nn

import "math"

// What single families add to the settings that all share. m has its sizes, and
// for each layer the plain kind of attention.

// absolutePositions refuses BERTs with other positions, and decoders.
func absolutePositions(s settings, _ *Model) error {
	if p := s.text("position_embedding_type"); p != "" && p != "absolute" {
		return unreadable("position_embedding_type is %q; only absolute positions are read", p)
	}
	if s.is("is_decoder") || s.is("add_cross_attention") {
		return unreadable("a BERT that is a decoder is not read")
	}
	return nil
}

func gpt2Scale(s settings, m *Model) error {
	if s.get("add_cross_attention") == true {
		return unreadable("a GPT-2 with cross-attention is not read")
	}
	for i := range m.attention {
		if s.get("scale_attn_weights") == false {
			m.attention[i].scale = 1
		}
		if s.is("scale_attn_by_inverse_layer_idx") {
			m.attention[i].scale /= float64(i + 1)
		}
	}
	return nil
}

// neoWindows reads [[["global","local"],12]]: kinds of attention and how often
// they repeat.
func neoWindows(s settings, m *Model) error {
	window, err := s.size("window_size", 0)
	if err != nil {
		return err
	}
	layer := 0
	groups, _ := s.get("attention_types").([]any)
	for _, group := range groups {
		pair, _ := group.([]any)
		if len(pair) != 2 {
			return unreadable("attention_types is not a list of kinds and how often they repeat")
		}
		kinds, _ := pair[0].([]any)
		times, _ := asNumber(pair[1])
		for i := 0; i < int(min(times, maxSize)) && layer < m.Arch.Layers; i++ {
			for _, kind := range kinds {
				if layer < m.Arch.Layers && kind == "local" {
					m.attention[layer].window = window
				}
				layer++
			}
			if len(kinds) == 0 {
				break
			}
		}
	}
	if layer != m.Arch.Layers {
		return unreadable("attention_types does not name the kind of attention of each of %d layers", m.Arch.Layers)
	}
	return nil
}

func neoxResidual(s settings, m *Model) error {
	m.parallel = s.get("use_parallel_residual") != false
	return nil
}

// everywhereWindow is Mistral's: one window for all layers, or none.
func everywhereWindow(s settings, m *Model) error {
	return windows(s, m, func(int) bool { return true })
}

func qwenWindows(s settings, m *Model) error {
	if !s.is("use_sliding_window") {
		return nil
	}
	from, _ := s.number("max_window_layers")
	return windows(s, m, func(i int) bool { return float64(i) >= from })
}

// windows gives a window to the layers that layer_types calls sliding, or, if
// there is no such list, to those that otherwise says.
func windows(s settings, m *Model, otherwise func(i int) bool) error {
	if s.get("sliding_window") == nil {
		return nil
	}
	window, err := s.size("sliding_window", 0)
	if err != nil {
		return err
	}
	for i := range m.attention {
		kind := s.layerType(i)
		if kind == "sliding_attention" || kind == "" && otherwise(i) {
			m.attention[i].window = window
		}
	}
	return nil
}

// gemmaGelu reads gelu as its tanh form, which is what the first Gemma's
// settings mean by it.
func gemmaGelu(_ settings, m *Model) error {
	if m.activation == geluErf {
		m.activation = geluTanh
	}
	return nil
}

func gemma2Attention(s settings, m *Model) error {
	if s.is("use_bidirectional_attention") {
		return unreadable("use_bidirectional_attention is not read")
	}
	scalar, ok := s.number("query_pre_attn_scalar")
	if !ok {
		scalar = 256
	}
	soft, _ := s.number("attn_logit_softcapping")
	if scalar <= 0 || soft < 0 {
		return unreadable("query_pre_attn_scalar is %g and attn_logit_softcapping %g", scalar, soft)
	}
	for i := range m.attention {
		m.attention[i].scale = 1 / math.Sqrt(scalar)
		m.attention[i].softCap = soft
	}
	m.finalCap, _ = s.number("final_logit_softcapping")
	return windows(s, m, func(i int) bool { return i%2 == 0 })
}

// gemma3Attention adds that layers with a window have a RoPE of their own.
func gemma3Attention(s settings, m *Model) error {
	if err := gemma2Attention(s, m); err != nil {
		return err
	}
	pattern, ok := s.number("sliding_window_pattern")
	if !ok || pattern < 1 {
		pattern = 6
	}
	for i := range m.attention {
		m.attention[i].window = 0
	}
	if err := windows(s, m, func(i int) bool { return math.Mod(float64(i+1), pattern) != 0 }); err != nil {
		return err
	}
	for i := range m.attention {
		if m.attention[i].window > 0 {
			m.attention[i].ropeKind = "sliding_attention"
		} else {
			m.attention[i].ropeKind = "full_attention"
		}
	}
	return nil
}

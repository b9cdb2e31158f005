package nn

import (
	"fmt"
	"slices"
	"strings"
)

// ggufFamilies are the model_types of general.architecture in GGUF files.
var ggufFamilies = map[string]string{"llama": "llama", "qwen2": "qwen2", "qwen3": "qwen3", "gemma": "gemma", "gemma2": "gemma2", "gemma3": "gemma3_text"}

// ggufSettings are transformers' names of what follows the architecture.
var ggufSettings = map[string]string{
	"embedding_length": "hidden_size", "block_count": "num_hidden_layers", "feed_forward_length": "intermediate_size", "context_length": "max_position_embeddings",
	"attention.head_count": "num_attention_heads", "attention.head_count_kv": "num_key_value_heads", "attention.key_length": "head_dim",
	"attention.layer_norm_rms_epsilon": "rms_norm_eps", "attention.sliding_window": "sliding_window",
	"rope.freq_base": "rope_theta", "attn_logit_softcapping": "attn_logit_softcapping", "final_logit_softcapping": "final_logit_softcapping",
}

// ggufNames are the parts of names that follow the layer, as families has them.
var ggufNames = map[string]string{
	"embed_tokens": "token_embd", "norm": "output_norm", "lm_head": "output",
	"input_layernorm": "attn_norm", "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output",
	"self_attn.q_norm": "attn_q_norm", "self_attn.k_norm": "attn_k_norm", "post_attention_layernorm": "ffn_norm",
	"mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
}

// ggufSandwich are those that differ where there are norms after parts too.
var ggufSandwich = map[string]string{"post_attention_layernorm": "post_attention_norm", "pre_feedforward_layernorm": "ffn_norm", "post_feedforward_layernorm": "post_ffw_norm"}

// ggufSource shows a GGUF file as a model folder.
type ggufSource struct {
	Source
	arch   string
	config map[string]any
}

// newGGUF reads what the file says of its model.
func newGGUF(c Source) (*ggufSource, error) {
	meta := c.Metadata()
	arch, _ := meta["general.architecture"].(string)
	g := &ggufSource{Source: c, arch: arch, config: map[string]any{"model_type": ggufFamilies[arch]}}
	if g.config["model_type"] == "" {
		return nil, unreadable("general.architecture is %q, which is not among those read: %s", arch, strings.Join(sortedKeys(ggufFamilies), ", "))
	}
	for from, to := range ggufSettings {
		if v := meta[arch+"."+from]; v != nil {
			g.config[to] = v
		}
	}
	if kind, _ := meta[arch+".rope.scaling.type"].(string); kind != "" && kind != "none" {
		g.config["rope_scaling"] = map[string]any{"rope_type": kind, "factor": meta[arch+".rope.scaling.factor"]}
	}
	g.scale()
	return g, g.rotary(meta)
}

// scale adds what GGUF files of Gemma do not say and llama.cpp knows by the
// number of layers: scores are divided by √head_dim, but by √(hidden_size/heads)
// in the models with 27 billion weights.
func (g *ggufSource) scale() {
	c := g.config
	c["query_pre_attn_scalar"] = c["head_dim"]
	layers, _ := asNumber(c["num_hidden_layers"])
	heads, _ := asNumber(c["num_attention_heads"])
	if dim, ok := asNumber(c["hidden_size"]); ok && heads > 0 && (g.arch == "gemma2" && layers == 46 || g.arch == "gemma3" && layers == 62) {
		c["query_pre_attn_scalar"] = dim / heads
	}
}

// rotary refuses a RoPE over a part of a head's coordinates, which none of
// these architectures has.
func (g *ggufSource) rotary(meta map[string]any) error {
	count, ok := asNumber(meta[g.arch+".rope.dimension_count"])
	heads, _ := asNumber(g.config["num_attention_heads"])
	width, _ := asNumber(g.config["hidden_size"])
	width /= heads
	if w, own := asNumber(g.config["head_dim"]); own {
		width = w
	}
	if ok && count != width {
		return unreadable("%s.rope.dimension_count is %g, but heads have %g coordinates", g.arch, count, width)
	}
	return nil
}

func sortedKeys(m map[string]string) (keys []string) {
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// Config is the file's metadata under transformers' names.
func (g *ggufSource) Config() map[string]any { return g.config }

// local turns transformers' name of a tensor into the file's.
func (g *ggufSource) local(name string) string {
	stem, kind, ok := cutLast(name, ".") // weight or bias
	if !ok {
		return name
	}
	prefix := ""
	if rest, in := strings.CutPrefix(stem, "layers."); in {
		number, part, _ := strings.Cut(rest, ".")
		prefix, stem = "blk."+number+".", part
	}
	part, known := ggufSandwich[stem]
	if !known || !strings.HasPrefix(g.arch, "gemma2") && !strings.HasPrefix(g.arch, "gemma3") {
		part, known = ggufNames[stem]
	}
	if !known {
		return name
	}
	return prefix + part + "." + kind
}

func cutLast(s, sep string) (before, after string, found bool) {
	at := strings.LastIndex(s, sep)
	if at < 0 {
		return s, "", false
	}
	return s[:at], s[at+len(sep):], true
}

// Shape returns the shape of a tensor by transformers' name.
func (g *ggufSource) Shape(name string) []int { return g.Source.Shape(g.local(name)) }

// Read returns a tensor by transformers' name, as transformers has it.
func (g *ggufSource) Read(name string) ([]float32, error) {
	x, err := g.Source.Read(g.local(name))
	if err != nil || g.arch != "llama" {
		return x, err
	}
	heads := 0.0
	switch {
	case strings.Contains(name, ".q_proj."):
		heads, _ = asNumber(g.config["num_attention_heads"])
	case strings.Contains(name, ".k_proj."):
		heads, _ = asNumber(g.config["num_key_value_heads"])
	default:
		return x, nil
	}
	shape := g.Shape(name)
	if heads < 1 || shape[0]%int(2*heads) != 0 {
		return nil, unreadable("%d rows of %s for %g heads", shape[0], name, heads)
	}
	return unpermute(x, int(heads), shape[0]/int(heads), len(x)/shape[0]), nil
}

// unpermute undoes the order of rows that llama.cpp gives W_Q and W_K of Llama:
// there neighbours pair up for RoPE, in transformers the halves of a head.
func unpermute(x []float32, heads, width, d int) []float32 {
	y := make([]float32, len(x))
	for h := range heads {
		for i := range width {
			from := h*width + i%(width/2)*2 + i/(width/2)
			copy(row(y, h*width+i, d), row(x, from, d))
		}
	}
	return y
}

// stretched divides the angles of RoPE by the factors that a file may have for
// them.
func (g *ggufSource) stretched(r *rope) error {
	const name = "rope_freqs.weight"
	shape := g.Source.Shape(name)
	if shape == nil {
		return nil
	}
	factors, err := g.Source.Read(name)
	if err != nil {
		return err
	}
	if len(factors) != len(r.inverse) {
		return unreadable("%s has %d factors for %d pairs of coordinates", name, len(factors), len(r.inverse))
	}
	for i, f := range factors {
		if f <= 0 {
			return unreadable("%s holds %v", name, fmt.Sprint(f))
		}
		r.inverse[i] /= f
	}
	return nil
}

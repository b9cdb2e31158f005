package nn

import "maps"

// family is what models of one kind have in common. Names of tensors are those
// of transformers, %d stands for the layer; "" is for what the family lacks. An
// entry is data: a new family is a new entry.
type family struct {
	types    []string          // values of model_type
	prefixes []string          // what names begin with, the first that fits
	keys     map[string]string // names of settings that differ from the usual ones
	defaults map[string]any    // settings that transformers takes where the file has none

	embed, positions, tokenTypes, embedNorm string
	norm1, norm1After, norm2, norm2After    string // before and after attention, before and after the network
	qkv, q, k, v, out, qNorm, kNorm         string // qkv instead of q, k, v
	gate, up, down, final, output           string

	inOut     bool // weights are stored (in,out)
	headwise  bool // rows of qkv are ordered by head, then query, key, value
	biased    bool // all linear layers have a bias; otherwise those for which the file has one
	rms       bool // RMSNorm instead of LayerNorm
	plusOne   bool // a gain is 1 + what is stored
	post      bool // norm1 and norm2 stand after the residual sums, which is post-LN
	causal    bool
	rope      bool
	offset    bool // positions begin after pad_token_id
	rootScale bool // embeddings are multiplied by √dim
	noScale   bool // scores are not divided by √width
	special   func(s settings, m *Model) error
}

// usual are the names that models after Llama share.
var usual = family{
	prefixes: []string{"model.", ""},
	defaults: map[string]any{"rms_norm_eps": 1e-6, "hidden_act": "silu", "rope_theta": 1e4},
	keys:     map[string]string{"eps": "rms_norm_eps"},
	embed:    "embed_tokens", norm1: "layers.%d.input_layernorm", norm2: "layers.%d.post_attention_layernorm",
	q: "layers.%d.self_attn.q_proj", k: "layers.%d.self_attn.k_proj", v: "layers.%d.self_attn.v_proj", out: "layers.%d.self_attn.o_proj",
	gate: "layers.%d.mlp.gate_proj", up: "layers.%d.mlp.up_proj", down: "layers.%d.mlp.down_proj", final: "norm", output: "lm_head",
	rms: true, causal: true, rope: true,
}

// like returns the usual names for other types, changed.
func like(change func(f *family), types ...string) family {
	f := usual
	f.types = types
	change(&f)
	return f
}

func queryKeyNorm(f *family) {
	f.qNorm, f.kNorm = "layers.%d.self_attn.q_norm", "layers.%d.self_attn.k_norm"
}

func gemma(f *family) {
	f.plusOne, f.rootScale = true, true
	f.defaults = map[string]any{"rms_norm_eps": 1e-6, "hidden_act": "gelu_pytorch_tanh", "rope_theta": 1e4, "head_dim": 256}
}

func sandwich(f *family) {
	gemma(f)
	f.norm1After, f.norm2, f.norm2After = "layers.%d.post_attention_layernorm", "layers.%d.pre_feedforward_layernorm", "layers.%d.post_feedforward_layernorm"
}

func bert(f *family) {
	*f = family{
		types: f.types, prefixes: f.prefixes,
		keys:     map[string]string{"eps": "layer_norm_eps"},
		defaults: map[string]any{"layer_norm_eps": 1e-12, "hidden_act": "gelu"},
		embed:    "embeddings.word_embeddings", positions: "embeddings.position_embeddings", tokenTypes: "embeddings.token_type_embeddings", embedNorm: "embeddings.LayerNorm",
		q: "encoder.layer.%d.attention.self.query", k: "encoder.layer.%d.attention.self.key", v: "encoder.layer.%d.attention.self.value", out: "encoder.layer.%d.attention.output.dense",
		norm1: "encoder.layer.%d.attention.output.LayerNorm", norm2: "encoder.layer.%d.output.LayerNorm",
		up: "encoder.layer.%d.intermediate.dense", down: "encoder.layer.%d.output.dense", output: "cls.predictions.decoder",
		biased: true, post: true, special: absolutePositions,
	}
}

var families = []family{
	{
		types: []string{"gpt2"}, prefixes: []string{"transformer.", ""},
		keys: map[string]string{"hidden_size": "n_embd", "num_hidden_layers": "n_layer", "num_attention_heads": "n_head", "intermediate_size": "n_inner",
			"max_position_embeddings": "n_positions", "hidden_act": "activation_function", "eps": "layer_norm_epsilon"},
		defaults: map[string]any{"layer_norm_epsilon": 1e-5, "activation_function": "gelu_new"},
		embed:    "wte", positions: "wpe", norm1: "h.%d.ln_1", norm2: "h.%d.ln_2", qkv: "h.%d.attn.c_attn", out: "h.%d.attn.c_proj",
		up: "h.%d.mlp.c_fc", down: "h.%d.mlp.c_proj", final: "ln_f", output: "lm_head",
		inOut: true, biased: true, causal: true, special: gpt2Scale,
	},
	{
		types: []string{"gpt_neo"}, prefixes: []string{"transformer.", ""},
		keys: map[string]string{"num_hidden_layers": "num_layers", "num_attention_heads": "num_heads", "hidden_act": "activation_function",
			"eps": "layer_norm_epsilon"},
		defaults: map[string]any{"layer_norm_epsilon": 1e-5, "activation_function": "gelu_new", "window_size": 256},
		embed:    "wte", positions: "wpe", norm1: "h.%d.ln_1", norm2: "h.%d.ln_2",
		q: "h.%d.attn.attention.q_proj", k: "h.%d.attn.attention.k_proj", v: "h.%d.attn.attention.v_proj", out: "h.%d.attn.attention.out_proj",
		up: "h.%d.mlp.c_fc", down: "h.%d.mlp.c_proj", final: "ln_f", output: "lm_head",
		causal: true, noScale: true, special: neoWindows,
	},
	{
		types: []string{"gpt_neox"}, prefixes: []string{"gpt_neox.", ""},
		keys:     map[string]string{"eps": "layer_norm_eps"},
		defaults: map[string]any{"layer_norm_eps": 1e-5, "hidden_act": "gelu", "rotary_pct": 0.25, "rotary_emb_base": 1e4},
		embed:    "embed_in", norm1: "layers.%d.input_layernorm", norm2: "layers.%d.post_attention_layernorm",
		qkv: "layers.%d.attention.query_key_value", out: "layers.%d.attention.dense",
		up: "layers.%d.mlp.dense_h_to_4h", down: "layers.%d.mlp.dense_4h_to_h", final: "final_layer_norm", output: "embed_out",
		headwise: true, causal: true, rope: true, special: neoxResidual,
	},
	like(bert, "bert").named("bert.", ""),
	like(func(f *family) {
		bert(f)
		f.offset, f.output = true, "lm_head.decoder"
	}, "roberta", "xlm-roberta", "camembert").named("roberta.", ""),
	like(func(f *family) {}, "llama"),
	like(func(f *family) {
		f.special = everywhereWindow
		f.defaults = with(f.defaults, "sliding_window", 4096)
	}, "mistral"),
	like(func(f *family) { f.special = qwenWindows }, "qwen2"),
	like(func(f *family) {
		queryKeyNorm(f)
		f.special = qwenWindows
	}, "qwen3"),
	like(func(f *family) {
		gemma(f)
		f.special = gemmaGelu
	}, "gemma"),
	like(func(f *family) {
		sandwich(f)
		f.special = gemma2Attention
		f.defaults = with(with(with(f.defaults, "sliding_window", 4096), "attn_logit_softcapping", 50), "final_logit_softcapping", 30)
	}, "gemma2"),
	like(func(f *family) {
		sandwich(f)
		queryKeyNorm(f)
		f.special = gemma3Attention
		f.defaults = with(f.defaults, "sliding_window", 4096)
	}, "gemma3_text"),
}

// with returns the settings and one more.
func with(defaults map[string]any, name string, value any) map[string]any {
	more := maps.Clone(defaults)
	more[name] = value
	return more
}

func (f family) named(prefixes ...string) family {
	f.prefixes = prefixes
	return f
}

// familyOf returns the family of a model_type, nil if it is not known.
func familyOf(modelType string) *family {
	for i, f := range families {
		for _, t := range f.types {
			if t == modelType {
				return &families[i]
			}
		}
	}
	return nil
}

// knownFamilies lists all values of model_type that are read.
func knownFamilies() (types []string) {
	for _, f := range families {
		types = append(types, f.types...)
	}
	return types
}

package nn

import (
	"fmt"
	"path/filepath"
	"strings"

	"keyhull/norm"
	"keyhull/weights"
)

// gpt2Config is the part of transformers' GPT2Config that matters, and what
// only keyhull knows.
type gpt2Config struct {
	ModelType        string       `json:"model_type"`
	Architectures    []string     `json:"architectures"`
	VocabSize        int          `json:"vocab_size"`
	Positions        int          `json:"n_positions"`
	Embd             int          `json:"n_embd"`
	Layer            int          `json:"n_layer"`
	Head             int          `json:"n_head"`
	Inner            *int         `json:"n_inner"` // null for 4·n_embd
	Activation       string       `json:"activation_function"`
	ResidPdrop       float64      `json:"resid_pdrop"`
	EmbdPdrop        float64      `json:"embd_pdrop"`
	AttnPdrop        float64      `json:"attn_pdrop"`
	Eps              float64      `json:"layer_norm_epsilon"`
	InitializerRange float64      `json:"initializer_range"`
	ScaleWeights     bool         `json:"scale_attn_weights"`
	ScaleByLayer     bool         `json:"scale_attn_by_inverse_layer_idx"`
	CrossAttention   bool         `json:"add_cross_attention"`
	Tied             bool         `json:"tie_word_embeddings"`
	BOS              *int         `json:"bos_token_id"`
	EOS              *int         `json:"eos_token_id"`
	Keyhull          *gpt2Keyhull `json:"keyhull,omitempty"`
}

// gpt2Keyhull says what of a model transformers does not know.
type gpt2Keyhull struct {
	Note   string    `json:"note,omitempty"`
	Norm1  Place     `json:"norm_1"`
	Norm2  Place     `json:"norm_2"`
	NormF  Place     `json:"norm_f"`
	QKNorm norm.Kind `json:"qk_norm"`
	Frozen bool      `json:"frozen"`
}

const otherNorms = "transformers takes all normalizations to be LayerNorm with gain and bias, and knows none of queries and keys: " +
	"what it computes from this folder is something else"

// defaultGPT2Config is what a key means that is absent.
func defaultGPT2Config() gpt2Config {
	return gpt2Config{ModelType: "gpt2", Architectures: []string{"GPT2LMHeadModel"}, VocabSize: 50257, Positions: 1024, Embd: 768, Layer: 12, Head: 12,
		Activation: "gelu_new", ResidPdrop: 0.1, EmbdPdrop: 0.1, AttnPdrop: 0.1, Eps: 1e-5, InitializerRange: 0.02, ScaleWeights: true, Tied: true}
}

// WriteGPT2 writes p as a model's folder that transformers loads: config.json
// and model.safetensors. Normalizations that transformers has not, and what is
// frozen, stand in the field keyhull of config.json, which ReadGPT2 reads and
// transformers passes over; the note there says that transformers then computes
// something else.
func WriteGPT2(dir string, p *GPT2Params[float32]) error {
	s, c := p.Shape, defaultGPT2Config()
	c.VocabSize, c.Positions, c.Embd, c.Layer, c.Head, c.Inner = s.Vocab, s.Context, s.Dim, s.Layers, s.Heads, &s.Hidden
	c.ResidPdrop, c.EmbdPdrop, c.AttnPdrop, c.Eps = s.Dropout, s.Dropout, s.Dropout, s.Eps
	if end := 50256; s.Vocab == end+1 {
		c.BOS, c.EOS = &end, &end
	}
	layerNorm := Place{Kind: norm.LayerNorm}
	k := gpt2Keyhull{Norm1: s.Norm1, Norm2: s.Norm2, NormF: s.NormF, QKNorm: s.QKNorm, Frozen: s.Frozen}
	plain := gpt2Keyhull{Norm1: layerNorm, Norm2: layerNorm, NormF: layerNorm, QKNorm: norm.None, Frozen: s.Frozen}
	if k != plain {
		k.Note = otherNorms
	}
	if k != plain || s.Frozen {
		c.Keyhull = &k
	}
	return writeFolder(dir, c, p.Tensors())
}

// ReadGPT2 reads a folder with a GPT-2 language model that WriteGPT2 or
// transformers wrote. It is strict: settings that GPT2 has not, and tensors
// that are missing, unknown or of another shape, are errors that name them.
func ReadGPT2(dir string) (*GPT2Params[float32], error) {
	c := defaultGPT2Config()
	if err := readConfig(dir, &c); err != nil {
		return nil, err
	}
	shape, err := c.shape()
	if err == nil {
		err = shape.Check()
	}
	if err != nil {
		return nil, &weights.Error{Msg: fmt.Sprintf("%s: %v", filepath.Join(dir, configFile), err), Hint: "give the folder of a GPT-2 language model", Err: err}
	}
	if err := enough(dir, shape.numbers()); err != nil {
		return nil, err
	}
	p := NewGPT2Params[float32](shape)
	if err := readTensors(dir, p.Tensors(), gpt2Name); err != nil {
		return nil, err
	}
	return p, nil
}

// numbers is about how many parameters there are, not less than a half.
func (g GPT2) numbers() float64 {
	d, f := float64(g.Dim), float64(g.Hidden)
	return float64(g.Vocab+g.Context)*d + float64(g.Layers)*d*(4*d+2*f)
}

// shape refuses what a GPT2 does not compute.
func (c gpt2Config) shape() (GPT2, error) {
	layerNorm := Place{Kind: norm.LayerNorm}
	s := GPT2{Vocab: c.VocabSize, Context: c.Positions, Dim: c.Embd, Layers: c.Layer, Heads: c.Head, Hidden: 4 * c.Embd,
		Dropout: c.ResidPdrop, Eps: c.Eps, Norm1: layerNorm, Norm2: layerNorm, NormF: layerNorm, QKNorm: norm.None}
	if c.Inner != nil {
		s.Hidden = *c.Inner
	}
	if k := c.Keyhull; k != nil {
		s.Norm1, s.Norm2, s.NormF, s.QKNorm, s.Frozen = k.Norm1, k.Norm2, k.NormF, k.QKNorm, k.Frozen
	}
	switch {
	case c.ModelType != "gpt2":
		return s, fmt.Errorf("model_type is %q, not gpt2", c.ModelType)
	case c.Activation != "gelu_new" && c.Activation != "gelu_pytorch_tanh":
		return s, fmt.Errorf("activation_function is %q, not gelu_new", c.Activation)
	case !c.ScaleWeights || c.ScaleByLayer:
		return s, fmt.Errorf("scores of attention are scaled in another way than by 1/√width")
	case c.CrossAttention || !c.Tied:
		return s, fmt.Errorf("cross-attention and output matrices of their own are not read")
	case c.EmbdPdrop != s.Dropout || c.AttnPdrop != s.Dropout:
		return s, fmt.Errorf("dropout differs: embd_pdrop %v, attn_pdrop %v, resid_pdrop %v", c.EmbdPdrop, c.AttnPdrop, c.ResidPdrop)
	}
	return s, nil
}

// gpt2Name turns a name in a file into that of a tensor: models saved without
// their head lack the prefix, old ones hold the causal mask, and the tied
// output matrix may be there a second time.
func gpt2Name(name string) string {
	if name == "lm_head.weight" || strings.HasSuffix(name, ".attn.bias") || strings.HasSuffix(name, ".attn.masked_bias") {
		return ""
	}
	if !strings.HasPrefix(name, "transformer.") {
		return "transformer." + name
	}
	return name
}

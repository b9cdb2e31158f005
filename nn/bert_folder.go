package nn

import (
	"errors"
	"fmt"
	"path/filepath"

	"keyhull/norm"
	"keyhull/weights"
)

// bertConfig is what config.json says of a BertForSequenceClassification.
// transformers has no word for other normalizations than LayerNorm, so these
// stand in a field of our own; a model that has it means something else to
// transformers, which puts LayerNorm everywhere.
type bertConfig struct {
	Architectures    []string          `json:"architectures"`
	ModelType        string            `json:"model_type"`
	Vocab            int               `json:"vocab_size"`
	Dim              int               `json:"hidden_size"`
	Layers           int               `json:"num_hidden_layers"`
	Heads            int               `json:"num_attention_heads"`
	Hidden           int               `json:"intermediate_size"`
	Act              string            `json:"hidden_act"`
	Dropout          float64           `json:"hidden_dropout_prob"`
	AttentionDropout float64           `json:"attention_probs_dropout_prob"`
	HeadDropout      *float64          `json:"classifier_dropout"` // null: as Dropout
	Positions        int               `json:"max_position_embeddings"`
	PositionType     string            `json:"position_embedding_type"`
	Types            int               `json:"type_vocab_size"`
	InitRange        float64           `json:"initializer_range"`
	Eps              float64           `json:"layer_norm_eps"`
	Pad              int               `json:"pad_token_id"`
	Decoder          bool              `json:"is_decoder"`
	Labels           map[string]string `json:"id2label"`
	LabelIDs         map[string]int    `json:"label2id"`
	DType            string            `json:"dtype"`
	Keyhull          *bertPlaces       `json:"keyhull,omitempty"`
}

// bertPlaces are the normalizations of a Bert.
type bertPlaces struct {
	Note      string `json:"note,omitempty"`
	Embedding Place  `json:"embedding_norm"`
	Attention Place  `json:"attention_norm"`
	Output    Place  `json:"output_norm"`
}

// plainPlaces are what transformers computes.
var plainPlaces = bertPlaces{Embedding: Place{Kind: norm.LayerNorm}, Attention: Place{Kind: norm.LayerNorm}, Output: Place{Kind: norm.LayerNorm}}

// defaultBertConfig is what transformers takes for granted: BERT-base.
func defaultBertConfig() bertConfig {
	return bertConfig{
		Architectures: []string{"BertForSequenceClassification"}, ModelType: "bert",
		Vocab: 30522, Dim: 768, Layers: 12, Heads: 12, Hidden: 3072, Act: "gelu", Dropout: 0.1, AttentionDropout: 0.1,
		Positions: 512, PositionType: "absolute", Types: bertTypes, InitRange: 0.02, Eps: 1e-12, DType: "float32",
	}
}

func configOf(s Bert) bertConfig {
	c := defaultBertConfig()
	c.Vocab, c.Dim, c.Layers, c.Heads, c.Hidden = s.Vocab, s.Dim, s.Layers, s.Heads, s.Hidden
	c.Dropout, c.AttentionDropout, c.Positions, c.Eps = s.Dropout, s.Dropout, s.Positions, s.Eps
	c.Labels, c.LabelIDs = map[string]string{}, map[string]int{}
	for i := range s.Labels {
		name := fmt.Sprint("LABEL_", i)
		c.Labels[fmt.Sprint(i)], c.LabelIDs[name] = name, i
	}
	k := bertPlaces{Embedding: s.EmbeddingNorm, Attention: s.AttentionNorm, Output: s.OutputNorm}
	if k != plainPlaces {
		k.Note = "transformers takes all normalizations to be LayerNorm: what it computes from this folder is something else"
		c.Keyhull = &k
	}
	return c
}

// shape returns the shape that c describes, or why it is none of a Bert.
func (c bertConfig) shape() (Bert, error) {
	s := Bert{Vocab: c.Vocab, Positions: c.Positions, Dim: c.Dim, Layers: c.Layers, Heads: c.Heads, Hidden: c.Hidden, Labels: 2, Dropout: c.Dropout, Eps: c.Eps}
	if c.Labels != nil {
		s.Labels = len(c.Labels)
	}
	places := plainPlaces
	if c.Keyhull != nil {
		places = *c.Keyhull
	}
	s.EmbeddingNorm, s.AttentionNorm, s.OutputNorm = places.Embedding, places.Attention, places.Output
	switch {
	case c.ModelType != "bert":
		return s, fmt.Errorf("model_type is %q, want bert", c.ModelType)
	case c.Act != "gelu":
		return s, fmt.Errorf("hidden_act is %q, want gelu", c.Act)
	case c.PositionType != "absolute":
		return s, fmt.Errorf("position_embedding_type is %q, want absolute", c.PositionType)
	case c.Decoder:
		return s, errors.New("is_decoder is true: attention would be causal")
	case c.Types != bertTypes || c.Pad != 0:
		return s, fmt.Errorf("type_vocab_size %d, pad_token_id %d, want %d and 0", c.Types, c.Pad, bertTypes)
	case c.AttentionDropout != c.Dropout || c.HeadDropout != nil && *c.HeadDropout != c.Dropout:
		return s, fmt.Errorf("different rates of dropout, want one for all places")
	}
	return s, s.Check()
}

// WriteBert writes p to a folder as transformers' save_pretrained does, which
// its BertForSequenceClassification loads. Normalizations other than LayerNorm
// are named in config.json's field keyhull, which transformers does not heed.
// Each file appears whole or not at all. Errors are those of the system.
func WriteBert(dir string, p *BertParams[float32]) error {
	return writeFolder(dir, configOf(p.Shape), p.Tensors())
}

// ReadBert reads a folder that WriteBert, or transformers for a
// BertForSequenceClassification, wrote. It is strict: settings that a Bert has
// not, and tensors that are missing, unknown or of another shape, are errors
// that name them.
func ReadBert(dir string) (*BertParams[float32], error) {
	c := defaultBertConfig()
	c.ModelType = ""
	if err := readConfig(dir, &c); err != nil {
		return nil, err
	}
	shape, err := c.shape()
	if err != nil {
		return nil, &weights.Error{Msg: fmt.Sprintf("%s: %v", filepath.Join(dir, configFile), err), Hint: "give the folder of a BERT for sequence classification", Err: err}
	}
	if err := enough(dir, shape.numbers()); err != nil {
		return nil, err
	}
	p := NewBertParams[float32](shape)
	if err := readTensors(dir, p.Tensors(), bertName); err != nil {
		return nil, err
	}
	return p, nil
}

// numbers is about how many parameters there are, not less than a half.
func (b Bert) numbers() float64 {
	d, f := float64(b.Dim), float64(b.Hidden)
	return float64(b.Vocab+b.Positions)*d + float64(b.Layers)*d*(4*d+2*f)
}

// bertName drops what older versions of transformers stored beside parameters.
func bertName(name string) string {
	if name == "bert.embeddings.position_ids" {
		return ""
	}
	return name
}

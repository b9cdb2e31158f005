package nn

import (
	"fmt"

	"keyhull/norm"
)

// Bert is the shape of a BERT that classifies sentences (Devlin, Chang, Lee,
// Toutanova, "BERT: pre-training of deep bidirectional transformers for
// language understanding", 2019): post-norm layers, a pooler on the first
// token and a linear classifier, as transformers' BertForSequenceClassification.
type Bert struct {
	Vocab     int     `json:"vocab"`     // word pieces; piece 0 is padding
	Positions int     `json:"positions"` // the most tokens of a sentence
	Dim       int     `json:"dim"`       // of hidden states, d
	Layers    int     `json:"layers"`
	Heads     int     `json:"heads"`   // a divisor of Dim
	Hidden    int     `json:"hidden"`  // width of the feed-forward networks, f
	Labels    int     `json:"labels"`  // classes of a sentence
	Dropout   float64 `json:"dropout"` // part of hidden numbers and attention weights that training drops
	Eps       float64 `json:"eps"`     // of LayerNorm and RMSNorm; BERT's is 1e-12

	EmbeddingNorm Place `json:"embedding_norm"` // after the sum of embeddings
	AttentionNorm Place `json:"attention_norm"` // after attention and its residual
	OutputNorm    Place `json:"output_norm"`    // after the feed-forward network and its residual
}

// bertTypes is the number of token types. A single sentence has type 0; the
// other one is there because transformers' models have it.
const bertTypes = 2

// Check reports a shape that is none.
func (b Bert) Check() error {
	switch {
	case b.Vocab < 1 || b.Positions < 1 || b.Layers < 1 || b.Hidden < 1:
		return fmt.Errorf("vocabulary %d, positions %d, layers %d, hidden width %d: all must be 1 or more", b.Vocab, b.Positions, b.Layers, b.Hidden)
	case b.Dim < 1 || b.Heads < 1 || b.Dim%b.Heads != 0:
		return fmt.Errorf("dimension %d, heads %d: both must be 1 or more, and heads a divisor", b.Dim, b.Heads)
	case b.Labels < 2:
		return fmt.Errorf("%d labels: a classifier needs 2 or more", b.Labels)
	case !(b.Dropout >= 0 && b.Dropout < 1):
		return fmt.Errorf("dropout %v, want 0 or more and less than 1", b.Dropout)
	case !(b.Eps >= 0 && b.Eps < 1):
		return fmt.Errorf("eps %v, want 0 or more and less than 1", b.Eps)
	}
	for i, place := range []Place{b.EmbeddingNorm, b.AttentionNorm, b.OutputNorm} {
		if err := place.Check(); err != nil {
			return fmt.Errorf("%s: %w", []string{"embeddings", "attention", "output"}[i], err)
		}
	}
	return nil
}

// Width returns the coordinates of a head.
func (b Bert) Width() int { return b.Dim / b.Heads }

// BertParams are the parameters of a Bert, or numbers of the same shape such as
// their gradients. Views share the memory of Flat. Matrices are (outs,ins):
// y = W·x + b.
type BertParams[T norm.Float] struct {
	Shape Bert
	Flat  []T // all of them, tensor after tensor

	Words         []T // (vocab,d)
	Positions     []T // (positions,d)
	Types         []T // (2,d)
	EmbeddingNorm PlaceParams[T]
	Layers        []BertLayer[T]

	Pooler, PoolerBias         []T // (d,d), (d): tanh of the first token
	Classifier, ClassifierBias []T // (labels,d), (labels)
}

// BertLayer are the parameters of one layer.
type BertLayer[T norm.Float] struct {
	Query, Key, Value             []T // (d,d): head h has rows h·w to (h+1)·w
	QueryBias, KeyBias, ValueBias []T // (d)
	Out, OutBias                  []T // (d,d), (d): W_O
	AttentionNorm                 PlaceParams[T]
	Up, UpBias                    []T // (f,d), (f)
	Down, DownBias                []T // (d,f), (d)
	OutputNorm                    PlaceParams[T]
}

// NewBertParams returns parameters that are all zero. It panics on a shape that
// Check refuses.
func NewBertParams[T norm.Float](shape Bert) *BertParams[T] {
	if err := shape.Check(); err != nil {
		panic("nn: " + err.Error())
	}
	p := &BertParams[T]{Shape: shape, Layers: make([]BertLayer[T], shape.Layers)}
	p.Flat = allot(p.views())
	return p
}

// Tensors returns all parameters under the names that transformers gives them,
// in the order of Flat. What only keyhull's normalizations learn follows the
// same pattern: LayerNorm.weight, .bias, .alpha (DyT), .scale (ProjectLearned).
func (p *BertParams[T]) Tensors() []Tensor[T] { return tensorsOf(p.views()) }

// Trained lists what is trained, for AdamW: everything. Weight decay, where
// there is any, is for matrices and embeddings, as in transformers' Trainer.
func (p *BertParams[T]) Trained() []Span {
	return spans(p.Tensors(), func(Tensor[T]) bool { return false })
}

func (p *BertParams[T]) views() []view[T] {
	s := p.Shape
	d := s.Dim
	all := []view[T]{
		{"bert.embeddings.word_embeddings.weight", &p.Words, []int{s.Vocab, d}},
		{"bert.embeddings.position_embeddings.weight", &p.Positions, []int{s.Positions, d}},
		{"bert.embeddings.token_type_embeddings.weight", &p.Types, []int{bertTypes, d}},
	}
	all = append(all, p.EmbeddingNorm.views(s.EmbeddingNorm, "bert.embeddings.LayerNorm", d)...)
	for i := range p.Layers {
		all = append(all, p.Layers[i].views(s, fmt.Sprintf("bert.encoder.layer.%d.", i))...)
	}
	all = append(all, linearViews("bert.pooler.dense", &p.Pooler, &p.PoolerBias, d, d)...)
	return append(all, linearViews("classifier", &p.Classifier, &p.ClassifierBias, s.Labels, d)...)
}

func (l *BertLayer[T]) views(s Bert, prefix string) []view[T] {
	d, f := s.Dim, s.Hidden
	var all []view[T]
	all = append(all, linearViews(prefix+"attention.self.query", &l.Query, &l.QueryBias, d, d)...)
	all = append(all, linearViews(prefix+"attention.self.key", &l.Key, &l.KeyBias, d, d)...)
	all = append(all, linearViews(prefix+"attention.self.value", &l.Value, &l.ValueBias, d, d)...)
	all = append(all, linearViews(prefix+"attention.output.dense", &l.Out, &l.OutBias, d, d)...)
	all = append(all, l.AttentionNorm.views(s.AttentionNorm, prefix+"attention.output.LayerNorm", d)...)
	all = append(all, linearViews(prefix+"intermediate.dense", &l.Up, &l.UpBias, f, d)...)
	all = append(all, linearViews(prefix+"output.dense", &l.Down, &l.DownBias, d, f)...)
	return append(all, l.OutputNorm.views(s.OutputNorm, prefix+"output.LayerNorm", d)...)
}

// linearViews are the two tensors of a fully connected layer.
func linearViews[T norm.Float](name string, w, bias *[]T, outs, ins int) []view[T] {
	return []view[T]{{name + ".weight", w, []int{outs, ins}}, {name + ".bias", bias, []int{outs}}}
}

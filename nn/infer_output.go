package nn

import (
	"math"
	"slices"
)

// Output is what stands between the last layer and the scores of tokens: score
// of token t = W[t]·x + Bias[t], where x = gain·x̂ + bias comes from the norm
// that stands before.
type Output struct {
	Vocab, Dim int
	W          []float32 // (Vocab,Dim)
	Bias       []float32 // (Vocab), nil for 0
	Tied       bool      // W are the embeddings

	// Gain and NormBias (Dim) are those of the norm before, nil where there is
	// none or no bias. Projected: it is LayerNorm.
	Gain, NormBias []float32
	Projected      bool
	SoftCap        float64 // of the scores, which changes no order; 0: none

	head *maskedHead // BERT's network before, nil in other models
}

// maskedHead is what BERT's output layer puts before scores: a linear layer, an
// activation and a norm.
type maskedHead struct {
	dense []float32
	bias  []float32
	norm  gainBias
}

// headNames are the parts of the network before the output layer, by family.
var headNames = map[string][3]string{ // dense, norm, bias of the scores
	"cls.predictions.decoder": {"cls.predictions.transform.dense", "cls.predictions.transform.LayerNorm", "cls.predictions.bias"},
	"lm_head.decoder":         {"lm_head.dense", "lm_head.layer_norm", "lm_head.bias"},
}

// Output reads the output layer. A matrix that is not in the file is that of the
// embeddings, if the settings do not deny it. A model without output layer,
// such as one for sentence embeddings, is an error.
func (m *Model) Output() (*Output, error) {
	f, a := m.family, m.Arch
	o := &Output{Vocab: a.Vocab, Dim: a.Dim, Gain: m.final.gain, NormBias: m.final.bias, Projected: !f.rms, SoftCap: m.finalCap}
	s := settings{m.source.Config(), f}
	if names, masked := headNames[f.output]; masked {
		if err := m.readMaskedHead(o, names); err != nil {
			return nil, err
		}
	}
	name := f.output + ".weight"
	if m.source.Shape(name) == nil {
		if s.get("tie_word_embeddings") == false {
			return nil, unreadable("there is no tensor %s, and tie_word_embeddings is false: this model has no output layer", name)
		}
		o.W, o.Tied = m.embedding, true
		return o, nil
	}
	w, err := m.tensor(name, a.Vocab, a.Dim)
	if err != nil {
		return nil, err
	}
	o.W = w
	if m.source.Shape(f.output+".bias") != nil && o.Bias == nil {
		o.Bias, err = m.tensor(f.output+".bias", a.Vocab)
	}
	return o, err
}

func (m *Model) readMaskedHead(o *Output, names [3]string) (err error) {
	a, h := m.Arch, &maskedHead{}
	read := func(to *[]float32, name string, shape ...int) {
		if err == nil {
			*to, err = m.tensor(name, shape...)
		}
	}
	read(&h.dense, names[0]+".weight", a.Dim, a.Dim)
	read(&h.bias, names[0]+".bias", a.Dim)
	read(&h.norm.gain, m.present(names[1], "weight"), a.Dim)
	read(&h.norm.bias, m.present(names[1], "bias"), a.Dim)
	read(&o.Bias, names[2], a.Vocab)
	o.Gain, o.NormBias, o.head = h.norm.gain, h.norm.bias, h
	return err
}

// tensor reads a tensor by its whole name and checks its shape.
func (m *Model) tensor(name string, shape ...int) ([]float32, error) {
	got := m.source.Shape(name)
	if got == nil {
		return nil, unreadable("there is no tensor %s (%s), a part of the output layer", name, sizes(shape))
	}
	if !slices.Equal(got, shape) {
		return nil, unreadable("tensor %s has the shape %s, but by its settings the model needs %s", name, sizes(got), sizes(shape))
	}
	return m.source.Read(name)
}

// outputInput turns a row of what Run returns (Dim) into what W multiplies,
// which is the same but in BERT.
func (m *Model) outputInput(o *Output, x []float32) []float32 {
	if o.head == nil {
		return x
	}
	y := make([]float32, len(x))
	LinearForward(y, x, o.head.dense, o.head.bias, 1, len(x), len(x))
	m.activate(y, len(y))
	o.head.norm.normalize(y, y, m.Arch.Eps, false)
	return y
}

// Scores returns the scores of all tokens after one position, where x (Dim) is
// that row of what Run returned.
func (m *Model) Scores(o *Output, x []float32) []float32 {
	scores := make([]float32, o.Vocab)
	LinearForward(scores, m.outputInput(o, x), o.W, o.Bias, 1, o.Dim, o.Vocab)
	if o.SoftCap > 0 {
		for i, v := range scores {
			scores[i] = float32(o.SoftCap * math.Tanh(float64(v)/o.SoftCap))
		}
	}
	return scores
}

package nn

import (
	"strings"
	"sync"
)

// Source is where LoadModel takes a model from: weights.Checkpoint is one. All
// names and shapes are as in the file, row-major; Config and Metadata are nil
// where the file has none.
type Source interface {
	Names() []string
	Shape(name string) []int
	Read(name string) ([]float32, error)
	Config() map[string]any
	Metadata() map[string]any
}

// Arch is what kind of Transformer a Model is.
type Arch struct {
	Family               string // model_type, as transformers has it
	Vocab, Context       int    // Context is how many tokens fit, as far as that is limited
	Layers, Dim          int
	Heads, KVHeads       int
	Width                int    // coordinates of a head
	Norm                 string // LayerNorm or RMSNorm
	Eps                  float64
	PostNorm             bool // attention gets the sum of residuals after it went through a norm (post-LN)
	Causal, QKNorm, RoPE bool
}

// Model is a Transformer as far as it takes to run it on a text: to the keys and
// queries of each head and to what the output layer gets. Weights of layers are
// read when they are first needed and kept as long as all fit in keptBytes;
// otherwise each run reads them again. Several goroutines may use a Model as
// long as its Source lets them.
type Model struct {
	Arch Arch

	source     Source // with names and settings as transformers has them
	family     *family
	prefix     string
	hidden     int
	activation activation
	parallel   bool // attention and network get the same input
	plusOne    bool
	finalCap   float64
	firstPlace int // of positions
	padding    int // token that has no position, -1 for none
	attention  []attentionKind

	embedding, positions, tokenType []float32
	embedNorm, final                gainBias
	mutex                           sync.Mutex
	keep                            bool
	kept                            []*inferLayer
	latest                          int // if layers are not kept: but for this one
}

// attentionKind is how one layer attends.
type attentionKind struct {
	scale, softCap float64
	window         int // 0: none
	ropeKind       string
	rope           *rope // nil: none
}

// keptBytes is how much memory weights of layers may take between runs.
const keptBytes = 640 << 20

// LoadModel recognizes the family of a model by its settings and checks that
// every tensor is there and has the shape that these give it; then it reads
// embeddings. Errors say what is missing or not known, with a hint. c must stay
// open as long as the model is used.
func LoadModel(c Source) (*Model, error) {
	m := &Model{source: c}
	g, err := m.recognize()
	if err != nil {
		return nil, err
	}
	s := settings{m.source.Config(), m.family}
	if err := s.shape(m); err != nil {
		return nil, err
	}
	if err := m.check(s); err != nil {
		return nil, err
	}
	if err := m.attentions(s, g); err != nil {
		return nil, err
	}
	return m, m.readEmbeddings()
}

// recognize finds the family and what its names begin with.
func (m *Model) recognize() (g *ggufSource, err error) {
	if m.source.Metadata()["general.architecture"] != nil {
		if g, err = newGGUF(m.source); err != nil {
			return nil, err
		}
		m.source = g
	}
	name, ok := m.source.Config()["model_type"].(string)
	if !ok {
		return nil, unreadable("there is no config.json with a model_type beside the weights, so the family is not known")
	}
	if m.family = familyOf(name); m.family == nil {
		return nil, unreadable("model_type is %q, which is not among those read: %s", name, strings.Join(knownFamilies(), ", "))
	}
	f := m.family
	m.Arch = Arch{Family: name, Norm: "LayerNorm", PostNorm: f.post, Causal: f.causal, QKNorm: f.qNorm != "", RoPE: f.rope}
	if f.rms {
		m.Arch.Norm = "RMSNorm"
	}
	m.plusOne = f.plusOne && g == nil // llama.cpp adds the 1 when it converts
	for _, p := range f.prefixes {
		if m.source.Shape(p+f.embed+".weight") != nil {
			m.prefix = p
			return g, nil
		}
	}
	return nil, unreadable("there is no tensor %s%s.weight, the embeddings of a %s", f.prefixes[0], f.embed, name)
}

// attentions fills how each layer attends.
func (m *Model) attentions(s settings, g *ggufSource) error {
	a := &m.Arch
	m.attention = make([]attentionKind, a.Layers)
	for i := range m.attention {
		m.attention[i].scale = 1 / sqrt(a.Width)
		if m.family.noScale {
			m.attention[i].scale = 1
		}
	}
	if m.family.special != nil {
		if err := m.family.special(s, m); err != nil {
			return err
		}
	}
	if !m.family.rope {
		return nil
	}
	ropes := map[string]*rope{}
	for i := range m.attention {
		kind := m.attention[i].ropeKind
		if ropes[kind] == nil {
			r, err := newRope(s, a.Width, kind)
			if err == nil && g != nil && kind != "sliding_attention" {
				err = g.stretched(r)
			}
			if err != nil {
				return err
			}
			ropes[kind] = r
		}
		m.attention[i].rope = ropes[kind]
	}
	return nil
}

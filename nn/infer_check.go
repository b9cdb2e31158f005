package nn

import "slices"

// check holds the shape of every tensor against the settings, before anything is
// read or memory taken that is not in proportion to the file.
func (m *Model) check(s settings) error {
	if n := len(m.source.Names()); m.Arch.Layers > n {
		return unreadable("%d layers, but only %d tensors", m.Arch.Layers, n)
	}
	if err := m.checkVocabulary(s); err != nil {
		return err
	}
	if err := m.checkPositions(s); err != nil {
		return err
	}
	numbers := 0
	for layer := -1; layer < m.Arch.Layers; layer++ {
		for _, p := range m.parts(layer) {
			if err := m.checkPart(p); err != nil {
				return err
			}
			if layer >= 0 {
				numbers += product(p.shape)
			}
		}
	}
	for _, p := range m.parts(m.Arch.Layers) {
		if m.source.Shape(p.name) != nil {
			return unreadable("there is a tensor %s, but by its settings the model has only %d layers", m.stored(p.name), m.Arch.Layers)
		}
	}
	m.keep = 4*numbers <= keptBytes
	m.kept = make([]*inferLayer, m.Arch.Layers)
	return nil
}

// checkPart says what is wrong with a tensor, or nil.
func (m *Model) checkPart(p part) error {
	shape := m.source.Shape(p.name)
	if shape == nil && p.optional {
		return nil
	}
	if shape == nil {
		return unreadable("there is no tensor %s (%s)", m.stored(p.name), sizes(p.shape))
	}
	if !slices.Equal(shape, p.shape) {
		return unreadable("tensor %s has the shape %s, but by its settings the model needs %s", m.stored(p.name), sizes(shape), sizes(p.shape))
	}
	return nil
}

// checkVocabulary takes the number of tokens from the embeddings.
func (m *Model) checkVocabulary(s settings) error {
	shape := m.source.Shape(m.prefix + m.family.embed + ".weight")
	if len(shape) != 2 {
		return unreadable("the embeddings have the shape %s", sizes(shape))
	}
	m.Arch.Vocab = shape[0]
	if v, ok := s.number("vocab_size"); ok && v != float64(shape[0]) {
		return unreadable("vocab_size is %g, but there are %d embeddings", v, shape[0])
	}
	return nil
}

// checkPositions takes the number of positions from their table.
func (m *Model) checkPositions(s settings) error {
	m.padding = -1
	if m.family.offset {
		pad, ok := s.number("pad_token_id")
		if !ok || pad < 0 || pad >= float64(m.Arch.Vocab) {
			pad = 1
		}
		m.padding, m.firstPlace = int(pad), int(pad)+1
	}
	if m.family.positions == "" {
		return nil
	}
	name := m.prefix + m.family.positions + ".weight"
	places := m.source.Shape(name)
	if len(places) != 2 || places[0] <= m.firstPlace {
		return unreadable("the table of positions %s has the shape %s", m.stored(name), sizes(places))
	}
	m.Arch.Context = places[0] - m.firstPlace
	return nil
}

// stored is the name that a tensor has in the file.
func (m *Model) stored(name string) string {
	if g, ok := m.source.(*ggufSource); ok {
		return g.local(name)
	}
	return name
}

func product(shape []int) int {
	p := 1
	for _, n := range shape {
		p *= n
	}
	return p
}

// fits says why a text does not fit the model, or nil.
func (m *Model) fits(ids []int) error {
	if len(ids) == 0 {
		return unreadable("the text has no tokens")
	}
	if m.family.positions != "" && len(ids) > m.Arch.Context {
		return unreadable("the text has %d tokens, but the model has positions for %d: cut it, or take windows of it", len(ids), m.Arch.Context)
	}
	for i, id := range ids {
		if id < 0 || id >= m.Arch.Vocab {
			return unreadable("token %d is %d, but the model knows %d: text and model have different vocabularies", i, id, m.Arch.Vocab)
		}
	}
	return nil
}

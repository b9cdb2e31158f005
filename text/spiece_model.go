package text

import (
	"math"
	"slices"
	"unicode/utf8"
)

// pipeline makes a tokenizer of the model. As for the library, control pieces
// that text spells out are text.
func (m *spModel) pipeline(s settings) (*pipeline, error) {
	t, err := m.sort()
	if err != nil {
		return nil, err
	}
	table, ok := newCharsMap(m.charMap)
	switch {
	case !ok:
		return nil, failf(pieceHint, "its table of characters is damaged")
	case m.suffix:
		return nil, failf(pieceHint, "treat_whitespace_as_suffix is not supported")
	case !m.escape:
		return nil, failf(pieceHint, "escape_whitespaces false is not supported")
	case m.kind == 1 && len(t.user) > 0:
		return nil, failf(pieceHint, "a Unigram with pieces of the user's own is not supported")
	case m.bytes != (t.fallback != nil):
		return nil, failf(pieceHint, "byte_fallback without pieces for bytes, or the other way round")
	}
	whole := newLexicon(t.user)
	p := &pipeline{normalize: spNormal{table, whole, m.prefix, m.strip}.apply, asIs: &added{}, normal: &added{}}
	switch m.kind {
	case 1:
		p.model = t.unigram(m)
	case 2:
		p.model = t.bpe(m.scores, whole)
	default:
		return nil, failf(pieceHint, "its model_type %d is neither Unigram nor BPE", m.kind)
	}
	for i, piece := range m.pieces {
		p.shown = append(p.shown, showBlanks(piece))
		if m.types[i] == pieceControl || m.types[i] == pieceUnknown {
			p.specials = append(p.specials, i)
		}
	}
	return p, s.aboutPieces(p, m)
}

// aboutPieces sets the special tokens about text, which the file does not say.
func (s settings) aboutPieces(p *pipeline, m *spModel) error {
	bos, eos := false, false
	switch s.Class {
	case "LlamaTokenizer", "GemmaTokenizer", "llama", "mistral", "gemma", "gemma2", "gemma3_text":
		bos = true
	case "T5Tokenizer", "t5":
		eos = true
	default:
		if s.AddBOS == nil || s.AddEOS == nil {
			return failf(settingsHint, "nothing says which special tokens are about text (tokenizer_class is %s)", shown(s.Class))
		}
	}
	var before, after []int32
	if isTrue(s.AddBOS, bos) {
		before = append(before, int32(slices.Index(m.pieces, firstOf(m.pieces, "<s>", "<bos>"))))
	}
	if isTrue(s.AddEOS, eos) {
		after = append(after, int32(slices.Index(m.pieces, firstOf(m.pieces, "</s>", "<eos>"))))
	}
	return p.around(before, after)
}

// firstOf returns the first name that is among the pieces.
func firstOf(pieces []string, names ...string) string {
	for _, name := range names {
		if slices.Contains(pieces, name) {
			return name
		}
	}
	return ""
}

// sorted are pieces by what they are.
type sorted struct {
	text, user map[string]int32 // those that text may be cut into; of these, those that are never cut
	fallback   *[256]int32
	unknown    int32
}

// sort checks the pieces.
func (m *spModel) sort() (*sorted, error) {
	t := &sorted{text: map[string]int32{}, user: map[string]int32{}, unknown: -1}
	seen, bytes := map[string]bool{}, map[string]int32{}
	for i, piece := range m.pieces {
		id, score := int32(i), float64(m.scores[i])
		switch {
		case piece == "" || seen[piece] || !utf8.ValidString(piece):
			return nil, failf(pieceHint, "piece %d, %s, is empty, no UTF-8, or stands twice", i, shown(piece))
		case math.IsNaN(score) || math.IsInf(score, 0):
			return nil, failf(pieceHint, "piece %d, %s, has score %v", i, shown(piece), score)
		}
		seen[piece] = true
		switch m.types[i] {
		case pieceNormal:
			t.text[piece] = id
		case pieceUser:
			t.text[piece], t.user[piece] = id, id
		case pieceByte:
			bytes[piece] = id
		case pieceUnknown:
			if t.unknown >= 0 {
				return nil, failf(pieceHint, "pieces %d and %d are both the unknown one", t.unknown, i)
			}
			t.unknown = id
		case pieceControl:
		default:
			return nil, failf(pieceHint, "piece %d, %s, is of type %d, which is not supported", i, shown(piece), m.types[i])
		}
	}
	if t.unknown < 0 {
		return nil, failf(pieceHint, "no piece is the unknown one")
	}
	var err error
	t.fallback, err = fallbackOf(bytes)
	return t, err
}

// bpe joins what makes the piece of the highest score.
func (t *sorted) bpe(scores []float32, whole *lexicon) *bpe {
	steps := slices.Clone(scores)
	slices.Sort(steps)
	steps = slices.Compact(steps)
	ranks := make([]int32, len(scores))
	for id, score := range scores {
		at, _ := slices.BinarySearch(steps, score)
		ranks[id] = int32(len(steps) - at)
	}
	return &bpe{ids: t.text, join: spelled{t.text, ranks}, unknown: t.unknown, fuse: true, fallback: t.fallback, frozen: whole}
}

func (t *sorted) unigram(m *spModel) *unigram {
	u := &unigram{pieces: newLexicon(t.text), single: true, unknown: t.unknown, fallback: t.fallback}
	lowest := float32(math.MaxFloat32)
	for i, score := range m.scores {
		u.scores = append(u.scores, float64(score))
		if m.types[i] == pieceNormal {
			lowest = min(lowest, score)
		}
	}
	u.none = float64(lowest - unknownBelow)
	return u
}

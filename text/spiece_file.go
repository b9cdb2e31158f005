package text

import (
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// Types of pieces, in SentencePiece and in GGUF.
const (
	pieceNormal = 1 + iota
	pieceUnknown
	pieceControl
	pieceUser
	pieceUnused
	pieceByte
)

// spModel is what a tokenizer.model says (sentencepiece_model.proto).
type spModel struct {
	pieces  []string
	scores  []float32
	types   []int
	kind    int // 1 Unigram, 2 BPE
	suffix  bool
	bytes   bool // byte_fallback
	charMap string
	prefix  bool
	strip   bool
	escape  bool
}

func readSentencePiece(path string, from Source) (*pipeline, error) {
	raw, err := readSmall(path)
	if err != nil {
		return nil, err
	}
	s, err := settingsOf(from)
	if err != nil {
		return nil, err
	}
	m, err := parseSentencePiece(raw)
	if err != nil {
		return nil, located(path, err)
	}
	p, err := m.pipeline(s)
	if err != nil {
		return nil, located(path, err)
	}
	return p, nil
}

const pieceHint = "give the tokenizer.model that came with the model, or its tokenizer.json"

// fields goes through the fields of a message: numbers as n, bytes as b.
func fields(raw []byte, see func(field protowire.Number, n uint64, b []byte) error) error {
	for len(raw) > 0 {
		field, kind, size := protowire.ConsumeTag(raw)
		if size < 0 {
			return failf(pieceHint, "no SentencePiece model: %v", protowire.ParseError(size))
		}
		raw = raw[size:]
		var n uint64
		var b []byte
		switch kind {
		case protowire.VarintType:
			n, size = protowire.ConsumeVarint(raw)
		case protowire.Fixed32Type:
			var word uint32
			word, size = protowire.ConsumeFixed32(raw)
			n = uint64(word)
		case protowire.BytesType:
			b, size = protowire.ConsumeBytes(raw)
		default:
			size = protowire.ConsumeFieldValue(field, kind, raw)
		}
		if size < 0 {
			return failf(pieceHint, "no SentencePiece model: %v", protowire.ParseError(size))
		}
		raw = raw[size:]
		if err := see(field, n, b); err != nil {
			return err
		}
	}
	return nil
}

func parseSentencePiece(raw []byte) (*spModel, error) {
	m := &spModel{kind: 1, prefix: true, strip: true, escape: true}
	err := fields(raw, func(field protowire.Number, _ uint64, b []byte) error {
		switch field {
		case 1:
			return m.piece(b)
		case 2:
			return fields(b, m.trainer)
		case 3:
			return fields(b, m.normalizer)
		}
		return nil
	})
	if err == nil && len(m.pieces) == 0 {
		err = failf(pieceHint, "no SentencePiece model: it has no pieces")
	}
	return m, err
}

func (m *spModel) piece(raw []byte) error {
	piece, score, kind := "", float32(0), pieceNormal
	err := fields(raw, func(field protowire.Number, n uint64, b []byte) error {
		switch field {
		case 1:
			piece = string(b)
		case 2:
			score = math.Float32frombits(uint32(n))
		case 3:
			kind = int(n)
		}
		return nil
	})
	m.pieces, m.scores, m.types = append(m.pieces, piece), append(m.scores, score), append(m.types, kind)
	return err
}

func (m *spModel) trainer(field protowire.Number, n uint64, _ []byte) error {
	switch field {
	case 3:
		m.kind = int(n)
	case 24:
		m.suffix = n != 0
	case 35:
		m.bytes = n != 0
	}
	return nil
}

func (m *spModel) normalizer(field protowire.Number, n uint64, b []byte) error {
	switch field {
	case 2:
		m.charMap = string(b)
	case 3:
		m.prefix = n != 0
	case 4:
		m.strip = n != 0
	case 5:
		m.escape = n != 0
	}
	return nil
}

package text

import (
	"unicode/utf8"

	"keyhull/weights"
)

// Tokenizer turns text into the ids of a model's vocabulary. Its methods may be
// called from several goroutines at once.
type Tokenizer interface {
	// Encode returns the ids of text alone. Tokens that text spells out, such as
	// <s>, are those tokens; only with a tokenizer.model they are text, as for
	// its library. Text that is no UTF-8 is an error.
	Encode(text string) ([]int, error)

	// EncodeModel returns what the model is meant to get: Encode's ids, and the
	// special ones before and behind it, as [CLS] and [SEP].
	EncodeModel(text string) ([]int, error)

	// Token returns a token as people read it: its own text, with blanks as
	// blanks. Bytes that are no character are written as <0xE2>; ## stays before
	// the pieces within a word. It is empty for an id that no token has.
	Token(id int) string

	// Size returns a number that all ids are below.
	Size() int

	// Specials returns the ids of tokens that are no text, ascending. The
	// caller owns the slice.
	Specials() []int
}

// Source is where a tokenizer is read from: the files beside a model's weights,
// or what its own file says of itself.
type Source interface {
	File(name string) (path string, ok bool) // of a file as tokenizer.json
	Metadata() map[string]any                // of a GGUF file, or nil
	Config() map[string]any                  // config.json, or nil
}

// LoadTokenizer returns the tokenizer of a model: that of its GGUF metadata, or
// of the first of these files that is there: tokenizer.json, tokenizer.model
// (SentencePiece), vocab.json with merges.txt (byte-level BPE), vocab.txt
// (WordPiece); tokenizer_config.json says what the last three leave open. Where
// metadata asks for what is not supported, a tokenizer.json beside it counts.
//
// Its ids are those of the PyPI packages tokenizers and sentencepiece, and for
// GGUF those of llama.cpp. What a file asks for and is not supported is an error
// that names it. How a batch is padded or cut is not followed: ids are those of
// the whole text. Errors are of type [*weights.Error].
func LoadTokenizer(from Source) (Tokenizer, error) {
	if meta := from.Metadata(); meta["tokenizer.ggml.model"] != nil {
		p, err := ggufTokenizer(meta)
		if err == nil {
			return p, nil
		}
		if _, beside := from.File("tokenizer.json"); !beside {
			return nil, err // not p, which would be no nil interface
		}
	}
	for _, kind := range []struct {
		name string
		read func(path string, from Source) (*pipeline, error)
	}{
		{"tokenizer.json", readTokenizerJSON},
		{"tokenizer.model", readSentencePiece},
		{"vocab.json", readVocabMerges},
		{"vocab.txt", readVocabText},
	} {
		if path, ok := from.File(kind.name); ok {
			p, err := kind.read(path, from)
			if err != nil {
				return nil, err // not p, which would be no nil interface
			}
			return p, nil
		}
	}
	return nil, ErrNoTokenizer
}

// ErrNoTokenizer is LoadTokenizer's error where there is nothing to read.
var ErrNoTokenizer error = &weights.Error{Msg: "the model has no tokenizer",
	Hint: "put its tokenizer.json, tokenizer.model, vocab.txt, or vocab.json and merges.txt beside the weights"}

// pipeline is a tokenizer. Text goes through its parts in the order in which
// they stand here. It is not changed once made.
type pipeline struct {
	asIs      *added              // tokens looked for in the text as it is
	normalize func(string) string // nil: not at all
	normal    *added              // tokens looked for in normalized text
	cut       cutter              // into words; nil: all is one word
	model     model

	before, after []int32
	shown         []string // by id
	specials      []int
}

// model turns words into ids, which it appends.
type model interface {
	encode(ids []int32, word string) ([]int32, error)
}

// cutter yields the parts of text in their order. first tells that text is the
// very beginning of what is encoded.
type cutter func(text string, first bool, yield func(part string))

func (p *pipeline) Encode(text string) ([]int, error) {
	ids, err := p.encode(nil, text)
	if err != nil {
		return nil, err
	}
	return widened(ids), nil
}

func (p *pipeline) EncodeModel(text string) ([]int, error) {
	ids, err := p.encode(append([]int32{}, p.before...), text)
	if err != nil {
		return nil, err
	}
	return widened(append(ids, p.after...)), nil
}

// encode appends the ids of text.
func (p *pipeline) encode(ids []int32, text string) (_ []int32, err error) {
	if !utf8.ValidString(text) {
		return nil, failf("convert it, for example with iconv", "the text is no UTF-8: byte %d", invalidAt(text))
	}
	first := true
	for _, raw := range p.asIs.parts(text) {
		if raw.id >= 0 {
			ids, first = append(ids, raw.id), false
			continue
		}
		for _, part := range p.normal.parts(p.normalized(raw.text)) {
			if part.id >= 0 {
				ids = append(ids, part.id)
			} else if ids, err = p.words(ids, part.text, first); err != nil {
				return nil, err
			}
			first = false
		}
	}
	return ids, nil
}

// words appends the ids of text without added tokens.
func (p *pipeline) words(ids []int32, text string, first bool) (_ []int32, err error) {
	if p.cut == nil {
		return p.model.encode(ids, text)
	}
	p.cut(text, first, func(word string) {
		if word != "" && err == nil {
			ids, err = p.model.encode(ids, word)
		}
	})
	return ids, err
}

func (p *pipeline) Token(id int) string {
	if id < 0 || id >= len(p.shown) {
		return ""
	}
	return p.shown[id]
}

func (p *pipeline) Size() int { return len(p.shown) }

func (p *pipeline) Specials() []int { return append([]int{}, p.specials...) }

func widened(ids []int32) []int {
	out := make([]int, len(ids))
	for i, id := range ids {
		out[i] = int(id)
	}
	return out
}

// invalidAt returns where text stops being UTF-8.
func invalidAt(text string) int {
	for at := 0; at < len(text); {
		r, size := utf8.DecodeRuneInString(text[at:])
		if r == utf8.RuneError && size == 1 {
			return at
		}
		at += size
	}
	return len(text)
}

package experiment

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"

	"keyhull/nn"
	"keyhull/run"
)

// Texts are what models are measured on, as tokens.
type Texts struct {
	Name   string // for people: "SQuAD"
	Tokens [][]int32
}

// TextSource gives texts. Its error is an [*Absence] where there are none.
type TextSource func(ctx context.Context) (Texts, error)

// first takes at most so many texts from the source; 0 takes all.
func (source TextSource) first(ctx context.Context, most int) (t Texts, err error) {
	if source == nil {
		return t, &Absence{"no texts are at hand"}
	}
	if t, err = source(ctx); err == nil && len(t.Tokens) == 0 {
		err = &Absence{t.Name + " has no text of a fitting length"}
	}
	if err == nil && most > 0 {
		t.Tokens = t.Tokens[:min(most, len(t.Tokens))]
	}
	return t, err
}

// fit returns an [*Absence] if a model of this shape cannot take the texts.
func (t Texts) fit(shape nn.GPT2) error {
	for i, tokens := range t.Tokens {
		if len(tokens) > shape.Context || slices.Max(tokens) >= int32(shape.Vocab) {
			return &Absence{fmt.Sprintf("the language models know %d tokens and take %d at once, text %d of %s has others or more", shape.Vocab, shape.Context, i+1, t.Name)}
		}
	}
	return nil
}

// ModelTexts are the models and texts of a table. Every cell of its work is one
// text under one model, so that tables share what they have in common.
type ModelTexts struct {
	Source LMSource   `json:"-"`
	Texts  TextSource `json:"-"`
	Most   int        `json:"most"` // texts at most; 0 for all
}

// Measured are models measured on the same texts.
type TextRates struct {
	Models  []ModelRates `json:"models"`
	Texts   string       `json:"texts"` // what they are
	Corpus  string       `json:"corpus"`
	Seconds float64      `json:"seconds"`
}

// measure measures all seeds of the first variants, in their order.
func (c ModelTexts) measure(ctx context.Context, pool run.Pool, count int) (m TextRates, err error) {
	texts, err := c.Texts.first(ctx, c.Most)
	if err != nil {
		return m, err
	}
	runs, err := c.Source.runs(ctx, pool, count)
	if err != nil {
		return m, err
	}
	var later error // what other processes still compute keeps no model from being measured
	m.Texts, m.Corpus = fmt.Sprintf("%d texts of %s", len(texts.Tokens), texts.Name), runs[0][0].Corpus
	for i, seeds := range runs {
		for _, one := range seeds {
			if err := texts.fit(one.Model.Shape); err != nil {
				return m, err
			}
			counts, seconds, err := measureGPT2(ctx, pool, one.Model, texts.Tokens)
			if errors.Is(err, run.ErrIncomplete) {
				later = err
				continue
			}
			if err != nil {
				return m, fmt.Errorf("%s, seed %d: %w", lmVariants[i].norm, one.Seed, err)
			}
			m.Models = append(m.Models, newModelRates(string(lmVariants[i].norm), one.Seed, 1, counts))
			m.Seconds += seconds
		}
	}
	return m, later
}

// measureGPT2 measures a model on every text.
func measureGPT2(ctx context.Context, pool run.Pool, model *nn.GPT2Params[float32], texts [][]int32) ([]TextCounts, float64, error) {
	engines := sync.Pool{New: func() any { return nn.NewGPT2Lanes(model.Shape, 1) }}
	return measureTexts(ctx, pool, digestOf(model.Shape, model.Flat), texts, func(text []int32) []LayerStates {
		e := engines.Get().(*nn.GPT2Lanes)
		defer engines.Put(e)
		return gpt2Layers(model.Shape, e.States(model, text))
	})
}

// measureTexts measures a model on every text, one a cell. states is called
// from several goroutines.
func measureTexts(ctx context.Context, pool run.Pool, model string, texts [][]int32, states func(text []int32) []LayerStates) ([]TextCounts, float64, error) {
	counts, took, err := run.Map(ctx, pool, "keys of texts, with and without eps", []string{model, digestOf(nil, texts...)}, len(texts), func(ctx context.Context, i int) (TextCounts, error) {
		counts, err := measureText(ctx, states(texts[i]))
		if err != nil {
			err = fmt.Errorf("text %d: %w", i+1, err)
		}
		return counts, err
	})
	return counts, took.Seconds(), err
}

// gpt2Layers are the keys of a model's layers.
func gpt2Layers(shape nn.GPT2, s nn.GPT2States[float32]) (layers []LayerStates) {
	for i := range s.Before {
		layers = append(layers, LayerStates{Dim: shape.Dim, Norm: shape.Norm1.Kind, Eps: shape.Eps, Masked: true,
			Before: s.Before[i], After: s.After[i], Heads: s.Keys[i]})
	}
	return layers
}

// digestOf is a hash of numbers, each list with its length, and of what else
// they depend on.
func digestOf[T int32 | float32](about any, lists ...[]T) string {
	h := sha256.New()
	text, err := json.Marshal(about)
	if err != nil {
		panic("internal error: " + err.Error())
	}
	h.Write(append(text, '\n'))
	for _, list := range lists {
		binary.Write(h, binary.LittleEndian, int64(len(list)))
		binary.Write(h, binary.LittleEndian, list)
	}
	return hex.EncodeToString(h.Sum(nil))
}

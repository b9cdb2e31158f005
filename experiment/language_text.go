package experiment

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"strings"

	"keyhull/nn"
	"keyhull/norm"
	"keyhull/text"
	"keyhull/weights"
)

// TextFiles are the files of a language model's text. Without any to test on,
// a twentieth of the blocks, the last, is kept for that; without any at all the
// language is a synthetic one.
type TextFiles struct {
	Train []string `json:"train,omitempty"`
	Test  []string `json:"test,omitempty"`
}

// The synthetic language of [OpenLanguageText].
const (
	syntheticVocab  = 2000
	syntheticTokens = 2_000_000
)

// WikiFiles are the files in a data folder that the paper's models train on.
// Where there are none the error is an [*Absence].
func WikiFiles(dir string) (TextFiles, error) {
	var f TextFiles
	for split, files := range map[string]*[]string{"train": &f.Train, "valid": &f.Test} {
		found, err := filepath.Glob(filepath.Join(dir, "wiki", "*"+split+"*.txt*"))
		if err != nil || len(found) == 0 {
			return f, &Absence{fmt.Sprintf("needs text to %s on: %s has no wiki/*%s*.txt or .gz", strings.Replace(split, "valid", "test", 1), dir, split)}
		}
		*files = found
	}
	return f, nil
}

// OpenLanguageText reads text and cuts it into blocks of context tokens. The
// tokens are GPT-2's, or those of the synthetic language.
func OpenLanguageText(ctx context.Context, files TextFiles, context int) (LanguageData, error) {
	if len(files.Train) == 0 {
		return syntheticText(context)
	}
	train, err := text.ReadGPT2(ctx, files.Train, text.CacheDir())
	if err != nil {
		return LanguageData{}, err
	}
	test, err := text.ReadGPT2(ctx, files.Test, text.CacheDir())
	if err != nil {
		return LanguageData{}, err
	}
	return newLanguageData(filepath.Base(files.Train[0]), text.GPT2Vocab, train, test, context)
}

func syntheticText(context int) (LanguageData, error) {
	tokens, err := text.Synthetic{Vocab: syntheticVocab, Tokens: syntheticTokens, Seed: 1}.Generate()
	if err != nil {
		return LanguageData{}, err
	}
	d, err := newLanguageData("synthetic Zipf-Markov language", syntheticVocab, tokens, nil, context)
	d.Synthetic = true
	return d, err
}

func newLanguageData(name string, vocab int, train, test []int32, context int) (LanguageData, error) {
	if len(test) == 0 {
		at := len(train) - max(len(train)/20, context)
		train, test = train[:max(0, at)], train[max(0, at):]
	}
	d := LanguageData{Vocab: vocab, Train: text.Blocks(train, context), Test: text.Blocks(test, context)}
	if len(d.Train) == 0 || len(d.Test) == 0 {
		return d, &weights.Error{Msg: fmt.Sprintf("%d tokens to train on, %d to test: no block of %d in one of them", len(train), len(test), context),
			Hint: "give more text, or a shorter --context"}
	}
	d.ID = TextID{Name: name, Train: text.HashTokens(train), Test: text.HashTokens(test), Blocks: len(d.Train)}
	return d, nil
}

// PlaceOf returns a normalization before attention of a GPT-2. times is the
// constant of project-times and where project-learned begins; 0 stands for
// LayerNorm's scale at the start, where states are sums of a token's and a
// position's embedding.
func PlaceOf(kind norm.Kind, times float64) nn.Place {
	return placeOf(kind, times, scaleOfSum(2))
}

// placeOf returns a normalization; where it takes times, 0 stands for start.
func placeOf(kind norm.Kind, times, start float64) nn.Place {
	p := nn.Place{Kind: kind, Times: times}
	if scaled := kind == nn.ProjectTimes || kind == nn.ProjectLearned; scaled && times == 0 {
		p.Times = start
	}
	return p
}

// scaleOfSum is what LayerNorm multiplies a sum of n first embeddings by, each
// N(0, 0.02²), so that its length becomes √d; to a tenth.
func scaleOfSum(n float64) float64 { return math.Round(10/(0.02*math.Sqrt(n))) / 10 }

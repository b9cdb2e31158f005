package main

import (
	"fmt"
	"runtime/debug"
	"slices"

	"keyhull/nn"
	tokens "keyhull/text"
	"keyhull/weights"
)

// subject is a model with all that an audit of it needs.
type subject struct {
	path      string
	file      *weights.Checkpoint
	model     *nn.Model
	tokenizer tokens.Tokenizer
}

// leanMemory keeps garbage small beside weights that live long, until its result
// is called.
func leanMemory() (back func()) {
	old := debug.SetGCPercent(25)
	return func() { debug.SetGCPercent(old) }
}

func openModel(path string, withText bool) (*subject, error) {
	c, err := weights.OpenCheckpoint(path)
	if err != nil {
		return nil, err
	}
	s := &subject{path: path, file: c}
	if s.model, err = nn.LoadModel(c); err == nil && withText {
		s.tokenizer, err = loadTokenizer(s)
	}
	if err == nil && withText && s.tokenizer.Size() > s.model.Arch.Vocab {
		err = failf("take the tokenizer that belongs to the model", "its tokenizer has %d tokens, the model %d", s.tokenizer.Size(), s.model.Arch.Vocab)
	}
	if err != nil {
		c.Close()
		return nil, failf(hintOf(err), "%s: %w", path, err)
	}
	return s, nil
}

// loadTokenizer reads a model's tokenizer. GPT-2's is built in, so that a model
// trained here needs no more files.
func loadTokenizer(s *subject) (tokens.Tokenizer, error) {
	t, err := tokens.LoadTokenizer(s.file)
	if err == tokens.ErrNoTokenizer && s.model.Arch.Family == "gpt2" && s.model.Arch.Vocab == tokens.GPT2Vocab {
		return tokens.GPT2(), nil
	}
	return t, err
}

// describe says what kind of model it is.
func describe(a nn.Arch) string {
	heads := fmt.Sprintf("%s of width %d", count(a.Heads, "head"), a.Width)
	if a.KVHeads != a.Heads {
		heads = fmt.Sprintf("%s on %s of keys, width %d", count(a.Heads, "head"), count(a.KVHeads, "head"), a.Width)
	}
	order := "pre-LN"
	if a.PostNorm {
		order = "post-LN"
	}
	kind := fmt.Sprintf("%s, %s of %s; d = %d; %s %s, eps %.3g", a.Family, count(a.Layers, "layer"), heads, a.Dim, order, a.Norm, a.Eps)
	if a.QKNorm {
		kind += ", QK-norm"
	}
	if a.RoPE {
		kind += ", RoPE"
	}
	return kind
}

// sample is one text as the model gets it.
type sample struct {
	ids []int
	cut int // tokens that did not fit
}

// sample returns the tokens of the articles, cut to what fits.
func (a *auditCommand) sample(s *subject) ([]sample, error) {
	articles, err := tokens.Articles(a.file)
	if err != nil {
		return nil, err
	}
	limit := a.tokens
	if c := s.model.Arch.Context; c > 0 {
		limit = min(limit, c)
	}
	var all []sample
	for _, article := range articles[:min(a.samples, len(articles))] {
		one, err := fit(s.tokenizer, article, limit)
		if err != nil {
			return nil, failf(hintOf(err), "%s: %w", a.file, err)
		}
		all = append(all, one)
	}
	return all, nil
}

// fit encodes a text and cuts it so that it fits with the special tokens that
// the model expects around it.
func fit(t tokens.Tokenizer, article string, limit int) (sample, error) {
	whole, err := t.EncodeModel(article)
	if err != nil {
		return sample{}, err
	}
	if len(whole) <= limit {
		return sample{whole, 0}, nil
	}
	body, err := t.Encode(article)
	if err != nil {
		return sample{}, err
	}
	before := 0
	for before+len(body) < len(whole) && !slices.Equal(whole[before:before+len(body)], body) {
		before++
	}
	after := len(whole) - before - len(body)
	keep := limit - after
	if keep <= before {
		return sample{}, failf("give more --tokens", "%d tokens leave no room beside %d special ones", limit, before+after)
	}
	return sample{slices.Concat(whole[:keep], whole[len(whole)-after:]), len(whole) - limit}, nil
}

package main

import (
	"slices"

	tokens "keyhull/text"
)

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

package main

import (
	"fmt"
	"runtime/debug"

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

package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path/filepath"

	"keyhull/audit"
	cells "keyhull/run"
)

// auditCell is all that was found on one text: with the other file's weights
// too, where two are compared.
type auditCell struct {
	First  *audit.TextResult `json:"first"`
	Second *audit.TextResult `json:"second,omitempty"`
}

// auditConfig is what a cell depends on besides its number.
type auditConfig struct {
	Model   string   `json:"model_sha256"`
	Other   string   `json:"other_sha256,omitempty"`
	Texts   string   `json:"texts_sha256"` // their tokens
	Kernels string   `json:"kernels"`
	Layers  []int    `json:"layers"`
	Heads   []int    `json:"heads"`
	Stages  []string `json:"stages"`
	Keys    bool     `json:"keys"`
	Reach   bool     `json:"reach"`
	Causal  bool     `json:"causal"`
	Best    int      `json:"best"`
}

// cellsOf is the pool that keeps texts under --out, and what they depend on.
// Keys that are to be written must be computed: then nothing is kept.
func (a *auditCommand) cellsOf(r *auditReport) (pool cells.Pool, c auditConfig, err error) {
	pool = a.env.cores(a.workers)
	if a.out == "" || a.keys != "" {
		return pool, c, nil
	}
	pool.Dir = filepath.Join(a.out, ".cells")
	o := r.options
	c = auditConfig{Kernels: readBuild().CPU, Layers: o.Layers, Heads: o.Heads, Stages: o.Stages, Keys: o.Keys, Reach: o.Reach, Causal: o.Causal, Best: o.Best}
	h := sha256.New()
	for _, s := range r.samples {
		if err := json.NewEncoder(h).Encode(s.ids); err != nil {
			return pool, c, err
		}
	}
	c.Texts = hex.EncodeToString(h.Sum(nil))
	if c.Model, err = r.file.Sum(); err == nil && r.other != nil {
		c.Other, err = r.other.file.Sum()
	}
	return pool, c, err
}

// measure audits the samples one after another, since each uses all cores.
func (a *auditCommand) measure(ctx context.Context, r *auditReport, folder *auditFolder) error {
	pool, config, err := a.cellsOf(r)
	if err != nil {
		return err
	}
	unit, each := "texts", 1
	if r.options.Keys {
		unit, each = "heads", chosen(r.options.Layers, r.model.Arch.Layers)*chosen(r.options.Heads, r.model.Arch.KVHeads)
	}
	if r.other != nil {
		each *= 2
	}
	done := 0
	bar := a.env.progress("auditing", unit, len(r.samples)*each)
	defer bar.stop()
	keys, proofs := &keyFiles{dir: a.keys, metadata: map[string]string{}}, a.proofFiles(r.model.Arch.KVHeads)
	look := func(ctx context.Context, i int) (auditCell, error) {
		return r.text(ctx, i, keys, proofs, func() { done++; bar.set(done) })
	}
	err = cells.Stream(ctx, pool, "audit", config, len(r.samples), look, func(i int, c auditCell) error {
		done = (i + 1) * each
		bar.set(done)
		return r.add(i, c, folder)
	})
	if err = a.env.computed(err); err != nil {
		return err
	}
	return r.sum()
}

// text audits one sample.
func (r *auditReport) text(ctx context.Context, i int, keys *keyFiles, proofs *proofFiles, step func()) (c auditCell, err error) {
	opt, ids := r.options, r.samples[i].ids
	if keys.dir != "" {
		opt.See = keys.see
	}
	if proofs.dir != "" {
		opt.Certificates, opt.Found = true, proofs.of(ctx, i)
	}
	c.First, err = audit.Text(ctx, r.model, ids, opt, step)
	if err == nil && r.other != nil { // the same keys with the other weights
		opt.Best, opt.Reach, opt.Stages, opt.See, opt.Certificates, opt.Found = 0, false, nil, nil, false, nil
		c.Second, err = audit.Text(ctx, r.other.model, ids, opt, step)
	}
	if err != nil {
		return c, fmt.Errorf("%s, text %d: %w", r.path, i+1, err)
	}
	return c, keys.text(i, ids)
}

// add takes what was found on a text, and writes it.
func (r *auditReport) add(i int, c auditCell, folder *auditFolder) error {
	r.tally.Add(c.First)
	if c.Second != nil {
		r.compared.Add(c.First, c.Second)
	}
	return folder.text(i, c.First)
}

// sum is what all texts come to.
func (r *auditReport) sum() error {
	r.summary = r.tally.Summary()
	paths, err := audit.KeyPaths(r.model, r.options.Layers)
	if err != nil {
		return fmt.Errorf("%s: %w", r.path, err)
	}
	r.guarantee = audit.GuaranteeOf(paths, r.summary)
	return nil
}

package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"

	"keyhull/audit"
	"keyhull/nn"
)

// auditReport is what an audit found, as text, JSON and tables show it.
type auditReport struct {
	*subject
	other     *subject // nil unless compared
	samples   []sample
	options   audit.TextOptions
	tally     audit.Tally
	summary   *audit.Summary // of the tally, at the end
	guarantee *audit.Guarantee
	compared  audit.Comparison
}

// meanOf is the share of keys that are unselectable at a stage, over layers.
func meanOf(stages []audit.StageSummary, name string) (rate float64, found bool) {
	n := 0
	for _, s := range stages {
		if s.Stage == name {
			rate += s.Unselectable.Mean
			n++
		}
	}
	return rate / float64(max(n, 1)), n > 0
}

// cut is how many tokens did not fit.
func (r *auditReport) cut() (n int) {
	for _, s := range r.samples {
		n += s.cut
	}
	return n
}

// auditJSON is the result as other programs read it.
type auditJSON struct {
	Keyhull   string            `json:"keyhull"`
	Model     string            `json:"model"`
	Arch      nn.Arch           `json:"arch"`
	Cut       int               `json:"tokens_cut"`
	Guarantee *audit.Guarantee  `json:"guarantee"`
	Other     string            `json:"compared_with,omitempty"`
	Changes   *audit.Comparison `json:"changes,omitempty"`
	*audit.Summary
}

func (r *auditReport) json() auditJSON {
	s := r.summary
	j := auditJSON{Keyhull: readBuild().Version, Model: r.path, Arch: r.model.Arch, Guarantee: r.guarantee, Cut: r.cut(), Summary: s}
	if r.other != nil {
		j.Other, j.Changes = r.other.path, &r.compared
	}
	return j
}

func (r *auditReport) write(o *output, format, out string) error {
	switch format {
	case "json":
		return json.NewEncoder(o).Encode(r.json())
	case "csv":
		if r.other != nil {
			return r.writeFlips(o)
		}
		return writeHeads(o, r.summary.Heads)
	}
	r.show(o, r.summary)
	if out != "" {
		fmt.Fprintf(o, "\n%s\n", filepath.Clean(out))
	}
	return nil
}

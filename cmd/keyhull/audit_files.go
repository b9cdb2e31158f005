package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"keyhull/audit"
	"keyhull/report"
)

// auditFolder is --out, "" for none.
type auditFolder struct {
	folder
	token   func(id int) string
	texts   report.AuditTexts // for the page
	command string
}

func (a *auditCommand) folder(r *auditReport) *auditFolder {
	return &auditFolder{folder: folder(a.out), token: r.tokenizer.Token, command: a.command}
}

// text writes all that was found on one text.
func (f *auditFolder) text(i int, t *audit.TextResult) error {
	if f.folder == "" {
		return nil
	}
	f.texts.Add(t, f.token)
	return f.write(fmt.Sprintf("texts/%d.json", i+1), func(w io.Writer) error { return json.NewEncoder(w).Encode(t) })
}

func (f *auditFolder) finish(r *auditReport) error {
	if f.folder == "" {
		return nil
	}
	s := r.summary
	files := map[string]func(io.Writer) error{
		"summary.json": func(w io.Writer) error { return json.NewEncoder(w).Encode(r.json()) },
		"heads.csv":    func(w io.Writer) error { return writeHeads(w, s.Heads) },
		"stages.csv":   func(w io.Writer) error { return writeStages(w, s.Stages) },
		"tokens.csv":   func(w io.Writer) error { return r.writeTokens(w, s.Words) },
		"index.html":   func(w io.Writer) error { return f.page(r, s).WriteHTML(w) },
	}
	if r.other != nil {
		files["changes.csv"], files["flips.csv"] = r.writeChanges, r.writeFlips
	}
	for name, write := range files {
		if err := f.write(name, write); err != nil {
			return err
		}
	}
	return nil
}

// page is what the page shows.
func (f *auditFolder) page(r *auditReport, s *audit.Summary) report.Audit {
	j := r.json()
	p := report.Audit{Keyhull: j.Keyhull, Command: f.command, Model: j.Model, Kind: describe(j.Arch), Cut: j.Cut, Masked: r.masked(),
		Guarantee: r.guarantee, Summary: s, Texts: f.texts, Compared: r.comparison()}
	if len(s.Heads) > 0 {
		p.Meaning = auditMeaning(s)
	}
	return p
}

// writeHeads writes one row a head.
func writeHeads(w io.Writer, heads []audit.HeadSummary) error {
	c := csv.NewWriter(w)
	names := []string{"unselectable", "by_rounding", "relative_margin", "hidden", "attainable", "attained", "winners", "max_attention_of_unselectable", "sink_attention", "unreachable", "undecided"}
	head := []string{"layer", "head"}
	for _, n := range names {
		head = append(head, n, n+"_low", n+"_high")
	}
	c.Write(append(head, "sink_first", "sink_unselectable"))
	for _, h := range heads {
		row := []string{strconv.Itoa(h.Layer), strconv.Itoa(h.Head)}
		for i, v := range []audit.Interval{h.Unselectable, h.ByRounding, h.Margin, h.Hidden, h.Attainable, h.Attained, h.Winners, h.MaxAttention, h.Sink, h.Unreachable, h.Undecided} {
			if i >= 9 && !h.Reached {
				row = append(row, "", "", "")
				continue
			}
			row = append(row, number(v.Mean), number(v.Low), number(v.High))
		}
		c.Write(append(row, number(h.SinkFirst), number(h.SinkHidden)))
	}
	c.Flush()
	return c.Error()
}

func writeStages(w io.Writer, stages []audit.StageSummary) error {
	c := csv.NewWriter(w)
	c.Write([]string{"layer", "stage", "unselectable", "unselectable_low", "unselectable_high", "by_rounding"})
	for _, s := range stages {
		c.Write([]string{strconv.Itoa(s.Layer), s.Stage, number(s.Unselectable.Mean), number(s.Unselectable.Low), number(s.Unselectable.High), number(s.ByRounding.Mean)})
	}
	c.Flush()
	return c.Error()
}

func (r *auditReport) writeTokens(w io.Writer, words []audit.TokenSummary) error {
	c := csv.NewWriter(w)
	c.Write([]string{"id", "token", "keys", "unselectable"})
	for _, t := range words {
		c.Write([]string{strconv.Itoa(t.ID), r.tokenizer.Token(t.ID), strconv.Itoa(t.Keys), number(t.Unselectable)})
	}
	c.Flush()
	return c.Error()
}

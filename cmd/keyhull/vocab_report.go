package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"keyhull"
	"keyhull/audit"
	"keyhull/nn"
)

type vocabJSON struct {
	Keyhull      string             `json:"keyhull"`
	Model        string             `json:"model"`
	Arch         nn.Arch            `json:"arch"`
	Tied         bool               `json:"tied_to_embeddings"`
	Bias         bool               `json:"bias"`
	Unselectable []vocabToken       `json:"unselectable"` // without bias
	WithBias     []vocabToken       `json:"unselectable_with_bias,omitempty"`
	Unreachable  []vocabToken       `json:"unreachable,omitempty"` // by states that the final norm lets through
	Counts       keyhull.Counts     `json:"counts"`
	Stats        keyhull.Stats      `json:"stats"`
	Result       *audit.VocabResult `json:"result"`
}

type vocabToken struct {
	ID    int    `json:"id"`
	Token string `json:"token,omitempty"`
}

// listed returns the tokens for which want is true.
func (r *vocabReport) listed(want func(i int) bool) []vocabToken {
	var all []vocabToken
	for i := range r.N {
		if want(i) {
			t := vocabToken{ID: i}
			if r.tokenizer != nil {
				t.Token = r.tokenizer.Token(i)
			}
			all = append(all, t)
		}
	}
	return all
}

func (r *vocabReport) withoutBias() []vocabToken {
	return r.listed(func(i int) bool { return r.Rows.Keys[i].Verdict.Unselectable() })
}

func (r *vocabReport) withBias() []vocabToken {
	return r.listed(func(i int) bool { return r.Verdicts[i].Unselectable() })
}

// unreachable are vertices that no state after the norm selects.
func (r *vocabReport) unreachable() []vocabToken {
	if r.Reach == nil {
		return nil
	}
	return r.listed(func(i int) bool { return r.Reach.Keys[i] == audit.Unreachable && !r.Verdicts[i].Unselectable() })
}

func (r *vocabReport) json() vocabJSON {
	j := vocabJSON{Keyhull: readBuild().Version, Model: r.path, Arch: r.arch, Tied: r.output.Tied, Bias: r.output.Bias != nil,
		Unselectable: r.withoutBias(), Unreachable: r.unreachable(), Counts: r.Counts, Stats: r.Rows.Stats, Result: r.VocabResult}
	if j.Bias {
		j.WithBias = r.withBias()
	}
	return j
}

func (r *vocabReport) csv(w io.Writer) error {
	c := csv.NewWriter(w)
	c.Write([]string{"id", "token", "verdict", "verdict_with_bias", "after_norm"})
	for i, t := range r.listed(func(int) bool { return true }) {
		reach := ""
		if r.Reach != nil {
			reach = r.Reach.Keys[i].String()
		}
		c.Write([]string{strconv.Itoa(i), t.Token, r.Rows.Keys[i].Verdict.String(), r.Verdicts[i].String(), reach})
	}
	c.Flush()
	return c.Error()
}

func (r *vocabReport) text(o *output, out string) {
	t := &text{output: o}
	t.line("%s", t.style(bold, r.path))
	t.line("%s", wrap(fmt.Sprintf("%s of %d numbers%s; rank %d", count(r.N, "token"), r.Dim, tiedNote(r.output.Tied), r.Rows.Rank), ""))
	row := func(name string, c keyhull.Counts) {
		t.line("  %-22s %7d selectable  %6d tied  %s unselectable", name, c.Selectable, c.Tied, percent(c.Unselectable(), r.N))
	}
	t.heading("Can be the highest score")
	row("for some state", r.Counts)
	if r.output.Bias != nil {
		t.line("  %-22s %s unselectable", "with bias", percent(r.WithBias, r.N))
	}
	if r.Reach != nil {
		t.line("%s", wrap(fmt.Sprintf("  after the final norm: %d tokens can be, %d cannot although they are vertices, %d undecided%s",
			r.Reach.Reachable, r.Reach.Unreachable, r.Reach.Undecided, wholeNote(r.Reach)), "  "))
	}
	r.names(t, "Tokens that no state gives the highest score", r.withoutBias())
	if r.output.Bias != nil {
		r.names(t, "With bias", r.withBias())
	}
	r.names(t, "After the final norm also", r.unreachable())
	r.check(t, out)
}

// check says how the proofs are checked.
func (r *vocabReport) check(t *text, out string) {
	if out == "" {
		return
	}
	files := [][2]string{{"rows.npy", "rows.json"}}
	if r.Lifted != nil {
		files = append(files, [2]string{"rows-with-bias.npy", "rows-with-bias.json"})
	}
	if r.Reach != nil {
		files = append(files, [2]string{"rows.npy", "reach.json"})
	}
	t.line("")
	for _, f := range files {
		t.line("keyhull verify %s %s", quote(filepath.Join(out, f[0])), quote(filepath.Join(out, f[1])))
	}
}

func tiedNote(tied bool) string {
	if tied {
		return ", the embeddings themselves"
	}
	return ""
}

func wholeNote(r *audit.Reach) string {
	if r.Whole {
		return " (the norm's ellipsoid holds 0 inside, so it takes nothing away)"
	}
	return ""
}

// mostNames is how many tokens are shown of a list.
const mostNames = 30

func (r *vocabReport) names(t *text, title string, list []vocabToken) {
	if len(list) == 0 {
		return
	}
	t.heading("%s", title)
	var parts []string
	for _, v := range list[:min(mostNames, len(list))] {
		name := strconv.Itoa(v.ID)
		if v.Token != "" {
			name += " " + strconv.Quote(v.Token)
		}
		parts = append(parts, name)
	}
	if len(list) > mostNames {
		parts = append(parts, fmt.Sprintf("and %d more (--format csv)", len(list)-mostNames))
	}
	t.line("%s", wrap(strings.Join(slices.Clip(parts), ", "), ""))
}

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"keyhull/experiment"
)

// heatmapCommand is one call of keyhull heatmap.
type heatmapCommand struct {
	env        *env
	config     experiment.Heatmap
	dims, keys string
	format     string
	out        string
	workers    int
}

func newHeatmapCommand(e *env) *cobra.Command {
	h := &heatmapCommand{env: e}
	cmd := &cobra.Command{
		Use:   "heatmap",
		Short: "Say how often random key sets hold a key that cannot be selected",
		Long: `Say how often random key sets hold a key that cannot be selected, for every
dimension and number of keys. Each set is decided with proof.

The norms are without gain and bias: project subtracts a key's mean, scale and
rmsnorm make its mean square 1, layernorm does both. The initializations are
N(0, 1), uniform in [-1, 1) and the two of Xavier with fans n and d.`,
		Example: "  keyhull heatmap --norm rmsnorm --out heatmap",
		Args:    wantArgs(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := h.check(); err != nil {
				return err
			}
			return h.run(cmd.Context())
		},
	}
	h.register(cmd)
	return cmd
}

func (h *heatmapCommand) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&h.dims, "dims", "3:15", "dimensions, `FIRST:LAST`")
	flags.StringVar(&h.keys, "keys", "3:60", "numbers of keys, `FIRST:LAST`")
	flags.IntVar(&h.config.Runs, "runs", 100, "decide `N` key sets for each pair of them")
	norms, inits := strings.Join(experiment.Norms, ", "), strings.Join(experiment.Inits, ", ")
	choiceFlag(cmd, &h.config.Norm, "norm", "none", norms, strings.Replace(norms, ", rms", ",\nrms", 1))
	choiceFlag(cmd, &h.config.Init, "init", "normal", inits, strings.Replace(inits, ", xavier-u", ",\nxavier-u", 1))
	flags.Uint64Var(&h.config.Seed, "seed", 1, "`N` from which all random numbers follow")
	flags.StringVar(&h.out, "out", "", "also write figures and table to `DIR`")
	choiceFlag(cmd, &h.format, "format", "text", "text, json, csv", "text, json, csv")
	flags.IntVar(&h.workers, "workers", 0, "compute `N` parts at once; 0 means one a core")
}

// check reads the ranges. Up to d = 2 normalized keys coincide or lie on a
// line, where rounding the norm's factor would decide.
func (h *heatmapCommand) check() (err error) {
	least := 3
	if h.config.Norm == "none" || h.config.Norm == "project" {
		least = 2
	}
	if h.config.Dims, err = span("--dims", h.dims, least, 1024); err != nil {
		return err
	}
	if h.config.Keys, err = span("--keys", h.keys, 1, 65536); err != nil {
		return err
	}
	if h.config.Runs < 1 || h.config.Runs > 1e6 {
		return usagef("the paper has 100", "--runs %d: want 1 to 1000000", h.config.Runs)
	}
	if h.workers < 0 {
		return usagef("0 means one a core", "--workers %d: want 0 or more", h.workers)
	}
	return nil
}

// span reads FIRST:LAST, or one number.
func span(flag, text string, least, most int) ([2]int, error) {
	first, last, two := strings.Cut(text, ":")
	if !two {
		last = first
	}
	a, err1 := strconv.Atoi(first)
	b, err2 := strconv.Atoi(last)
	if err1 != nil || err2 != nil || a < least || b < a || b > most {
		return [2]int{}, usagef("for example "+flag+" 3:15", "%s %q: want FIRST:LAST within %d to %d", flag, text, least, most)
	}
	return [2]int{a, b}, nil
}

func (h *heatmapCommand) run(ctx context.Context) error {
	result, err := h.config.Run(ctx, h.env.pool("heatmap", h.out, h.workers))
	if err := h.env.computed(err); err != nil {
		return err
	}
	if h.out != "" {
		if _, err := folder(h.out).writeResult("heatmap", result); err != nil {
			return err
		}
	}
	return h.print(result.(*experiment.HeatmapResult))
}

func (h *heatmapCommand) print(r *experiment.HeatmapResult) error {
	switch h.format {
	case "csv":
		return r.Table().Write(h.env.out)
	case "json":
		r.Seconds = 0 // the only part that differs from time to time
		return json.NewEncoder(h.env.out).Encode(r)
	}
	writeMap(h.env.out, r)
	with, all := r.Sets()
	fmt.Fprintf(h.env.out, "\n%d of %d key sets hold an unselectable key\n%s\n", with, all, r.Finding().Headline)
	if h.out != "" {
		fmt.Fprintln(h.env.out, filepath.Join(h.out, "figures", "heatmap.svg"))
	}
	return nil
}

// writeMap prints the cells in percent, the most keys on top as in the figure:
// all if they are few, otherwise evenly spaced ones.
func writeMap(w io.Writer, r *experiment.HeatmapResult) {
	const rows, columns = 20, 14 // of four characters each
	dims, keys := spaced(r.Config.Dims, columns), spaced(r.Config.Keys, rows)
	share := map[[2]int]int{}
	for _, c := range r.Cells {
		share[[2]int{c.Dim, c.Keys}] = (200*c.With + r.Config.Runs) / (2 * r.Config.Runs)
	}
	fmt.Fprintln(w, "key sets with an unselectable key, in %")
	fmt.Fprint(w, "   n \\ d ")
	for _, d := range dims {
		fmt.Fprintf(w, " %4d", d)
	}
	for _, n := range slices.Backward(keys) {
		fmt.Fprintf(w, "\n%6d   ", n)
		for _, d := range dims {
			fmt.Fprintf(w, " %4d", share[[2]int{d, n}])
		}
	}
	fmt.Fprintln(w)
}

// spaced returns whole numbers of a range, evenly spaced from its first one
// on, at most as many as given.
func spaced(span [2]int, most int) []int {
	step := (span[1] - span[0] + most) / most
	var list []int
	for v := span[0]; v <= span[1]; v += step {
		list = append(list, v)
	}
	return list
}

package experiment

import (
	"cmp"
	"context"
	"fmt"

	"keyhull"
	"keyhull/run"
)

// Heatmap asks how often a random key set holds an unselectable key, for every
// dimension and number of keys (Fig. 1c and 1d). It is its own configuration.
type Heatmap struct {
	Dims [2]int `json:"dims"` // first and last dimension d
	Keys [2]int `json:"keys"` // first and last number of keys n
	Runs int    `json:"runs"` // key sets a cell
	Norm string `json:"norm"` // one of Norms
	Init string `json:"init"` // one of Inits
	Seed uint64 `json:"seed"`
}

// HeatmapResult holds the cells, all dimensions of the first n first.
type HeatmapResult struct {
	Config  Heatmap       `json:"config"`
	Cells   []HeatmapCell `json:"cells"`
	Seconds float64       `json:"seconds"` // on one core
}

// HeatmapCell counts the runs in which some key was unselectable.
type HeatmapCell struct {
	Dim  int `json:"dim"`
	Keys int `json:"keys"`
	With int `json:"with"`
	// Run and Key name the first such key; −1 if there is none.
	Run int `json:"run"`
	Key int `json:"key"`
}

// Run decides every key set, exactly. Time is about 20 µs a set at the paper's
// sizes on one core.
func (c Heatmap) Run(ctx context.Context, pool run.Pool) (Result, error) {
	rows, took, err := run.Map(ctx, pool, "heatmap "+c.Norm, c, c.Keys[1]-c.Keys[0]+1,
		func(ctx context.Context, i int) ([]HeatmapCell, error) { return c.row(ctx, c.Keys[0]+i) })
	if err != nil {
		return nil, err
	}
	r := &HeatmapResult{Config: c, Seconds: took.Seconds()}
	for _, row := range rows {
		r.Cells = append(r.Cells, row...)
	}
	return r, nil
}

// row computes the cells with n keys.
func (c Heatmap) row(ctx context.Context, n int) ([]HeatmapCell, error) {
	var solver keyhull.Solver
	var cells []HeatmapCell
	for d := c.Dims[0]; d <= c.Dims[1]; d++ {
		cell, err := c.cell(ctx, &solver, d, n)
		if err != nil {
			return nil, err
		}
		cells = append(cells, cell)
	}
	return cells, nil
}

func (c Heatmap) cell(ctx context.Context, solver *keyhull.Solver, d, n int) (HeatmapCell, error) {
	cell := HeatmapCell{Dim: d, Keys: n, Run: -1, Key: -1}
	for r := range c.Runs {
		if err := ctx.Err(); err != nil {
			return cell, err
		}
		x := draw(stream(c.Seed, d, n, r), c.Init, n, d)
		key, found, err := solver.AnyUnselectable(normed(x, d, c.Norm))
		if err != nil {
			return cell, fmt.Errorf("d %d, n %d, run %d: %w", d, n, r, err)
		}
		if found && cell.With == 0 {
			cell.Run, cell.Key = r, key
		}
		if found {
			cell.With++
		}
	}
	return cell, nil
}

// Sets returns how many key sets were decided and how many of them hold an
// unselectable key.
func (r *HeatmapResult) Sets() (with, all int) {
	for _, c := range r.Cells {
		with += c.With
		all += r.Config.Runs
	}
	return with, all
}

// Table has a row for every cell.
func (r *HeatmapResult) Table() Table {
	t := Table{Header: []string{"d", "n", "runs", "with_unselectable", "fraction", "low95", "high95", "first_run", "first_key"}}
	for _, c := range r.Cells {
		p := share(c.With, r.Config.Runs)
		t.add(c.Dim, c.Keys, r.Config.Runs, c.With, p.Value, p.Low, p.High, c.Run, c.Key)
	}
	return t
}

// Finding compares with the paper: raw keys are hidden more often with more
// keys and with fewer dimensions (1c), normalized ones never (1d).
func (r *HeatmapResult) Finding() Finding {
	with, all := r.Sets()
	p := share(with, all)
	f := Finding{Ours: object{"runs": all, "with_unselectable": with, "fraction": p}, Verdict: NotReproduced, Seconds: r.Seconds,
		Headline: "sets with an unselectable key: " + p.short()}
	if r.Config.Norm == "layernorm" {
		if with == 0 {
			f.Verdict = Reproduced
		}
		f.Note = fmt.Sprintf("%d of %d key sets have an unselectable key: %s", with, all, p.percent())
		return f
	}
	corner, far := r.share(r.Config.Dims[0], r.Config.Keys[1]), r.share(r.Config.Dims[1], r.Config.Keys[0])
	if corner.Low > 0.5 && far.High < 0.5 && r.monotone() {
		f.Verdict = Reproduced
	}
	f.Ours["most_crowded_cell"], f.Ours["least_crowded_cell"] = corner, far
	f.Note = fmt.Sprintf("%s of all key sets have an unselectable key; with d = %d and n = %d it is %s, with d = %d and n = %d it is %s",
		p.percent(), r.Config.Dims[0], r.Config.Keys[1], corner.percent(), r.Config.Dims[1], r.Config.Keys[0], far.percent())
	return f
}

// monotone reports whether at each dimension the upper half of the numbers of
// keys has no fewer runs with an unselectable key than the lower half, and at
// each number of keys the lower half of the dimensions no fewer than the upper.
func (r *HeatmapResult) monotone() bool {
	moreKeys, moreDims := map[int]int{}, map[int]int{} // dimension, number of keys → upper less lower half
	for _, c := range r.Cells {
		moreKeys[c.Dim] += c.With * side(c.Keys, r.Config.Keys)
		moreDims[c.Keys] += c.With * side(c.Dim, r.Config.Dims)
	}
	for _, difference := range moreKeys {
		if difference < 0 {
			return false
		}
	}
	for _, difference := range moreDims {
		if difference > 0 {
			return false
		}
	}
	return true
}

// side is −1 in the lower half of a range, 1 in the upper and 0 in the middle.
func side(v int, span [2]int) int { return cmp.Compare(2*v, span[0]+span[1]) }

// share returns the share of runs with an unselectable key in one cell.
func (r *HeatmapResult) share(d, n int) Interval {
	for _, c := range r.Cells {
		if c.Dim == d && c.Keys == n {
			return share(c.With, r.Config.Runs)
		}
	}
	panic("internal error: no such cell")
}

package experiment

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"keyhull"
	"keyhull/run"
)

// result runs an experiment and returns its result, as JSON without the time
// it took as well.
func result[T Result](t *testing.T, e Experiment, pool run.Pool) (T, string) {
	t.Helper()
	r, err := e.Run(t.Context(), pool)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]any
	if err := json.Unmarshal(raw, &fields); err != nil {
		t.Fatal(err)
	}
	delete(fields, "seconds")
	raw, err = json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	return r.(T), string(raw)
}

var small = []Experiment{
	Heatmap{Dims: [2]int{3, 5}, Keys: [2]int{3, 14}, Runs: 10, Norm: "none", Init: "normal", Seed: 3},
	Heatmap{Dims: [2]int{3, 5}, Keys: [2]int{3, 14}, Runs: 10, Norm: "layernorm", Init: "xavier-uniform", Seed: 3},
	Fig5{Planes: 9, Points: 12, Seed: 3},
	Heads{Dims: []int{5}, Keys: []int{8, 40}, Runs: 5, Seeds: 3, Seed: 3},
	Rounding{Dims: []int{4}, Keys: []int{8, 40}, Seeds: 3, Seed: 3},
}

func TestSameForAnyNumberOfWorkers(t *testing.T) {
	for _, e := range small {
		_, one := result[Result](t, e, run.Pool{Workers: 1})
		_, three := result[Result](t, e, run.Pool{Workers: 3, Dir: t.TempDir()})
		if one != three {
			t.Errorf("%T: one worker gives\n%s\nthree give\n%s", e, one, three)
		}
	}
}

func TestSeedsDiffer(t *testing.T) {
	a, b := stream(1, 3, 4, 5), stream(1, 3, 45)
	if a.Uint64() == b.Uint64() {
		t.Error("two places share their random numbers")
	}
	if stream(1, 3).Uint64() == stream(2, 3).Uint64() {
		t.Error("two seeds share their random numbers")
	}
}

// hiddenInPlane says by trying all triangles whether a point of a set in two
// dimensions lies in one of three others.
func hiddenInPlane(x []float32, i int) bool {
	n := len(x) / 2
	side := func(a, b int) bool {
		bx, by := float64(x[2*b]-x[2*a]), float64(x[2*b+1]-x[2*a+1])
		px, py := float64(x[2*i]-x[2*a]), float64(x[2*i+1]-x[2*a+1])
		return bx*py > by*px
	}
	for a := range n {
		for b := range a {
			for c := range b {
				if i != a && i != b && i != c && side(a, b) == side(b, c) && side(b, c) == side(c, a) {
					return true
				}
			}
		}
	}
	return false
}

func TestHeatmapCountsWhatTrianglesShow(t *testing.T) {
	c := Heatmap{Dims: [2]int{2, 2}, Keys: [2]int{3, 7}, Runs: 40, Norm: "none", Init: "uniform", Seed: 8}
	r, _ := result[*HeatmapResult](t, c, run.Pool{})
	for _, cell := range r.Cells {
		want, first := 0, -1
		for k := range c.Runs {
			x := draw(stream(c.Seed, 2, cell.Keys, k), c.Init, cell.Keys, 2)
			any := slices.ContainsFunc(indices(cell.Keys), func(i int) bool { return hiddenInPlane(x, i) })
			if any && first < 0 {
				first = k
			}
			if any {
				want++
			}
		}
		if cell.With != want || cell.Run != first {
			t.Errorf("n %d: %d runs, the first %d; triangles show %d, the first %d", cell.Keys, cell.With, cell.Run, want, first)
		}
		x := draw(stream(c.Seed, 2, cell.Keys, max(0, cell.Run)), c.Init, cell.Keys, 2)
		if cell.Run >= 0 && !hiddenInPlane(x, cell.Key) {
			t.Errorf("n %d: key %d of run %d is not hidden", cell.Keys, cell.Key, cell.Run)
		}
	}
}

func indices(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

func TestKeysOfOneLengthAreNeverHidden(t *testing.T) {
	for _, norm := range Norms {
		for _, init := range Inits {
			c := Heatmap{Dims: [2]int{3, 3}, Keys: [2]int{30, 30}, Runs: 20, Norm: norm, Init: init, Seed: 5}
			r, _ := result[*HeatmapResult](t, c, run.Pool{})
			want := c.Runs // 30 keys in two or three dimensions hide one
			if norm == "scale" || norm == "rmsnorm" || norm == "layernorm" {
				want = 0
			}
			if with, all := r.Sets(); with != want || all != c.Runs {
				t.Errorf("%s of %s: %d of %d, want %d", norm, init, with, all, want)
			}
		}
	}
}

func TestFig5HasTwoImages(t *testing.T) {
	r, _ := result[*Fig5Result](t, Fig5{Planes: 50, Points: 40, Seed: 1}, run.Pool{})
	for i, n := range r.Distinct {
		if n != 2 {
			t.Errorf("plane %d has %d images", i, n)
		}
	}
	if f := r.Finding(); f.Verdict != Reproduced || r.Spread > 1e-12 {
		t.Errorf("%s, spread %g", f.Verdict, r.Spread)
	}
	if whole.direction(whole{5, 3, 1}) == whole.direction(whole{5, 3, 2}) || whole.direction(whole{5, 3, 1}) == whole.direction(whole{-5, -3, -1}) {
		t.Error("points off the plane share a direction")
	}
	if whole.direction(whole{5, 3, 1}) != whole.direction(whole{17, 13, 9}) { // 2·(5, 3, 1) + 7·1
		t.Error("points of one half of a plane differ in direction")
	}
}

func TestHeadsAtTheirEnds(t *testing.T) {
	r, _ := result[*HeadsResult](t, Heads{Dims: []int{8}, Keys: []int{40}, Runs: 5, Seeds: 4, Seed: 2}, run.Pool{})
	for _, p := range r.Points {
		for _, hidden := range p.Hidden {
			switch {
			case p.Width == 1 && hidden != p.Keys-2: // all but the two ends of a line
				t.Errorf("width 1 hides %d of %d", hidden, p.Keys)
			case p.Width >= p.Dim-1 && hidden != 0: // W_K loses nothing of the hyperplane
				t.Errorf("width %d hides %d", p.Width, hidden)
			case p.Width == 2 && hidden == 0:
				t.Error("width 2 hides nothing")
			}
		}
		if len(p.Hidden) != 4 || p.Width >= p.Dim-1 && p.With != 0 || p.Width <= 2 && p.With != 5 {
			t.Errorf("width %d: %d of 5 sets, %d of them in full", p.Width, p.With, len(p.Hidden))
		}
	}
}

func TestHeadsFinding(t *testing.T) {
	point := func(width, with int) HeadPoint {
		return HeadPoint{Dim: 8, Width: width, Keys: 9, With: with, Share: Interval{Value: float64(with)}}
	}
	for _, c := range []struct{ with2, with5, enough int }{{1, 1, 6}, {1, 0, 3}, {0, 0, 1}} {
		r := &HeadsResult{Config: Heads{Dims: []int{8}, Keys: []int{9}}, Points: []HeadPoint{point(2, c.with2), point(5, c.with5), point(8, 0)}}
		f := r.Finding()
		if got := f.Ours["width_without_unselectable"]; got != c.enough || (f.Verdict == Reproduced) != (c.with2 == 0) {
			t.Errorf("%+v: %v, %s", c, got, f.Verdict)
		}
	}
}

func TestHeatmapFinding(t *testing.T) {
	heat := func(with ...int) *HeatmapResult { // n 3, 4 in each of d 3, 4
		r := &HeatmapResult{Config: Heatmap{Dims: [2]int{3, 4}, Keys: [2]int{3, 4}, Runs: 100, Norm: "none"}}
		for i, w := range with {
			r.Cells = append(r.Cells, HeatmapCell{Dim: 3 + i/2, Keys: 3 + i%2, With: w})
		}
		return r
	}
	for _, c := range []struct {
		result *HeatmapResult
		want   string
	}{
		{heat(20, 90, 0, 30), Reproduced},
		{heat(20, 40, 0, 30), NotReproduced},  // never more than half of the sets
		{heat(95, 90, 0, 30), NotReproduced},  // in 3 dimensions more keys, fewer sets
		{heat(20, 90, 10, 95), NotReproduced}, // with 4 keys more dimensions, more sets
	} {
		if got := c.result.Finding().Verdict; got != c.want {
			t.Errorf("%+v: %s, want %s", c.result.Cells, got, c.want)
		}
	}
}

func TestRoundingFreesKeys(t *testing.T) {
	r, _ := result[*RoundingResult](t, Rounding{Dims: []int{8}, Keys: []int{512}, Seeds: 4, Seed: 1}, run.Pool{})
	f := r.Finding()
	if f.Verdict != NotReproduced || !strings.Contains(f.Headline, "rounding") {
		t.Errorf("%s: %s", f.Verdict, f.Headline)
	}
	for s := range r.Points[0].Affine {
		x := draw(stream(1, 8, 512, s), "normal", 512, 8)
		if got := hiddenAfterDroppingMean(t, x, 8); got != r.Points[0].Affine[s] {
			t.Errorf("seed %d: %d hidden, in other coordinates of the hyperplane %d", s, r.Points[0].Affine[s], got)
		}
	}
}

// hiddenAfterDroppingMean counts unselectable keys in an orthogonal basis of
// the hyperplane, rounded to float64.
func hiddenAfterDroppingMean(t *testing.T, x []float32, d int) int {
	var y []float64
	for i := 0; i < len(x); i += d {
		for k := 1; k < d; k++ { // Helmert's basis
			sum := 0.0
			for _, v := range x[i : i+k] {
				sum += float64(v)
			}
			y = append(y, (sum-float64(k)*float64(x[i+k]))/math.Sqrt(float64(k*(k+1))))
		}
	}
	res, err := keyhull.Decide(t.Context(), keyhull.Float64(y, d-1), keyhull.Options{Margins: keyhull.MarginNone})
	if err != nil {
		t.Fatal(err)
	}
	return res.Counts().Unselectable()
}

func TestIntervals(t *testing.T) {
	near := func(name string, got, want, eps float64) {
		if math.Abs(got-want) > eps {
			t.Errorf("%s: %g, want %g", name, got, want)
		}
	}
	p := share(8, 40) // values of R's prop.test without correction
	near("low", p.Low, 0.1050, 1e-4)
	near("high", p.High, 0.3476, 1e-4)
	near("none", share(0, 10).Low, 0, 0)
	near("all", share(10, 10).High, 1, 0)
	near("t of 11", student(11), 2.20099, 2e-4)
	near("t of 29", student(29), 2.04523, 1e-4)
	m := average([]float64{1, 2, 3})
	near("mean", m.Value, 2, 1e-15)
	near("mean low", m.Low, 2-4.303/math.Sqrt(3), 1e-12)
	near("one value", average([]float64{7}).High, 7, 0)
	for want, got := range map[string]string{
		"20.0 % (95 % interval 10.5 to 34.8 %)": p.percent(),
		"20.0 % (10.5 to 34.8)":                 p.short(),
		"11 (9 to 13)":                          average([]float64{10, 11, 12}).whole(),
		"7":                                     average([]float64{7}).whole(), // no interval
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestCatalogue(t *testing.T) {
	seen := map[string]bool{}
	for _, a := range Catalogue {
		appendix := a.Name == "table3" || a.Name == "table4" // whose numbers are not known here
		if seen[a.Name] || a.Claim == "" || a.Title == "" || (a.New != nil) != (a.Caption != "") || (a.Paper == nil) != (a.Says == "") || (a.Paper == nil) != appendix {
			t.Errorf("%s: twice or incomplete", a.Name)
		}
		seen[a.Name] = true
		if found, ok := Find(a.Name); !ok || found.Title != a.Title {
			t.Errorf("%s is not found", a.Name)
		}
	}
	for name := range strings.FieldsSeq("fig1a fig1b fig1c fig1d fig2a fig2b fig3 fig4a fig4b fig5 table1 table2 table3 table4 control-projection control-scaling heads rounding") {
		if !seen[name] {
			t.Errorf("%s is missing", name)
		}
	}
}

package experiment

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"keyhull/nn"
	"keyhull/norm"
	"keyhull/run"
)

// tiny is a language model of the paper's form, small.
func tiny(before norm.Kind) nn.GPT2 {
	place := nn.Place{Kind: before}
	if before == nn.ProjectTimes || before == nn.ProjectLearned {
		place.Times = 50
	}
	last := nn.Place{Kind: norm.LayerNorm}
	return nn.GPT2{Vocab: 40, Context: 64, Dim: 4, Layers: 2, Heads: 2, Hidden: 8, Eps: 1e-5, Norm1: place, Norm2: last, NormF: last, QKNorm: norm.None, Frozen: true}
}

// tinyRuns are untrained models with made-up losses, lower with scaling.
func tinyRuns(seeds ...uint64) LMSource {
	ends := map[norm.Kind]float64{norm.LayerNorm: 3, norm.Project: 3.5, nn.ProjectTimes: 3.4, nn.ProjectLearned: 3.4}
	return func(_ context.Context, _ run.Pool, before norm.Kind) (runs []LMRun, err error) {
		for _, seed := range seeds {
			p := nn.NewGPT2Params[float32](tiny(before))
			p.Init(seed)
			for i := range p.Flat { // larger, so that layers differ from their input
				p.Flat[i] *= 10
			}
			var rows []run.Row
			for step := 0; step <= 100; step += 10 {
				loss := ends[before] + 1/float64(1+step) + .01*float64(seed)
				rows = append(rows, run.Row{Step: step, Values: run.Values{"train_loss": loss, "test_loss": loss + .1}})
			}
			rows[10].Values["unselectable_layer_1"], rows[10].Values["unselectable_layer_2"] = .3, .2
			runs = append(runs, LMRun{Seed: seed, Curves: LMCurves(seed, rows), Corpus: "made-up text", Seconds: 2, Model: p})
		}
		return runs, nil
	}
}

func tinyTexts(n int) TextSource {
	return func(context.Context) (Texts, error) {
		t := Texts{Name: "made-up text"}
		for i := range n {
			rng, tokens := rand.New(rand.NewPCG(1, uint64(i))), make([]int32, 50+i)
			for k := range tokens {
				tokens[k] = rng.Int32N(40)
			}
			t.Tokens = append(t.Tokens, tokens)
		}
		return t, nil
	}
}

func tinyTable(most int) ModelTexts { return ModelTexts{tinyRuns(1), tinyTexts(5), most} }

func TestTables(t *testing.T) {
	one, _ := result[*TableResult](t, Table1{ModelTexts: tinyTable(3), Title: "t", Paper: [2][]float64{percents(51, 32), percents(0, 0)}}, run.Pool{})
	f := one.Finding()
	if one.Check() != nil || f.Verdict != Reproduced || !strings.Contains(f.Note, "3 texts of made-up text") || !strings.Contains(f.Note, "over texts") {
		t.Errorf("%+v, %v", f, one.Check())
	}
	if g := one.Grid(); len(g.Columns) != 3 || len(g.Rows) != 6 || g.Rows[1][1] != "51.0" || g.Rows[4][1] != "0" {
		t.Errorf("%+v", g)
	}
	two, _ := result[*TableResult](t, Table2{tinyTable(0)}, run.Pool{})
	if f := two.Finding(); f.Verdict != Reproduced || len(two.Models) != 1 || two.Models[0].Texts != 5 {
		t.Errorf("%+v", f)
	}
	heads, _ := result[*HeadsTrainedResult](t, HeadsTrained{tinyTable(0)}, run.Pool{})
	if f := heads.Finding(); f.Verdict != NotReproduced || len(heads.Variants[0].All) != 2 || len(heads.Variants[1].Masked[1]) != 2 || heads.Check() != nil {
		t.Errorf("%+v", f)
	}
	if s := heads.Variants[0].Survival[0]; s.Distances[2] != 2 || !(s.Shares[0].Value > s.Shares[5].Value && s.Shares[5].Low < s.Shares[5].High) {
		t.Errorf("%+v", s)
	}
}

// TestTablesNeedBoth tells the verdicts apart.
func TestTablesNeedBoth(t *testing.T) {
	r := func(without, with float64) *TableResult {
		series := func(v float64) LayerSeries { return LayerSeries{Values: []Interval{{v, v, v}}} }
		return &TableResult{TextRates: TextRates{Models: []ModelRates{{}}}, finding: Table1{}.finding,
			Shares: LayerShares{Series: []LayerSeries{series(without), series(without), series(with), series(0)}}}
	}
	for _, c := range []struct {
		without, with float64
		verdict       string
	}{{.4, 0, Reproduced}, {.4, .0004, Reproduced}, {.4, .001, NotReproduced}, {.05, 0, NotReproduced}} {
		f := r(c.without, c.with).Finding()
		if eps := strings.Contains(f.Note, "LayerNorm adds eps"); f.Verdict != c.verdict || eps != (c.with == .001) {
			t.Errorf("%+v: %+v", c, f)
		}
	}
}

// TestTextsInAnyOrder holds results of several workers, and of cells kept by an
// interrupted run, against those of one.
func TestTextsInAnyOrder(t *testing.T) {
	pool := run.Pool{Dir: t.TempDir(), Workers: 3}
	ctx, cancel := context.WithCancel(t.Context())
	some := Table1{ModelTexts: tinyTable(2)}
	if _, err := some.Run(ctx, pool); err != nil {
		t.Fatal(err)
	}
	cancel()
	e := Table1{ModelTexts: tinyTable(0)}
	if _, err := e.Run(ctx, pool); !errors.Is(err, context.Canceled) {
		t.Fatalf("%v", err)
	}
	_, kept := result[*TableResult](t, e, pool)
	_, alone := result[*TableResult](t, e, run.Pool{Workers: 1})
	if kept != alone {
		t.Errorf("%s\n%s", kept, alone)
	}
}

func TestAbsences(t *testing.T) {
	none := func(ctx context.Context, pool run.Pool, before norm.Kind) ([]LMRun, error) {
		runs, _ := tinyRuns(1, 2)(ctx, pool, before)
		if before == norm.Project {
			runs = runs[:0]
		}
		return runs, nil
	}
	bare := func(ctx context.Context, pool run.Pool, before norm.Kind) ([]LMRun, error) {
		runs, _ := tinyRuns(1)(ctx, pool, before)
		runs[0].Curves = nil
		return runs, nil
	}
	long := func(context.Context) (Texts, error) { return Texts{"a long text", [][]int32{make([]int32, 65)}}, nil }
	other := func(context.Context) (Texts, error) { return Texts{"another vocabulary", [][]int32{{3, 40}}}, nil }
	for want, e := range map[string]Experiment{
		"text 1 of a long text":            Table1{ModelTexts: ModelTexts{tinyRuns(1), long, 0}},
		"text 1 of another vocabulary":     Table1{ModelTexts: ModelTexts{tinyRuns(1), other, 0}},
		"no texts are at hand":             Table1{},
		"no language models are at hand":   Table2{ModelTexts{Texts: tinyTexts(1)}},
		"made-up text has no text":         HeadsTrained{ModelTexts{Texts: tinyTexts(0)}},
		"no seed of the language model":    Fig4{none, fig4a},
		"have no training loss":            Fig4{bare, fig4a},
		"language models have no test los": ControlScaling{bare},
	} {
		_, err := e.Run(t.Context(), run.Pool{})
		var absence *Absence
		if !errors.As(err, &absence) || !strings.Contains(absence.Reason, want) {
			t.Errorf("%q: %v", want, err)
		}
	}
}

func TestFig4(t *testing.T) {
	r, _ := result[*Fig4Result](t, Fig4{tinyRuns(2, 1), fig4b}, run.Pool{})
	if r.Seconds != 16 || len(r.Curves.Paper) != 2 || r.Check() != nil || r.Curves.Variants[1].Seeds[0].Seed != 1 {
		t.Errorf("%+v", r)
	}
	f := r.Finding()
	gain := f.Ours["gain_over_project"].(Interval)
	if f.Verdict != Reproduced || math.Abs(gain.Value-.5) > 1e-9 || f.Ours["step"] != 100 {
		t.Errorf("%+v", f)
	}
	control, _ := result[*ControlScalingResult](t, ControlScaling{tinyRuns(1, 2)}, run.Pool{})
	if s := control.Shares; s == nil || len(s.Layers) != 2 || s.Series[3].Values[1].Value != .2 || control.Check() != nil {
		t.Errorf("%+v", control.Shares)
	}
	if f := control.Finding(); f.Verdict != Reproduced || !strings.Contains(f.Note, "30.0 % ") && !strings.Contains(f.Note, "20.0 to 30.0 %") {
		t.Errorf("%+v", f)
	}
}

// TestSyntheticIsLabelled wants no number of the paper's beside losses of a
// made-up language.
func TestSyntheticIsLabelled(t *testing.T) {
	source := func(ctx context.Context, pool run.Pool, before norm.Kind) ([]LMRun, error) {
		runs, err := tinyRuns(1, 2)(ctx, pool, before)
		runs[0].Synthetic = true
		return runs, err
	}
	r, _ := result[*Fig4Result](t, Fig4{source, fig4a}, run.Pool{})
	control, _ := result[*ControlScalingResult](t, ControlScaling{source}, run.Pool{})
	for title, f := range map[string]Finding{r.Curves.Title: r.Finding(), control.Loss.Title: control.Finding()} {
		if len(r.Curves.Paper) > 0 || !strings.Contains(title, "synthetic") || !strings.Contains(f.Headline, "synthetic") || !strings.Contains(f.Note, "do not compare") {
			t.Errorf("%s: %+v", title, f)
		}
	}
}

// TestScalingVerdicts tells scaling from the size of keys.
func TestScalingVerdicts(t *testing.T) {
	with := []float64{3, 3.02}
	for _, c := range []struct {
		step    int
		others  [3][]float64 // without, and the controls
		verdict string
		open    bool
	}{
		{10, [3][]float64{{3.5, 3.52}, {3.4, 3.43}, {3.45, 3.46}}, Reproduced, false},
		{10, [3][]float64{{3.5, 3.52}, {3.1, 3.12}, {3.45, 3.46}}, OtherCause, false}, // less than half
		{10, [3][]float64{{3.5, 3.52}, {3.4, 3.43}, {3, 3.4}}, OtherCause, false},     // not for sure
		{10, [3][]float64{{2.9, 3.4}, {3.4, 3.43}, {3.4, 3.43}}, NotReproduced, true},
		{50_000, [3][]float64{{2.9, 2.92}, {3.4, 3.43}, {3.4, 3.43}}, NotReproduced, false},
		{49_999, [3][]float64{{2.9, 2.92}, {3.4, 3.43}, {3.4, 3.43}}, NotReproduced, true}, // not as long
	} {
		var list []Variant
		for _, ends := range append([][]float64{with}, c.others[:]...) {
			v := Variant{Norm: "n", Label: "a label"}
			for i, end := range ends {
				v.Seeds = append(v.Seeds, SeedCurve{uint64(i), []int{0, c.step}, []float64{9, end}})
			}
			list = append(list, v)
		}
		if e := newScaling(list); e.verdict() != c.verdict || e.open() != c.open {
			t.Errorf("%v: %s, open %t", c, e.verdict(), e.open())
		}
	}
}

func TestModelsAndTextsHaveDigests(t *testing.T) {
	a, b := [][]int32{{1, 2}, {3}}, [][]int32{{1}, {2, 3}}
	list := []string{digestOf[int32](nil, a...), digestOf[int32](nil, b...), digestOf(nil, []float32{1, 2}), digestOf("x", []float32{1, 2})}
	slices.Sort(list)
	if len(slices.Compact(list)) != 4 {
		t.Error("different texts or models have the same digest")
	}
}

package experiment

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"keyhull/nn"
	"keyhull/norm"
	"keyhull/run"
)

// littleSource trains two seeds of the synthetic language, in moments.
func littleSource(t *testing.T) *LanguageSource {
	c, _ := littleLanguage(t, norm.LayerNorm)
	c.Steps, c.Every, c.TestEvery = 20, 5, 10
	return &LanguageSource{Config: c, Seeds: 2, Kernels: "kernels", Warn: func(text string) { t.Error("warning:", text) }}
}

// losses are all curves of runs.
func losses(t *testing.T, runs []LMRun) (curves []map[string]SeedCurve) {
	t.Helper()
	for i, r := range runs {
		if r.Seed != uint64(i+1) || !r.Synthetic || r.Model == nil || r.Curves["train_loss"].At(20) <= 0 {
			t.Errorf("%+v", r)
		}
		curves = append(curves, r.Curves)
	}
	if len(curves) != 2 || reflect.DeepEqual(curves[0], curves[1]) {
		t.Errorf("%d seeds, or all the same", len(curves))
	}
	return curves
}

// TestLanguageSource gives the same models from memory, from a folder, and from
// a folder in which they were interrupted; a source trains each once.
func TestLanguageSource(t *testing.T) {
	s, steps := littleSource(t), 0
	counted := run.Pool{Workers: 1, Progress: func(string, int) (func(int), func()) {
		return func(int) { steps++ }, func() {}
	}}
	runs, err := s.Runs(t.Context(), counted, norm.LayerNorm)
	if err != nil {
		t.Fatal(err)
	}
	want, trained := losses(t, runs), steps
	if runs[0].Seconds <= 0 {
		t.Errorf("training took %v s", runs[0].Seconds)
	}
	again, err := s.Runs(t.Context(), counted, norm.LayerNorm)
	if err != nil || steps != trained || trained == 0 || !reflect.DeepEqual(losses(t, again), want) {
		t.Errorf("%v: the second time has %d more steps", err, steps-trained)
	}
	dir := t.TempDir()
	pool := run.Pool{Workers: 3, Dir: dir}
	ctx, stop := context.WithCancel(t.Context())
	halfway := run.Pool{Workers: 1, Dir: dir, Progress: func(string, int) (func(int), func()) {
		return func(step int) {
			if step >= 30 {
				stop()
			}
		}, func() {}
	}}
	if _, err := littleSource(t).Runs(ctx, halfway, norm.LayerNorm); !errors.Is(err, context.Canceled) {
		t.Fatalf("%v", err)
	}
	for i := range 2 { // the second is only read
		runs, err := littleSource(t).Runs(t.Context(), pool, norm.LayerNorm)
		if err != nil || !reflect.DeepEqual(losses(t, runs), want) || !slices.Equal(runs[1].Model.Flat, again[1].Model.Flat) {
			t.Fatalf("resumed: %v", err)
		}
		if now := runs[0].Seconds > 0; now != (i == 0) {
			t.Errorf("time %d: training of seed 1 took %v s", i+1, runs[0].Seconds)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "gpt2-layernorm", "seed-2", "model", "config.json")); err != nil {
		t.Error(err)
	}
	if runs, err := littleSource(t).Runs(t.Context(), pool, norm.Project); err != nil || reflect.DeepEqual(losses(t, runs), want) {
		t.Errorf("%v: another norm trains the same", err)
	}
}

// TestLongTrainingIsAnnounced, but not of seeds that are done.
func TestLongTrainingIsAnnounced(t *testing.T) {
	c, data := littleLanguage(t, norm.LayerNorm)
	c.Steps, c.Schedule = 2_000_000, 2_000_000
	var said []string
	s := &LanguageSource{Seeds: 2, data: &data, Warn: func(text string) { said = append(said, text) }}
	s.announce(c, nil, run.Pool{Workers: 1})
	dir := t.TempDir()
	folder, err := OpenLanguageFolder(dir, c, "")
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(2) {
		done := run.SeedDir(dir, seed+1)
		if err := errors.Join(os.Mkdir(done, 0o777), os.WriteFile(filepath.Join(done, "result.json"), nil, 0o666)); err != nil {
			t.Fatal(err)
		}
		s.announce(c, folder, run.Pool{Workers: 1})
	}
	if len(said) != 2 || !strings.Contains(said[0], ": 2 seeds of 2000000 steps of ") || !strings.Contains(said[1], ": 1 seeds of ") {
		t.Errorf("%q", said)
	}
}

// TestFig4OfTrainedModels makes figure and control of models that were trained.
func TestFig4OfTrainedModels(t *testing.T) {
	s := littleSource(t)
	figure, _ := result[*Fig4Result](t, Fig4{s.Runs, fig4a}, run.Pool{})
	control, _ := result[*ControlScalingResult](t, ControlScaling{s.Runs}, run.Pool{})
	for _, f := range []Finding{figure.Finding(), control.Finding()} {
		if f.Ours["step"] != 20 || !strings.Contains(f.Headline, "synthetic") || f.Verdict == "" {
			t.Errorf("%+v", f)
		}
	}
	if err := errors.Join(figure.Check(), control.Check()); err != nil || len(control.Shares.Layers) != 2 {
		t.Errorf("%v: %+v", err, control.Shares)
	}
}

func TestAbsentNorms(t *testing.T) {
	s := littleSource(t)
	s.Norms = []string{"layernorm"}
	var absence *Absence
	if _, err := s.Runs(t.Context(), run.Pool{}, norm.Project); !errors.As(err, &absence) || absence.Reason != "the model with norm project was left out" {
		t.Errorf("%v", err)
	}
}

// TestAbsentWithoutData wants the tables that need data to say so, before
// anything is trained.
func TestAbsentWithoutData(t *testing.T) {
	for _, dir := range []string{"", t.TempDir()} {
		trained := false
		p := Plan{Seed: 1, SQuAD: SQuADTexts(dir), SST2: SST2Texts(dir), BERT: NewSentenceSource(Plan{}, dir).Runs}
		p.LM = func(context.Context, run.Pool, norm.Kind) ([]LMRun, error) {
			trained = true
			return nil, errors.New("trains")
		}
		for name, need := range map[string]string{"table1": "SQuAD", "table2": "SQuAD", "heads-trained": "SQuAD", "table3": "SST-2", "table4": "BERT's vocabulary"} {
			a, ok := Find(name)
			if !ok {
				t.Fatal(name)
			}
			_, err := a.New(p).Run(t.Context(), run.Pool{})
			var absence *Absence
			if !errors.As(err, &absence) || !strings.HasPrefix(absence.Reason, "needs "+need+": ") || trained {
				t.Errorf("%s of %q: %v; trained %v", name, dir, err, trained)
			}
		}
	}
	var absence *Absence
	if _, err := NewLanguageSource(Plan{}, t.TempDir()); !errors.As(err, &absence) || !strings.Contains(absence.Reason, "has no wiki/") {
		t.Errorf("%v", err)
	}
}

func TestLanguageRefuses(t *testing.T) {
	for want, change := range map[string]func(*Language){
		"context of 1:":              func(c *Language) { c.Model.Context = 1 },
		"3 heads do not divide":      func(c *Language) { c.Model.Heads = 3 },
		"2000 layers":                func(c *Language) { c.Model.Layers = 2000 },
		"dimension 2000":             func(c *Language) { c.Model.Dim = 2000 },
		"batches of 0 blocks":        func(c *Language) { c.Batch = 0 },
		"90 steps of a schedule":     func(c *Language) { c.Steps = 90 },
		"80 of them to warm up":      func(c *Language) { c.Warmup = 80 },
		"learning rate NaN":          func(c *Language) { c.Rate = math.NaN() },
		"clipping at NaN":            func(c *Language) { c.Clip = math.NaN() },
		"weight decay 1":             func(c *Language) { c.Decay = 1 },
		"tested every 10":            func(c *Language) { c.TestEvery = 10 },
		"0 test blocks":              func(c *Language) { c.TestBlocks = 0 },
		`ln_1: unknown norm "none?"`: func(c *Language) { c.Model.Norm1 = nn.Place{Kind: "none?"} },
	} {
		c, data := littleLanguage(t, norm.LayerNorm)
		change(&c)
		if _, err := c.TrainAlone(t.Context(), data, 1, 1, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	c, data := littleLanguage(t, norm.LayerNorm)
	data.Test = nil
	if _, err := c.TrainAlone(t.Context(), data, 1, 1, nil); err == nil || !strings.Contains(err.Error(), "0 to test") {
		t.Errorf("%v", err)
	}
}

// What is not watched is not summed up.
func TestLanguageUnwatched(t *testing.T) {
	c, data := littleLanguage(t, norm.LayerNorm)
	c.Watched, c.Steps = 0, 7
	r, err := c.TrainAlone(t.Context(), data, 1, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	if list := (LanguageRuns{c, []LMRun{r}}).Summary(); len(list) != 2 || list[1].Name != "test_loss" || !(list[1].Ours.Value > 0) {
		t.Errorf("%+v", list)
	}
}

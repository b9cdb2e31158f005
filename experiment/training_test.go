package experiment

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"keyhull/nn"
	"keyhull/norm"
	"keyhull/run"
)

// little is a training of moments.
func little(kind norm.Kind) Training {
	return Training{Samples: 300, Length: 12, Classes: 5, MinDelta: 2, Dim: 8, Norm: kind,
		Batch: 100, Steps: 60, Rate: 1e-2, Epochs: 100, Every: 7}
}

func TestTrainingLearns(t *testing.T) {
	for _, kind := range nn.MajorityNorms() {
		c := little(kind)
		c.Steps = 400
		r, err := c.TrainAlone(context.Background(), 1, 1, nil)
		if err != nil {
			t.Fatal(kind, err)
		}
		loss, accuracy := r.curve("test_loss"), r.curve("test_accuracy")
		if first, last := loss.Values[0], loss.At(c.Steps); !(last < first/2) || !(accuracy.At(c.Steps) > 0.7) {
			t.Errorf("%s: test loss from %.3f to %.3f, accuracy %.3f", kind, first, last, accuracy.At(c.Steps))
		}
		if got := r.curve("train_loss").Steps[0]; got != c.Every || r.Steps[0] != 0 || r.Steps[len(r.Steps)-1] != c.Steps {
			t.Errorf("%s: measured at %v, training first at %d", kind, r.Steps, got)
		}
	}
}

// stopping is a context that ends when it has been asked for its error so often:
// training asks before each step.
type stopping struct {
	context.Context
	left int
}

func (s *stopping) Err() error {
	if s.left--; s.left < 0 {
		return context.Canceled
	}
	return nil
}

// trainStopping trains a seed in a folder, interrupted as by Ctrl-C after so
// many steps of each start.
func trainStopping(t *testing.T, dir string, at []int, workers int) SeedRun {
	t.Helper()
	c := little(norm.LayerNorm)
	folder, err := run.OpenFolder(dir, c)
	if err != nil {
		t.Fatal(err)
	}
	quiet := func(text string) { t.Error("warning:", text) }
	for _, stop := range at {
		_, err := c.TrainIn(&stopping{context.Background(), stop}, folder, dir, 3, workers, nil, quiet)
		if err != context.Canceled {
			t.Fatalf("stopped at %d: %v", stop, err)
		}
	}
	r, err := c.TrainIn(context.Background(), folder, dir, 3, workers, nil, quiet)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestTrainingAfterInterruptions(t *testing.T) {
	whole, parts := t.TempDir(), t.TempDir()
	a := trainStopping(t, whole, nil, 1)
	b := trainStopping(t, parts, []int{0, 3, 7, 8, 20, 13}, 3)
	if !reflect.DeepEqual(a, b) {
		t.Error("an interrupted run ended elsewhere")
	}
	if files := sameFiles(t, whole, parts); files < 6 {
		t.Error(files)
	}
	if c := trainStopping(t, parts, nil, 1); !reflect.DeepEqual(a, c) {
		t.Error("a finished seed reads otherwise")
	}
}

func TestTrainingRefuses(t *testing.T) {
	for name, change := range map[string]func(*Training){
		"short sequences": func(c *Training) { c.MinDelta = 11 },
		"one class":       func(c *Training) { c.Classes = 1 },
		"many classes":    func(c *Training) { c.Classes = 13 },
		"no steps":        func(c *Training) { c.Steps = 0 },
		"no batch":        func(c *Training) { c.Batch = 0 },
		"unknown norm":    func(c *Training) { c.Norm = "batchnorm" },
		"rate":            func(c *Training) { c.Rate = math.NaN() },
		"one sequence":    func(c *Training) { c.Samples = 1 },
	} {
		c := little(norm.LayerNorm)
		change(&c)
		if _, err := c.TrainAlone(context.Background(), 1, 1, nil); name != "one sequence" && (err == nil || c.Check() == nil) {
			t.Errorf("%s: no error", name)
		}
	}
	c := little(norm.None)
	c.Rate, c.Steps = 1, 3000
	if _, err := c.TrainAlone(context.Background(), 1, 1, nil); err != nil && !strings.Contains(err.Error(), "at step") {
		t.Error(err)
	}
}

// A seed that is done but lost its metrics is an error that names it; another
// seed's damage is none of its business.
func TestDoneWithoutMetrics(t *testing.T) {
	dir := t.TempDir()
	want := trainStopping(t, dir, nil, 1)
	other := filepath.Join(dir, "seed-4")
	if err := errors.Join(os.Mkdir(other, 0o777), os.WriteFile(filepath.Join(other, "metrics.jsonl"), []byte("{"), 0o666)); err != nil {
		t.Fatal(err)
	}
	if got := trainStopping(t, dir, nil, 1); !reflect.DeepEqual(got, want) {
		t.Error("a finished seed reads otherwise")
	}
	folder, err := run.OpenFolder(dir, little(norm.LayerNorm))
	if err == nil {
		err = os.Remove(filepath.Join(dir, "seed-3", "metrics.jsonl"))
	}
	if err != nil {
		t.Fatal(err)
	}
	_, err = little(norm.LayerNorm).TrainIn(context.Background(), folder, dir, 3, 1, nil, nil)
	if err == nil || !strings.Contains(err.Error(), "seed 3 is done, but has no metrics") {
		t.Error(err)
	}
}

func TestHistogramAndMarginsFitTheirSummaries(t *testing.T) {
	v := run.Values{}
	addHistogram(v, []float64{0, 9.99, 10, 90, math.NaN()}, []float64{1, 2, 3, 4, 6})
	if v["angle_share/00-10"] != 3./16 || v["angle_share/10-20"] != 3./16 || v["angle_share/80-90"] != 0.25 {
		t.Error(v)
	}
	tr, err := newTrainer(little(norm.LayerNorm), 5, 1)
	if err != nil {
		t.Fatal(err)
	}
	v, err = tr.measure(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	least, shares := math.Inf(1), 0.0
	for name, x := range v {
		switch {
		case strings.HasPrefix(name, "key_margin/"):
			least = min(least, x)
		case strings.HasPrefix(name, "angle_share/"):
			shares += x
		}
	}
	if least != v["key_margin_min"] || v["keys_unselectable"] != 0 || math.Abs(shares-1) > 1e-12 {
		t.Errorf("least margin %g of %v, shares %g", least, v, shares)
	}
}

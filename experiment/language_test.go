package experiment

import (
	"context"
	"errors"
	"maps"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"keyhull"
	"keyhull/nn"
	"keyhull/norm"
	"keyhull/run"
	"keyhull/text"
	"keyhull/weights"
)

// littleLanguage is a training of moments, and its text.
func littleLanguage(t testing.TB, before norm.Kind) (Language, LanguageData) {
	t.Helper()
	tokens, err := text.Synthetic{Vocab: 40, Tokens: 3000, Seed: 4}.Generate()
	if err != nil {
		t.Fatal(err)
	}
	c := PaperLanguage(PlaceOf(before, 0), 40)
	c.Model.Context, c.Model.Dim, c.Model.Layers, c.Model.Heads, c.Model.Hidden = 16, 4, 2, 2, 8
	c.Batch, c.Steps, c.Schedule, c.Rate, c.Decay = 8, 60, 80, 2e-2, 0.01
	c.Warmup, c.Every, c.TestEvery, c.TestBlocks = 3, 7, 14, 5
	d, err := newLanguageData("little", 40, tokens, nil, c.Model.Context)
	if err != nil {
		t.Fatal(err)
	}
	c.Text = d.ID
	return c, d
}

func TestLanguageLearns(t *testing.T) {
	for _, kind := range nn.PlaceNorms() {
		c, data := littleLanguage(t, kind)
		r, err := c.TrainAlone(t.Context(), data, 1, 1, nil)
		if err != nil {
			t.Fatal(kind, err)
		}
		loss := r.Curves["test_loss"]
		if first, last := loss.Values[0], loss.At(c.Steps); math.Abs(first-math.Log(40)) > 0.1 || !(last < first-0.3) {
			t.Errorf("%s: test loss from %.3f to %.3f", kind, first, last)
		}
		if want := []int{0, 14, 28, 42, 56, 60}; !reflect.DeepEqual(loss.Steps, want) {
			t.Errorf("tested at %v, want %v", loss.Steps, want)
		}
		if got := r.Curves["train_loss"]; got.Steps[0] != c.Every || len(got.Steps) != 9 || !(got.At(c.Steps) < got.Values[0]) {
			t.Errorf("%s: training loss %+v", kind, got)
		}
	}
}

// trainLanguage trains a seed in a folder, interrupted as by Ctrl-C after so
// many questions to the context of each start: before each step, and while keys
// are counted.
func trainLanguage(t *testing.T, dir string, at []int, workers int) LMRun {
	t.Helper()
	c, data := littleLanguage(t, norm.LayerNorm)
	c.Model.Dropout = 0.2
	folder, err := OpenLanguageFolder(dir, c, "kernels")
	if err != nil {
		t.Fatal(err)
	}
	quiet := func(text string) { t.Error("warning:", text) }
	for _, stop := range at {
		_, err := c.TrainIn(&stopping{context.Background(), stop}, data, folder, dir, 3, workers, nil, quiet)
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("stopped at %d: %v", stop, err)
		}
	}
	r, err := c.TrainIn(t.Context(), data, folder, dir, 3, workers, nil, quiet)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestLanguageAfterInterruptions(t *testing.T) {
	whole, parts := t.TempDir(), t.TempDir()
	a := trainLanguage(t, whole, nil, 1)
	b := trainLanguage(t, parts, []int{0, 3, 15, 20, 33, 40, 21}, 3)
	if !reflect.DeepEqual(a, b) {
		t.Error("an interrupted run ended elsewhere")
	}
	if files := sameFiles(t, whole, parts); files != 8 {
		t.Errorf("%d files", files)
	}
	if c := trainLanguage(t, parts, nil, 1); !reflect.DeepEqual(a, c) {
		t.Error("a finished seed reads otherwise")
	}
	if err := os.Remove(filepath.Join(parts, "seed-3", "result.json")); err != nil { // as if stopped behind the last step
		t.Fatal(err)
	}
	trainLanguage(t, parts, nil, 1)
	sameFiles(t, whole, parts)
}

func TestLanguageFolderOfAnotherRun(t *testing.T) {
	dir := t.TempDir()
	trainLanguage(t, dir, nil, 1)
	before := filesIn(t, dir)
	for want, change := range map[string]func(*Language){
		"text.train_sha256 is":    func(c *Language) { c.Text.Train = "another" },
		"text.name is \"little\"": func(c *Language) { c.Text.Name = "another" },
		"model.norm_1.kind is":    func(c *Language) { c.Model.Norm1.Kind = norm.Project },
		"rate is 0.02 there":      func(c *Language) { c.Rate = 0.03 },
	} {
		c, _ := littleLanguage(t, norm.LayerNorm)
		c.Model.Dropout = 0.2
		change(&c)
		if _, err := OpenLanguageFolder(dir, c, "kernels"); err == nil || !strings.Contains(err.Error(), "another configuration: "+want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	c, err := ReadLanguageFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := OpenLanguageFolder(dir, c, "other kernels"); err == nil {
		t.Error("kernels of another level go on with a run")
	}
	if !maps.Equal(before, filesIn(t, dir)) {
		t.Error("a refused run has changed the folder")
	}
}

// The model of a finished seed must be the one that was trained.
func TestLanguageModelOfAnotherShape(t *testing.T) {
	dir := t.TempDir()
	want := trainLanguage(t, dir, nil, 1)
	c, data := littleLanguage(t, norm.LayerNorm)
	c.Model.Dropout = 0.2
	folder, err := OpenLanguageFolder(dir, c, "kernels")
	if err != nil {
		t.Fatal(err)
	}
	model := filepath.Join(dir, "seed-3", "model")
	other := c.Model
	other.Layers = 1
	if err := nn.WriteGPT2(model, nn.NewGPT2Params[float32](other)); err != nil {
		t.Fatal(err)
	}
	_, err = c.TrainIn(t.Context(), data, folder, dir, 3, 1, nil, nil)
	if e := (*weights.Error)(nil); !errors.As(err, &e) || e.Hint == "" || !strings.Contains(e.Msg, "is not the model that was trained here") {
		t.Errorf("%v", err)
	}
	if err := nn.WriteGPT2(model, want.Model); err != nil {
		t.Fatal(err)
	}
	if got := trainLanguage(t, dir, nil, 1); !reflect.DeepEqual(got, want) {
		t.Error("a finished seed reads otherwise")
	}
}

// A learning rate that is far too large stops the run where the loss is no
// number any more. The folder keeps its last checkpoint, and the same command
// stops there again.
func TestLanguageDiverges(t *testing.T) {
	none := nn.Place{Kind: norm.None}
	c, data := littleLanguage(t, norm.None)
	c.Model.Norm2, c.Model.NormF, c.Model.Layers, c.Clip = none, none, 8, 0
	c.Rate, c.Warmup, c.Every, c.TestEvery = 1, 20, 1, 10
	dir := t.TempDir()
	folder, err := OpenLanguageFolder(dir, c, "kernels")
	if err != nil {
		t.Fatal(err)
	}
	var first string
	for range 2 {
		_, err = c.TrainIn(t.Context(), data, folder, dir, 1, 2, nil, func(text string) { t.Error(text) })
		e := (*weights.Error)(nil)
		if !errors.As(err, &e) || e.Hint != "a lower learning rate may help" || !strings.Contains(e.Msg, "seed 1: the loss is ") || !strings.Contains(e.Msg, " at step ") {
			t.Fatalf("%v", err)
		}
		if first == "" {
			first = e.Msg
		}
		if e.Msg != first {
			t.Errorf("%q, then %q", first, e.Msg)
		}
	}
	kept, err := filepath.Glob(filepath.Join(dir, "seed-1", "checkpoints", "step-*.safetensors"))
	if err != nil || len(kept) == 0 {
		t.Fatalf("no checkpoint is left: %v", err)
	}
	logged, err := run.ReadSeed(dir, 1)
	if err != nil || len(logged.Rows) < 3 {
		t.Errorf("%d steps are logged: %v", len(logged.Rows), err)
	}
	if _, err := os.Stat(filepath.Join(dir, "seed-1", "result.json")); err == nil {
		t.Error("a run that stopped has a result")
	}
}

// A test loss that is no number stops the run too, before keys that are no
// numbers are looked at.
func TestLanguageTestLossDiverges(t *testing.T) {
	c, data := littleLanguage(t, norm.LayerNorm)
	tr, err := newLanguageTrainer(c, data, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	tr.p.Flat[len(tr.p.Flat)-1] = float32(math.Inf(1))
	l := loop{learner: tr, seed: 1, steps: c.Steps, every: c.Every, sink: &memory{}}
	if err := l.train(t.Context()); err == nil || !strings.Contains(err.Error(), "seed 1: the test loss is NaN at step 0") {
		t.Errorf("%v", err)
	}
}

// TestLanguageWatch counts the keys of the watched blocks once more, from the
// states of the model.
func TestLanguageWatch(t *testing.T) {
	for _, kind := range []norm.Kind{norm.LayerNorm, nn.LayerNormPlain, norm.None, norm.Project, norm.Scale} {
		c, data := littleLanguage(t, kind)
		c.Model.Eps = 0
		tr, err := newLanguageTrainer(c, data, 2, 1)
		if err != nil {
			t.Fatal(err)
		}
		for range 20 {
			tr.advance()
		}
		tr.step = 2 * c.TestEvery
		v, err := tr.measure(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for i := range c.Model.Layers {
			before, after, heads := v[unselectableBefore(i)], v[unselectable(i)], v[unselectableHeads(i)]
			if want := watchedShare(t, tr, i); before != want || want == 0 {
				t.Errorf("%s, layer %d: %g before the norm, want %g", kind, i+1, before, want)
			}
			sphere := layerNorms(kind) || kind == norm.Scale
			if sphere && after != 0 || kind == norm.None && after != before || kind == norm.Project && !(after >= before && after < 1) {
				t.Errorf("%s, layer %d: %g before and %g after the norm", kind, i+1, before, after)
			}
			if !(heads > 0 && heads < 1) { // of width 2
				t.Errorf("%s, layer %d: %g in the heads", kind, i+1, heads)
			}
		}
	}
}

// watchedShare is the share of unselectable keys of a layer's input.
func watchedShare(t *testing.T, tr *languageTrainer, layer int) float64 {
	t.Helper()
	hidden, keys := 0, 0
	for _, block := range tr.data.Test[:tr.c.Watched] {
		x := gpt2Layers(tr.c.Model, tr.engine.States(tr.p, block))[layer].Before
		r, err := keyhull.Decide(t.Context(), keyhull.Float32(x, tr.c.Model.Dim), keyhull.Options{Margins: keyhull.MarginNone})
		if err != nil {
			t.Fatal(err)
		}
		hidden, keys = hidden+r.Counts().Unselectable(), keys+len(block)
	}
	return float64(hidden) / float64(keys)
}

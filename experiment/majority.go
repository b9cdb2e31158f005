package experiment

import (
	"context"
	"math"
	"slices"

	"keyhull/norm"
	"keyhull/run"
)

// variants are the norms before attention that the majority figures compare, in
// the order of their cells: those of the paper, then the controls that keep
// either projection or scale.
var variants = []struct {
	norm  norm.Kind
	label string
}{
	{norm.LayerNorm, "projection, norm √d"},
	{norm.ScalePublished, "no projection, norm 1/√d"},
	{norm.Scale, "no projection, norm √d"},
	{"layernorm-small", "projection, norm 1/√d"},
	{norm.None, "no norm"},
}

// Of the variants the paper's own figures show the first two. The first four are
// projection or not, at either scale: all that Fig. 2 and 3 are held against is
// trained at once, which leaves no core idle.
const paperVariants, squareVariants = 2, 4

// paperSeeds are the ten seeds of the paper's runs.
var paperSeeds = []uint64{11, 123, 42, 9, 456, 4, 5, 6, 7, 8}

// MajoritySeeds returns n seeds: the paper's, then others. They depend on no
// earlier call; shift makes them others altogether, unless it is 0.
func MajoritySeeds(n int, shift uint64) []uint64 {
	seeds := make([]uint64, n)
	for i := range seeds {
		seeds[i] = uint64(1000 + i)
		if i < len(paperSeeds) {
			seeds[i] = paperSeeds[i]
		}
		seeds[i] += shift << 32
	}
	return seeds
}

// Majority trains the variants on the majority task, each with the same seeds.
type Majority struct {
	Training Training `json:"training"` // whose norm is each variant's in turn
	Seeds    []uint64 `json:"seeds"`
}

// SeedRun is all that a run measured.
type SeedRun struct {
	Trained Trained              `json:"trained"`
	Steps   []int                `json:"steps"`
	Values  map[string][]float64 `json:"values"` // by name, of the last steps: training is not measured at step 0
}

// memory is a Sink that keeps everything, and starts anew.
type memory struct{ rows []run.Row }

func (m *memory) Start(c run.Checkpoint) (run.Checkpoint, error) { return c, nil }
func (m *memory) Checkpoint(run.Checkpoint) error                { return nil }
func (m *memory) Step(step int, values run.Values) error {
	m.rows = append(m.rows, run.Row{Step: step, Values: values})
	return nil
}

// train runs all seeds of the first variants, a cell each.
func (c Majority) train(ctx context.Context, pool run.Pool, count int) ([]SeedRun, float64, error) {
	runs, took, err := run.Map(ctx, pool, "majority", c, count*len(c.Seeds), func(ctx context.Context, i int) (SeedRun, error) {
		training := c.Training
		training.Norm = variants[i/len(c.Seeds)].norm
		return training.TrainAlone(ctx, c.Seeds[i%len(c.Seeds)], 1, nil)
	})
	return runs, took.Seconds(), err
}

// TrainAlone trains a seed and keeps nothing on disk; workers and progress are as
// for Train.
func (c Training) TrainAlone(ctx context.Context, seed uint64, workers int, progress func(step int, loss float64)) (r SeedRun, err error) {
	var m memory
	trained, err := c.Train(ctx, seed, workers, &m, progress)
	if err != nil {
		return r, err
	}
	return newSeedRun(*trained, m.rows), nil
}

func newSeedRun(trained Trained, logged []run.Row) SeedRun {
	r := SeedRun{Trained: trained, Values: map[string][]float64{}}
	for _, row := range logged {
		r.Steps = append(r.Steps, row.Step)
	}
	for _, name := range []string{"train_loss", "test_loss", "train_accuracy", "test_accuracy", "angle_mean"} {
		for _, row := range logged {
			if v, ok := row.Values[name]; ok { // all but the first row have it
				r.Values[name] = append(r.Values[name], v)
			}
		}
	}
	return r
}

// curve returns a quantity; one that has no value at step 0 begins at the next.
func (r SeedRun) curve(name string) SeedCurve {
	values := r.Values[name]
	return SeedCurve{Seed: r.Trained.Seed, Steps: r.Steps[len(r.Steps)-len(values):], Values: values}
}

// At returns the value measured at a step, or at the last one before it.
func (s SeedCurve) At(step int) float64 {
	i, found := slices.BinarySearch(s.Steps, step)
	if !found {
		i--
	}
	if i < 0 {
		return math.NaN()
	}
	return s.Values[i]
}

// at returns the values of a variant's seeds at a step.
func (v Variant) at(step int) (values []float64) {
	for _, s := range v.Seeds {
		values = append(values, s.At(step))
	}
	return values
}

// curves arranges runs as the curves of a quantity.
func (c Majority) curves(runs []SeedRun, quantity string) []Variant {
	var list []Variant
	for i := 0; i < len(runs); i += len(c.Seeds) {
		v := variants[i/len(c.Seeds)]
		curves := Variant{Norm: string(v.norm), Label: v.label}
		for _, r := range runs[i : i+len(c.Seeds)] {
			curves.Seeds = append(curves.Seeds, r.curve(quantity))
		}
		list = append(list, curves)
	}
	return list
}

// differences returns b − a, seed by seed: both had the same data, initial
// values and batches.
func differences(a, b []float64) []float64 {
	d := make([]float64, len(a))
	for i := range a {
		d[i] = b[i] - a[i]
	}
	return d
}

package experiment

import (
	"context"
	"fmt"
	"path/filepath"

	"keyhull/nn"
	"keyhull/run"
)

// TrainSeed trains a seed in a run's folder, or keeps nothing on disk if folder
// is nil; see TrainIn.
func (c Language) TrainSeed(ctx context.Context, data LanguageData, folder *run.Folder, dir string, seed uint64, workers int, progress func(step int, loss float64), warn func(string)) (LMRun, error) {
	if folder == nil {
		return c.TrainAlone(ctx, data, seed, workers, progress)
	}
	return c.TrainIn(ctx, data, folder, dir, seed, workers, progress, warn)
}

// TrainAlone trains a seed and keeps nothing on disk; workers and progress are
// as for Train.
func (c Language) TrainAlone(ctx context.Context, data LanguageData, seed uint64, workers int, progress func(step int, loss float64)) (LMRun, error) {
	var m memory
	model, err := c.Train(ctx, data, seed, workers, &m, progress)
	if err != nil {
		return LMRun{}, err
	}
	return data.run(*model, m.rows), nil
}

// TrainIn trains a seed in a run's folder; see [Training.TrainIn]. The seed's
// folder gets a folder model, which transformers loads.
func (c Language) TrainIn(ctx context.Context, data LanguageData, folder *run.Folder, dir string, seed uint64, workers int, progress func(step int, loss float64), warn func(string)) (LMRun, error) {
	files := filepath.Join(run.SeedDir(dir, seed), modelFolder)
	model, logged, err := trainIn(folder, dir, seed, warn, func(sink Sink) (*LanguageModel, error) {
		return c.Train(ctx, data, seed, workers, sink, progress)
	}, func(dir string, m *LanguageModel) error { return nn.WriteGPT2(dir, m.Params) })
	if err == nil && model.Params == nil {
		model.Params, err = nn.ReadGPT2(files)
		if err == nil && model.Params.Shape != c.Model {
			err = otherModel(files)
		}
	}
	return data.run(model, logged.Rows), err
}

func (d LanguageData) run(m LanguageModel, rows []run.Row) LMRun {
	return LMRun{Seed: m.Seed, Curves: LMCurves(m.Seed, rows), Corpus: d.ID.Name, Synthetic: d.Synthetic, Model: m.Params}
}

// LanguageRuns are the seeds of one configuration, as `keyhull train gpt2`
// trains them.
type LanguageRuns struct {
	Config Language
	Seeds  []LMRun
}

// languageQuantities are what Summary and Curves know.
func languageQuantities(layers int) []quantity {
	list := []quantity{
		{Name: "train_loss", Axis: "training loss", Unit: "nats a token"},
		{Name: "test_loss", Axis: "test loss", Unit: "nats a token"},
	}
	for i := range layers {
		list = append(list, quantity{Name: unselectable(i), Axis: fmt.Sprintf("unselectable keys, layer %d", i+1), Range: [2]float64{0, 1}})
	}
	for i := range layers {
		list = append(list, quantity{Name: unselectableHeads(i), Axis: fmt.Sprintf("unselectable keys, heads of layer %d", i+1), Range: [2]float64{0, 1}})
	}
	return list
}

// Summary returns what was measured at the last step.
func (r LanguageRuns) Summary() []Measured {
	return summaryOf(languageQuantities(r.Config.Model.Layers), r.Config.Steps, r.Curves)
}

func summaryOf(quantities []quantity, step int, curves func(string) *Curves) (list []Measured) {
	for _, q := range quantities {
		measured := curves(q.Name).Variants[0]
		if len(measured.Seeds) == 0 {
			continue
		}
		text := q.Axis
		if q.Unit != "" {
			text += " in " + q.Unit
		}
		list = append(list, Measured{Name: q.Name, Text: text, Step: step, Ours: average(measured.at(step))})
	}
	return list
}

// Curves returns a quantity of all seeds to draw, by its name in the metrics.
func (r LanguageRuns) Curves(name string) *Curves {
	var seeds []map[string]SeedCurve
	for _, s := range r.Seeds {
		seeds = append(seeds, s.Curves)
	}
	kind := string(r.Config.Model.Norm1.Kind)
	return seedCurves(languageQuantities(r.Config.Model.Layers), name, "GPT-2 with norm "+kind, kind, seeds)
}

func seedCurves(quantities []quantity, name, title, kind string, seeds []map[string]SeedCurve) *Curves {
	c := &Curves{Title: title, Quantity: name}
	for _, q := range quantities {
		if q.Name == name {
			c.Quantity, c.Unit, c.Range = q.Axis, q.Unit, q.Range
		}
	}
	v := Variant{Norm: kind, Label: kind}
	for _, s := range seeds {
		if curve := s[name]; len(curve.Steps) > 0 {
			v.Seeds = append(v.Seeds, curve)
		}
	}
	c.Variants = []Variant{v}
	return c
}

// unselectableBefore names that before the layer's first norm.
func unselectableBefore(layer int) string {
	return fmt.Sprintf("unselectable_before_layer_%d", layer+1)
}

// unselectable names the share of unselectable keys of a layer in the metrics,
// as attention gets them; unselectableHeads that of its heads, on average.
func unselectable(layer int) string      { return fmt.Sprintf("unselectable_layer_%d", layer+1) }
func unselectableHeads(layer int) string { return fmt.Sprintf("unselectable_heads_layer_%d", layer+1) }

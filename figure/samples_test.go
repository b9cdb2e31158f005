package figure_test

import (
	"flag"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"keyhull/experiment"
	"keyhull/figure"
)

var pictures = flag.String("pictures", "", "write the samples' figures to this folder, to look at them")
var update = flag.Bool("update", false, "write the golden files of charts")

// shape is how a made-up loss falls: from ln 20 to its end, half-way at a step.
type shape struct {
	norm, label string
	half, end   float64
}

var shapes = map[string]shape{
	"layernorm":       {"layernorm", "with projection (layernorm)", 700, 0.14},
	"scale":           {"scale", "without projection, norm √d", 680, 0.1},
	"layernorm-small": {"layernorm-small", "with projection, norm 1/√d", 2200, 0.16},
	"scale-published": {"scale-published", "without projection (scale-published)", 2700, 0.16},
	"none":            {"none", "no norm", 800, 0.1},
}

func (s shape) loss(step int, rng *rand.Rand) float64 {
	return s.end + (math.Log(20)-s.end)/(1+math.Pow(float64(step)/s.half, 1.6)) + .01*s.end*rng.NormFloat64()
}

// variant makes curves that are plausible, and invented.
func variant(name string, seeds, steps, every int, of func(shape, int, *rand.Rand) float64) experiment.Variant {
	v := experiment.Variant{Norm: name, Label: shapes[name].label}
	for seed := range seeds {
		rng := rand.New(rand.NewPCG(uint64(seed), 1))
		s := shapes[name]
		s.half *= math.Exp(.12 * rng.NormFloat64())
		c := experiment.SeedCurve{Seed: uint64(seed)}
		for step := 0; step <= steps; step += every {
			c.Steps, c.Values = append(c.Steps, step), append(c.Values, of(s, step, rng))
		}
		v.Seeds = append(v.Seeds, c)
	}
	return v
}

func lossOf(s shape, step int, rng *rand.Rand) float64 { return s.loss(step, rng) }

func accuracyOf(s shape, step int, rng *rand.Rand) float64 {
	return 1 - .29*s.loss(step, rng)
}

func angleOf(s shape, step int, rng *rand.Rand) float64 {
	if s.norm == "layernorm" {
		return 11 + 60*math.Exp(-float64(step)/3500) + rng.NormFloat64()
	}
	return 76 + 8*(1-math.Exp(-float64(step)/4000)) + rng.NormFloat64()
}

func pair(seeds, steps, every int, of func(shape, int, *rand.Rand) float64) []experiment.Variant {
	return []experiment.Variant{variant("layernorm", seeds, steps, every, of), variant("scale-published", seeds, steps, every, of)}
}

func marks(step int, with, without float64) []experiment.Mark {
	return []experiment.Mark{{Norm: "layernorm", Step: step, Value: with}, {Norm: "scale-published", Step: step, Value: without}}
}

// vectors makes keys of one length and queries: projected ones near the line
// of 1, others anywhere.
func vectors(classes, d int, projected bool) (keys, queries [][]float64) {
	rng := rand.New(rand.NewPCG(7, 7))
	draw := func() []float64 {
		v := make([]float64, d)
		for i := range v {
			v[i] = rng.NormFloat64()
		}
		return v
	}
	for range classes {
		k, q := draw(), draw()
		size := 1 / math.Sqrt(float64(d))
		if projected {
			mean := 0.0
			for _, x := range k {
				mean += x / float64(d)
			}
			side := math.Copysign(5, rng.NormFloat64())
			for i := range k {
				k[i], q[i] = k[i]-mean, .08*q[i]+side/2
			}
			size = 1 / size
		}
		norm := 0.0
		for _, x := range k {
			norm += x * x
		}
		for i := range k {
			k[i] *= size / math.Sqrt(norm)
		}
		keys, queries = append(keys, k), append(queries, q)
	}
	return keys, queries
}

func scatterOf(classes int, norm string) *experiment.Scatter {
	s := &experiment.Scatter{Title: "Majority, d = 3, without projection", Norm: norm}
	if norm == "layernorm" {
		s.Title = "Majority, d = 3, with projection"
	}
	keys, queries := vectors(classes, 3, norm == "layernorm")
	for c := range keys {
		s.Keys, s.Queries = append(s.Keys, [3]float64(keys[c])), append(s.Queries, [3]float64(queries[c]))
	}
	return s
}

func attentionOf(classes int, norm, label string) experiment.Attention {
	keys, queries := vectors(classes, 8, norm == "layernorm")
	if norm != "layernorm" {
		for _, q := range queries {
			for i := range q {
				q[i] = q[i]*3 + 1
			}
		}
	}
	return experiment.NewAttention(norm, label, keys, queries)
}

// samples returns data of every kind in a size.
func samples(seeds, steps, every, classes int) map[string]figure.Data {
	c := experiment.Control{Threshold: .3, Loss: experiment.Curves{Title: "Projection and scale apart: majority, mean of the seeds", Quantity: "training loss", Unit: "nats", Log: true}}
	for _, name := range []string{"layernorm", "scale", "layernorm-small", "scale-published", "none"} {
		c.Loss.Variants = append(c.Loss.Variants, variant(name, seeds, steps, every, lossOf))
	}
	return map[string]figure.Data{
		"fig1a": scatterOf(classes/2, "scale-published"),
		"fig1b": scatterOf(classes/2, "layernorm"),
		"fig2a": &experiment.Curves{Title: "Majority: training loss", Quantity: "training loss", Unit: "nats", Log: true,
			Variants: pair(seeds, steps, every, lossOf), Paper: marks(5000, .2, .42)},
		"fig2b": &experiment.Curves{Title: "Majority: angle of the queries to 1 = [1, …, 1]", Quantity: "mean angle", Unit: "degrees", Range: [2]float64{0, 90},
			Variants: pair(seeds, steps, every, angleOf), Paper: marks(17000, 11, 83)},
		"fig3": &experiment.Curves{Title: "Majority: test accuracy", Quantity: "test accuracy", Unit: "share of tokens",
			Variants: pair(seeds, steps, every, accuracyOf), Paper: marks(5000, .93, .85)},
		"control-projection": &c,
		"mechanism": &experiment.Mechanism{Title: "How the classes attend after training", Models: []experiment.Attention{
			attentionOf(classes, "scale-published", "without projection (scale-published)"), attentionOf(classes, "layernorm", "with projection (layernorm)")}},
	}
}

// lmLosses makes losses of a language model: down from ln 50257 to about 7.3.
func lmLosses(seeds, steps, every int) (list []experiment.Variant) {
	ends := map[string]float64{"layernorm": 7.28, "project": 7.34, "project-times": 7.29, "project-learned": 7.3}
	labels := map[string]string{"layernorm": "with scaling (LayerNorm)", "project": "without scaling (projection alone)",
		"project-times": "projection × a constant", "project-learned": "projection × a learned scalar"}
	for _, name := range []string{"layernorm", "project", "project-times", "project-learned"} {
		v := experiment.Variant{Norm: name, Label: labels[name]}
		for seed := range seeds {
			rng := rand.New(rand.NewPCG(uint64(seed), 3))
			c := experiment.SeedCurve{Seed: uint64(seed)}
			for step := 0; step <= steps; step += every {
				fall := 3.5 * math.Pow(1+float64(step)/float64(max(steps, 1))*60, -.8)
				c.Steps, c.Values = append(c.Steps, step), append(c.Values, ends[name]-.13+fall+.01*rng.NormFloat64())
			}
			v.Seeds = append(v.Seeds, c)
		}
		list = append(list, v)
	}
	return list
}

// shareAt is an interval about a share of keys.
func shareAt(share float64) experiment.Interval {
	return experiment.Interval{Value: share, Low: max(0, share-.02), High: min(1, share+.02)}
}

func sharesOf(norm, label string, layers int, paper []float64, shares ...float64) experiment.LayerSeries {
	s := experiment.LayerSeries{Norm: norm, Label: label, Over: 3, Paper: paper}
	for _, x := range shares[:layers] {
		s.Values = append(s.Values, shareAt(x))
	}
	return s
}

// headsOf makes a result of layers and heads with shares about the one given.
func headsOf(layers, heads int, share float64) experiment.TrainedHeads {
	rng := rand.New(rand.NewPCG(uint64(layers), 5))
	t := experiment.TrainedHeads{Norm: "layernorm", Label: "with scaling (LayerNorm)"}
	for l := range layers {
		var all, masked []experiment.Interval
		for range heads {
			x := share + (1-share)*rng.Float64()
			all, masked = append(all, shareAt(x)), append(masked, shareAt(.97*x))
		}
		t.All, t.Masked = append(t.All, all), append(t.Masked, masked)
		s := experiment.SurvivalCurve{Label: "layer " + string(rune('1'+l))}
		for d := 0; d < 1<<(2*layers); d = max(1, 2*d) {
			s.Distances = append(s.Distances, d)
			s.Shares = append(s.Shares, shareAt(.3/(1+float64(d)/float64(10+10*l))+.02))
		}
		t.Survival = append(t.Survival, s)
	}
	return t
}

// lmSamples returns made-up data of language models of up to 4 layers.
func lmSamples(seeds, steps, every, layers int) map[string]figure.Data {
	all := lmLosses(seeds, steps, every)
	names := []string{"layer 1", "layer 2", "layer 3", "layer 4"}[:layers]
	without, with := []float64{.51, .322, .347, .368}[:layers], []float64{0, 0, 0, 0}[:layers]
	paper := []experiment.Mark{{Norm: "layernorm", Step: 50000, Value: 7.28}, {Norm: "project", Step: 50000, Value: 7.33}}
	ambient := sharesOf("project", "without scaling, rounding counted as a dimension", layers, nil, .41, .3, .312, .334)
	ambient.Second = true
	shares := experiment.LayerShares{Title: "Unselectable keys just before attention, SQuAD", Layers: names, Series: []experiment.LayerSeries{
		sharesOf("project", "without scaling", layers, without, .53, .41, .402, .384), ambient, sharesOf("layernorm", "with scaling", layers, with, 0, 0, 0, 0)}}
	return map[string]figure.Data{
		"fig4a": &experiment.Fig4Result{Curves: experiment.Curves{Title: "Language model: training loss", Quantity: "training loss", Unit: "nats a token", Variants: all[:2], Paper: paper}},
		"control-scaling": &experiment.ControlScalingResult{Loss: experiment.Curves{Title: "Scaling with magnitude held fixed", Quantity: "test loss", Unit: "nats a token", Variants: all},
			Shares: &experiment.LayerShares{Title: "Unselectable keys after training", Layers: names, Series: []experiment.LayerSeries{
				sharesOf("layernorm", "with", layers, nil, 0, 0, 0, 0), sharesOf("project", "without", layers, nil, .5, .4, .3, .2),
				sharesOf("project-times", "constant", layers, nil, .4, .4, .3, .3), sharesOf("project-learned", "scalar", layers, nil, .3, .4, .5, .6)}}},
		"table1":        &experiment.TableResult{Shares: shares},
		"heads-trained": &experiment.HeadsTrainedResult{Variants: []experiment.TrainedHeads{headsOf(layers, layers, .9), headsOf(layers, layers, .5)}},
	}
}

// TestPictures writes what people should look at, where asked to.
func TestPictures(t *testing.T) {
	if *pictures == "" {
		t.Skip("without -pictures DIR")
	}
	all := samples(10, 17000, 100, 20)
	maps.Copy(all, lmSamples(3, 50000, 500, 4))
	for name, data := range all {
		for _, format := range figure.Formats {
			if err := os.WriteFile(filepath.Join(*pictures, name+"."+format), drawn(t, data, format), 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
}

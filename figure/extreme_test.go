package figure_test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"math"
	"reflect"
	"strings"
	"testing"

	"keyhull/experiment"
	"keyhull/figure"
)

// extremes are data at the ends of what can be drawn.
func extremes() map[string]figure.Data {
	curves := func(c experiment.Curves, seeds ...experiment.SeedCurve) *experiment.Curves {
		c.Quantity, c.Variants = "loss", []experiment.Variant{{Norm: "dyt", Label: "dyt", Seeds: seeds}}
		return &c
	}
	constant := experiment.SeedCurve{Steps: []int{0, 10, 20}, Values: []float64{2, 2, 2}}
	point := experiment.SeedCurve{Steps: []int{0}, Values: []float64{0}}
	huge := experiment.SeedCurve{Steps: []int{0, 1 << 30}, Values: []float64{1e-100, 1e100}}
	list := map[string]figure.Data{
		"constant":      curves(experiment.Curves{}, constant),
		"constant, log": curves(experiment.Curves{Log: true}, constant, constant),
		"one point":     curves(experiment.Curves{}, point),
		"huge":          curves(experiment.Curves{Log: true}, huge),
		"huge, linear":  curves(experiment.Curves{}, huge),
		"two far seeds": curves(experiment.Curves{Log: true}, constant, experiment.SeedCurve{Steps: []int{0, 20}, Values: []float64{1, 900}}),
		"no mean":       curves(experiment.Curves{}, constant, experiment.SeedCurve{Steps: []int{5}, Values: []float64{1}}),
		"an empty seed": curves(experiment.Curves{}, constant, experiment.SeedCurve{}),
		"outside":       curves(experiment.Curves{Range: [2]float64{0, 1}, Paper: []experiment.Mark{{Norm: "dyt", Step: 3, Value: 7}}}, constant),
		"zero vectors":  &experiment.Scatter{Keys: make([][3]float64, 30), Queries: make([][3]float64, 30)},
		"one class":     &experiment.Mechanism{Models: []experiment.Attention{experiment.NewAttention("none", "", [][]float64{{0}}, [][]float64{{0}})}},
		"never":         &experiment.Control{Threshold: .1, Loss: *curves(experiment.Curves{}, constant, constant)},
		"an empty run":  &experiment.Control{Threshold: 2, Loss: *curves(experiment.Curves{}, constant, experiment.SeedCurve{})},
	}
	one, two := samples(1, 0, 1, 4), samples(2, 30, 10, 2)
	maps.Copy(one, lmSamples(1, 0, 1, 1))
	maps.Copy(two, lmSamples(2, 30, 10, 2))
	for name, data := range one {
		list[name+" of one point"] = data
	}
	for name, data := range two {
		list[name+" of two seeds"] = data
	}
	return list
}

func TestExtremes(t *testing.T) {
	for name, data := range extremes() {
		for _, format := range figure.Formats {
			first := drawn(t, data, format)
			if !bytes.Equal(first, drawn(t, data, format)) {
				t.Errorf("%s: two %s files of the same data differ", name, format)
			}
			check[format](t, name, first)
		}
	}
}

func TestRefused(t *testing.T) {
	c := samples(1, 0, 1, 2)["fig2a"].(*experiment.Curves)
	c.Variants[0].Seeds[0].Values[0] = math.NaN()
	for _, format := range figure.Formats {
		if err := figure.Of(c).Write(io.Discard, format); err == nil || !strings.Contains(err.Error(), "NaN") {
			t.Errorf("%s: %v", format, err)
		}
	}
	if _, err := figure.Chart(c, true); err == nil {
		t.Error("chart: NaN is drawn")
	}
}

// TestEveryNumberIsInTheTable changes numbers one by one: what changes the
// figure has to change the table.
func TestEveryNumberIsInTheTable(t *testing.T) {
	all := samples(2, 60, 20, 4)
	maps.Copy(all, lmSamples(2, 60, 20, 2))
	for name, data := range all {
		moved := 0
		table, svg := tableOf(t, data), drawn(t, data, "svg")
		for i := 0; ; i++ {
			changed, path := altered(t, data, i)
			if changed == nil {
				break
			}
			if strings.Contains(path, "range") || bytes.Equal(svg, drawn(t, changed, "svg")) {
				continue
			}
			if moved++; tableOf(t, changed) == table {
				t.Errorf("%s: %s is drawn but in no table", name, path)
			}
		}
		if moved < 10 {
			t.Errorf("%s: only %d numbers are drawn", name, moved)
		}
	}
}

func tableOf(t *testing.T, data figure.Data) string {
	t.Helper()
	var b strings.Builder
	if err := data.Table().Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// altered returns a copy of data with its i-th number changed, and where that
// is; nil after the last.
func altered(t *testing.T, data figure.Data, i int) (figure.Data, string) {
	t.Helper()
	raw, err := json.Marshal(data)
	if err != nil {
		t.Fatal(err)
	}
	var tree any
	if err := json.Unmarshal(raw, &tree); err != nil {
		t.Fatal(err)
	}
	path := change(&tree, &i, "")
	if path == "" {
		return nil, ""
	}
	if raw, err = json.Marshal(tree); err != nil {
		t.Fatal(err)
	}
	fresh := reflect.New(reflect.TypeOf(data).Elem())
	if err := json.Unmarshal(raw, fresh.Interface()); err != nil {
		t.Fatal(err)
	}
	return fresh.Interface().(figure.Data), path
}

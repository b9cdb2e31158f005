package nn

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"keyhull/norm"
	"keyhull/weights"
)

// parityFiles runs a subtest for each file of reference states that matches
// pattern, in the folder that KEYHULL_PARITY names from the repository's root.
func parityFiles(t *testing.T, pattern string, run func(t *testing.T, g golden)) {
	dir := "../shared/parity"
	if set := os.Getenv("KEYHULL_PARITY"); set != "" {
		dir = set
	}
	if !filepath.IsAbs(dir) {
		dir = filepath.Join("..", dir)
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no reference states: %v", err)
	}
	files, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil || len(files) == 0 {
		t.Skipf("no reference states %s in %s", pattern, dir)
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			file, err := weights.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			run(t, golden{t, file})
		})
	}
}

// golden is a file of reference states. Its methods end the test where a
// tensor cannot be read.
type golden struct {
	t    *testing.T
	file *weights.File
}

func (g golden) array(name string) *weights.Array {
	g.t.Helper()
	a, err := g.file.Array(name)
	if err != nil {
		g.t.Fatal(err)
	}
	return a
}

func (g golden) values(name string) []float64 {
	g.t.Helper()
	return g.array(name).Float64()
}

func (g golden) ints(name string) []int {
	g.t.Helper()
	var out []int
	for _, v := range g.values(name) {
		out = append(out, int(v))
	}
	return out
}

// setTensors sets tensors to the values of prefix+name.
func setTensors[T norm.Float](g golden, prefix string, tensors []Tensor[T]) {
	g.t.Helper()
	for _, tensor := range tensors {
		for i, v := range g.values(prefix + tensor.Name) {
			tensor.Data[i] = T(v)
		}
	}
}

// takeSteps takes the steps of a reference curve with AdamW, by the file's
// settings; loss returns that of a step's batch and sets grads.
func takeSteps(g golden, p, grads []float32, trained []Span, loss func(step, steps int) float64) (losses, norms []float64) {
	set, steps := g.values("settings"), len(g.values("curve"))
	adam := NewAdamW[float32](len(p), trained, set[2])
	for step := range steps {
		losses = append(losses, loss(step, steps))
		norms = append(norms, ClipNorm(grads, adam.Spans, set[3]))
		adam.Step(p, grads, LinearWarmup(set[0], step, int(set[1]), steps))
	}
	if steps < 200 {
		g.t.Errorf("%d losses", steps)
	}
	return losses, norms
}

// majority is a golden of the majority model.
type majorityGolden struct {
	golden
	shape          Majority
	length         int
	tokens, labels []int // (batch,length), (batch)
}

func readMajority(g golden) majorityGolden {
	emb, tokens := g.array("w.emb.weight").Shape, g.array("X").Shape
	m := majorityGolden{golden: g, length: tokens[1], tokens: g.ints("X"), labels: g.ints("y")}
	m.shape = Majority{Classes: emb[0], Dim: emb[1], Hidden: g.array("w.linear1.weight").Shape[0]}
	_, variant, _ := strings.Cut(filepath.Base(g.file.Path), "majority_")
	variant, _, _ = strings.Cut(variant, "_seed")
	kind, known := map[string]norm.Kind{"WITH_PROJ": norm.LayerNorm, "WITHOUT_PROJ": norm.ScalePublished, "NONE": norm.None}[variant]
	if !known {
		g.t.Fatalf("unknown variant %s", variant)
	}
	m.shape.Norm = kind
	return m
}

// goldenParams reads the tensors prefix+name.
func goldenParams[T norm.Float](m majorityGolden, prefix string) *MajorityParams[T] {
	m.t.Helper()
	p := NewMajorityParams[T](m.shape)
	setTensors(m.golden, prefix, p.Tensors())
	return p
}

// lossAndGradient returns a batch's loss, and writes its gradients.
type lossAndGradient[T norm.Float] func(p, grads *MajorityParams[T]) (loss float64)

// checkGradient holds the loss and every gradient against those in float64.
func checkGradient[T norm.Float](m majorityGolden, f lossAndGradient[T], tolerance float64) {
	m.t.Helper()
	p := goldenParams[T](m, "w.")
	grads := NewMajorityParams[T](m.shape)
	near(m.t, "loss", []float64{f(p, grads)}, m.values("loss64"), tolerance)
	for _, tensor := range grads.Tensors() {
		near(m.t, "gradient of "+tensor.Name, wide(tensor.Data), m.values("grad64."+tensor.Name), tolerance)
	}
}

// checkAdam takes three steps of each schedule.
func checkAdam(m majorityGolden, f lossAndGradient[float32]) {
	m.t.Helper()
	for _, total := range []int{10, 140_000} {
		prefix := fmt.Sprintf("adam3.total%d.", total)
		p, grads := goldenParams[float32](m, "w."), NewMajorityParams[float32](m.shape)
		adam := NewAdam[float32](len(p.Flat))
		for step, want := range m.values(prefix + "losses") {
			near(m.t, fmt.Sprint(prefix, "loss of step ", step), []float64{f(p, grads)}, []float64{want}, 2e-6)
			adam.Step(p.Flat, grads.Flat, LinearDecay(1e-3, step, total))
		}
		for _, tensor := range p.Tensors() {
			within(m.t, prefix+tensor.Name, wide(tensor.Data), m.values(prefix+tensor.Name), 5e-6)
		}
	}
}

// near fails where got is farther from want than tolerance times the largest
// number of want.
func near(t testing.TB, what string, got, want []float64, tolerance float64) {
	t.Helper()
	within(t, what, got, want, tolerance*largest(want))
}

// largest returns the largest absolute value of x.
func largest(x []float64) (top float64) {
	for _, v := range x {
		top = max(top, math.Abs(v))
	}
	return top
}

// within fails where got is farther from want than tolerance.
func within(t testing.TB, what string, got, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) || len(want) == 0 {
		t.Fatalf("%s: %d numbers, want %d", what, len(got), len(want))
	}
	worst, at := -1.0, 0
	for i := range want {
		if diff := math.Abs(got[i] - want[i]); !(diff <= worst) {
			worst, at = diff, i
		}
	}
	t.Logf("%s: off by %.2g, allowed %.2g", what, worst, tolerance)
	if !(worst <= tolerance) {
		t.Errorf("%s[%d] is %v, want %v: off by %.2g, more than %.2g", what, at, got[at], want[at], worst, tolerance)
	}
}

func wide[T norm.Float](x []T) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = float64(v)
	}
	return out
}

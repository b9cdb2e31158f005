package nn

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"keyhull/text"
	"keyhull/weights"
)

// wordPiece reads a model's vocabulary.
func wordPiece(t *testing.T, dir string) *text.WordPiece {
	t.Helper()
	w, err := text.ReadWordPiece(filepath.Join(dir, "vocab.txt"))
	if err != nil {
		t.Skip(err)
	}
	return w
}

func asInts(ids []int32) (out []int) {
	for _, id := range ids {
		out = append(out, int(id))
	}
	return out
}

// TestBERTFillsMask wants the words that a plain forward pass in NumPy fills in.
func TestBERTFillsMask(t *testing.T) {
	dir := filepath.Join(modelsFolder(t), "bert-base")
	w := wordPiece(t, dir)
	m := loaded(t, dir)
	ids := asInts(w.EncodeSentence("The capital of France is .", 100))
	mask := len(ids) - 2
	ids = slices.Insert(ids, mask, 103)
	x, err := m.Run(context.Background(), ids, 2, nil)
	if err != nil {
		t.Fatal(err)
	}
	o, err := m.Output()
	if err != nil {
		t.Fatal(err)
	}
	scores := m.Scores(o, row(x, mask, m.Arch.Dim))
	order := make([]int, len(scores))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return int(math.Copysign(1, float64(scores[b]-scores[a]))) })
	var words []string
	for _, id := range order[:5] {
		words = append(words, w.Token(int32(id)))
	}
	if got := strings.Join(words, " "); got != "paris lille lyon marseille tours" {
		t.Errorf("the capital of France is %s", got)
	}
}

// TestSentenceEmbeddings wants the cosines of three sentences that a plain
// forward pass in NumPy gives: of the vectors of [CLS] or of means over tokens.
func TestSentenceEmbeddings(t *testing.T) {
	sentences := []string{"A man is eating food.", "A man is eating a piece of bread.", "The stock market fell sharply today."}
	for name, want := range map[string]string{"bge-small": "0.842 0.399 0.352", "minilm": "0.755 0.004 0.039"} {
		dir := filepath.Join(modelsFolder(t), name)
		if _, err := os.Stat(dir); err != nil {
			t.Log(err)
			continue
		}
		w, m := wordPiece(t, dir), loaded(t, dir)
		var vectors [][]float64
		for _, s := range sentences {
			ids := asInts(w.EncodeSentence(s, 100))
			x, err := m.Run(context.Background(), ids, 2, nil)
			if err != nil {
				t.Fatal(err)
			}
			v := make([]float64, m.Arch.Dim)
			for i := range ids {
				for j, c := range row(x, i, len(v)) {
					if i == 0 || name == "minilm" {
						v[j] += float64(c)
					}
				}
			}
			vectors = append(vectors, v)
		}
		cosine := func(a, b []float64) float64 { return dot(a, b) / math.Sqrt(dot(a, a)*dot(b, b)) }
		got := fmt.Sprintf("%.3f %.3f %.3f", cosine(vectors[0], vectors[1]), cosine(vectors[0], vectors[2]), cosine(vectors[1], vectors[2]))
		if got != want {
			t.Errorf("%s: cosines %s, want %s", name, got, want)
		}
	}
}

// TestParityNanoSort holds the first block of a trained model of minGPT against
// its authors' activations. Linear weights of the file are (out,in). The file
// lacks the biases of queries, keys and values: in block 0 they are what the
// authors' activations leave after the product, the same for every token.
func TestParityNanoSort(t *testing.T) {
	dir := filepath.Join("..", "..", "shared", "data", "checkpoints")
	c, err := weights.OpenCheckpoint(filepath.Join(dir, "gpt-nano-sort.safetensors"))
	if err != nil {
		t.Skip(err)
	}
	defer c.Close()
	want, err := weights.OpenCheckpoint(filepath.Join(dir, "gpt-nano-sort-t0-partials.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	defer want.Close()
	values := func(name string) []float64 {
		x, err := want.Read(name)
		if err != nil {
			t.Fatal(err)
		}
		return widened(x)
	}
	s := &memorySource{config: decoded(t, `{"model_type":"gpt2","n_embd":48,"n_layer":3,"n_head":3}`), tensors: map[string]Tensor[float32]{}}
	for _, name := range c.Names() {
		x, err := c.Read(name)
		if err != nil {
			t.Fatal(err)
		}
		shape := c.Shape(name)
		if strings.Contains(name, ".c_") && len(shape) == 2 {
			x, shape = transposedRows(x, shape[1]), []int{shape[1], shape[0]}
		}
		s.tensors[name] = Tensor[float32]{Shape: shape, Data: x}
		if bias := strings.Replace(name, ".weight", ".bias", 1); strings.Contains(name, "c_attn") && c.Shape(bias) == nil {
			s.tensors[bias] = Tensor[float32]{Shape: shape[1:], Data: make([]float32, shape[1])}
			if strings.Contains(name, ".h.0.") {
				leftOver(s.tensors[bias].Data, values("qkv"), values("ln1"), x)
			}
		}
	}
	m, err := LoadModel(s)
	if err != nil {
		t.Fatal(err)
	}
	for batch := range 3 {
		part := func(name string) []float64 { x := values(name); return row(x, batch, len(x)/3) }
		var ids []int
		for _, id := range part("idx") {
			ids = append(ids, int(id))
		}
		got, err := capture(m, ids, 1)
		if err != nil {
			t.Fatal(err)
		}
		for name, x := range map[string][]float32{"x": got.before[0], "ln1": got.after[0], "q": got.queries[0], "k": got.keys[0],
			"block0": got.before[1]} {
			if far := farthest(t, x, part(name)); !(far <= 1e-5) {
				t.Errorf("input %d: %s differs by %.2g", batch, name, far)
			}
		}
	}
}

// transposedRows returns the transpose of a matrix of d columns.
func transposedRows(x []float32, d int) []float32 {
	y := make([]float32, len(x))
	for i, v := range x {
		y[i%d*(len(x)/d)+i/d] = v
	}
	return y
}

// leftOver sets bias to the mean over rows of y − x·w, w (ins,outs).
func leftOver(bias []float32, y, x []float64, w []float32) {
	outs := len(bias)
	n := len(y) / outs
	ins := len(x) / n
	for o := range bias {
		sum := 0.0
		for i := range n {
			sum += y[i*outs+o]
			for j := range ins {
				sum -= x[i*ins+j] * float64(w[j*outs+o])
			}
		}
		bias[o] = float32(sum / float64(n))
	}
}

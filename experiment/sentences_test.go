package experiment

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"keyhull/nn"
	"keyhull/norm"
	"keyhull/run"
	"keyhull/weights"
)

// sentimentWords decide the label of a made-up sentence: the first half are
// positive.
var sentimentWords = strings.Fields("fine good great bad dull poor")

const plainWords = "the a film plot cast and with of"

// writeSST2 writes a folder with made-up sentences in SST-2's form and a
// vocabulary for them. GLUE's test set has no labels.
func writeSST2(t testing.TB) (dir string) {
	t.Helper()
	dir = t.TempDir()
	vocab := strings.Join(append(strings.Fields("[PAD] [UNK] [CLS] [SEP] "+plainWords), sentimentWords...), "\n")
	files := map[string]string{"tokenizers/bert-little-vocab.txt": vocab + "\n"}
	for split, n := range map[string]int{"train": 200, "dev": 50, "test": 2000} {
		rng := rand.New(rand.NewPCG(1, uint64(n)))
		text := map[bool]string{true: "index\tsentence\n", false: "sentence\tlabel\n"}[split == "test"]
		for range n {
			text += madeUpSentence(rng, split == "test")
		}
		files["sst2/"+split+".tsv"] = text
	}
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o777), os.WriteFile(path, []byte(text), 0o666)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func madeUpSentence(rng *rand.Rand, unlabelled bool) string {
	plain, which := strings.Fields(plainWords), rng.IntN(len(sentimentWords))
	var words []string
	for range 2 + rng.IntN(6) {
		words = append(words, plain[rng.IntN(len(plain))])
	}
	words = slices.Insert(words, rng.IntN(len(words)+1), sentimentWords[which])
	sentence := strings.Join(words, " ")
	switch {
	case unlabelled:
		return "7\t" + sentence + "\n"
	case which < len(sentimentWords)/2:
		return sentence + "\t1\n"
	}
	return sentence + "\t0\n"
}

// littleSentences is a training of moments, and its data.
func littleSentences(t testing.TB, at norm.Kind) (Sentences, SentenceData) {
	t.Helper()
	c := PaperSentences().WithNorm(at, 0)
	c.Model.Positions, c.Model.Layers, c.Model.Heads, c.Model.Hidden = 9, 2, 2, 16
	c.Batch, c.Steps, c.Rate, c.Warmup, c.Every, c.Decay = 16, 60, 1e-2, 2, 7, 0.01
	data, err := OpenSST2(writeSST2(t), c.Model.Positions)
	if err != nil {
		t.Fatal(err)
	}
	c.Model.Vocab, c.Text = data.Vocab, data.ID
	return c, data
}

func TestOpenSST2(t *testing.T) {
	_, d := littleSentences(t, norm.None)
	if d.Vocab != 18 || len(d.Train.Tokens) != 200 || len(d.Test.Tokens) != 50 || d.ID.Blocks != 200 || d.ID.Train == d.ID.Test {
		t.Errorf("%d pieces, %d and %d sentences, %+v", d.Vocab, len(d.Train.Tokens), len(d.Test.Tokens), d.ID)
	}
	longest := 0
	for _, s := range d.Train.Tokens {
		longest = max(longest, len(s))
		if s[0] != 2 || s[len(s)-1] != 3 || slices.Contains(s, 1) {
			t.Errorf("%v", s)
		}
	}
	if longest != 9 {
		t.Errorf("cut at %d", longest)
	}
}

func TestSentencesLearn(t *testing.T) {
	for _, kind := range []norm.Kind{norm.None, norm.LayerNorm, norm.RMSNorm, norm.DyT, norm.Project, nn.ProjectTimes, nn.ProjectLearned} {
		c, data := littleSentences(t, kind)
		c.Steps = 200
		r, err := c.TrainSeed(t.Context(), data, nil, "", 1, 1, nil, nil)
		if err != nil {
			t.Fatal(kind, err)
		}
		loss, accuracy := r.Curves["test_loss"], r.Curves["test_accuracy"]
		if first, last := loss.Values[0], loss.At(c.Steps); math.Abs(first-math.Ln2) > 0.1 || !(last < first/2) || !(accuracy.At(c.Steps) > 0.8) {
			t.Errorf("%s: test loss from %.3f to %.3f, accuracy %.3f", kind, first, last, accuracy.At(c.Steps))
		}
		if got := r.Curves["train_loss"].Steps[0]; got != c.Every || loss.Steps[0] != 0 || r.Last["test_loss"] != loss.At(c.Steps) {
			t.Errorf("measured at %v, training first at %d", loss.Steps, got)
		}
		if list := (SentenceRuns{c, []SentenceRun{r}}).Summary(); len(list) != 4 || list[3].Ours.Value != accuracy.At(c.Steps) {
			t.Errorf("%+v", list)
		}
	}
}

// TestProjectTimesBeginsAsLayerNorm: at the start states have LayerNorm's length
// at the embeddings and behind every layer.
func TestProjectTimesBeginsAsLayerNorm(t *testing.T) {
	for _, kind := range []norm.Kind{nn.ProjectTimes, nn.ProjectLearned, norm.LayerNorm} {
		c, data := littleSentences(t, kind)
		c.Model.Dim = 64
		p := nn.NewBertParams[float64](c.Model)
		p.Init(1)
		model := nn.BertTokens[float64]{Params: p}
		var batch [][]int
		for _, s := range data.Train.Tokens {
			batch = append(batch, nil)
			for _, id := range s {
				batch[len(batch)-1] = append(batch[len(batch)-1], int(id))
			}
		}
		model.Forward(batch, make([]int, len(batch)))
		for i, hidden := range model.Hidden {
			squares := 0.0
			for _, v := range hidden {
				squares += v * v
			}
			if length := math.Sqrt(squares / float64(len(hidden))); math.Abs(length-1) > 0.1 {
				t.Errorf("%s: states %d have %.3f of LayerNorm's length", kind, i, length)
			}
		}
	}
	c, _ := littleSentences(t, norm.None)
	if m := c.WithNorm(nn.ProjectTimes, 3).Model; m.EmbeddingNorm.Times != 3 || m.OutputNorm.Times != 1 {
		t.Errorf("%+v", m)
	}
}

// trainSentences trains a seed in a folder; see trainLanguage.
func trainSentences(t *testing.T, dir string, at []int, workers int) SentenceRun {
	t.Helper()
	c, data := littleSentences(t, norm.None)
	folder, err := OpenSentenceFolder(dir, c, "kernels")
	if err != nil {
		t.Fatal(err)
	}
	quiet := func(text string) { t.Error("warning:", text) }
	for _, stop := range at {
		_, err := c.TrainSeed(&stopping{context.Background(), stop}, data, folder, dir, 3, workers, nil, quiet)
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("stopped at %d: %v", stop, err)
		}
	}
	r, err := c.TrainSeed(t.Context(), data, folder, dir, 3, workers, nil, quiet)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestSentencesAfterInterruptions(t *testing.T) {
	whole, parts := t.TempDir(), t.TempDir()
	a := trainSentences(t, whole, nil, 1)
	b := trainSentences(t, parts, []int{0, 3, 7, 8, 20, 13}, 3)
	if !reflect.DeepEqual(a, b) {
		t.Error("an interrupted run ended elsewhere")
	}
	if files := sameFiles(t, whole, parts); files != 8 {
		t.Errorf("%d files", files)
	}
	if c := trainSentences(t, parts, nil, 1); !reflect.DeepEqual(a, c) {
		t.Error("a finished seed reads otherwise")
	}
	if err := os.Remove(filepath.Join(parts, "seed-3", "result.json")); err != nil { // as if stopped behind the last step
		t.Fatal(err)
	}
	trainSentences(t, parts, nil, 1)
	sameFiles(t, whole, parts)
	c, data := littleSentences(t, norm.None)
	folder, err := OpenSentenceFolder(whole, c, "kernels")
	if err != nil {
		t.Fatal(err)
	}
	other := c.Model
	other.Hidden = 3
	err = nn.WriteBert(filepath.Join(whole, "seed-3", "model"), nn.NewBertParams[float32](other))
	if err == nil {
		_, err = c.TrainSeed(t.Context(), data, folder, whole, 3, 1, nil, nil)
	}
	if err == nil || !strings.Contains(err.Error(), "is not the model that was trained here") {
		t.Errorf("%v", err)
	}
	c.Text.Train = "another"
	if _, err := OpenSentenceFolder(whole, c, "kernels"); err == nil || !strings.Contains(err.Error(), "text.train_sha256 is") {
		t.Errorf("%v", err)
	}
}

func TestSentencesDiverge(t *testing.T) {
	c, data := littleSentences(t, norm.None)
	c.Model.Layers, c.Rate, c.Clip, c.Every = 16, 1, 0, 1
	dir := t.TempDir()
	folder, err := OpenSentenceFolder(dir, c, "kernels")
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.TrainSeed(t.Context(), data, folder, dir, 1, 2, nil, func(text string) { t.Error(text) })
	if e := (*weights.Error)(nil); !errors.As(err, &e) || e.Hint != "a lower learning rate may help" || !strings.Contains(e.Msg, "loss is NaN at step ") {
		t.Errorf("%v", err)
	}
	if kept, _ := filepath.Glob(filepath.Join(dir, "seed-1", "checkpoints", "step-*")); len(kept) == 0 {
		t.Error("no checkpoint is left")
	}
}

func TestSentencesRefuse(t *testing.T) {
	for want, change := range map[string]func(*Sentences){
		"heads 3":                 func(c *Sentences) { c.Model.Heads = 3 },
		"hidden width 1000000000": func(c *Sentences) { c.Model.Hidden = 1e9 },
		"batches of 0 sentences":  func(c *Sentences) { c.Batch = 0 },
		"60 of them to warm up":   func(c *Sentences) { c.Warmup = 60 },
		"measured every 0":        func(c *Sentences) { c.Every = 0 },
		"learning rate 0":         func(c *Sentences) { c.Rate = 0 },
		"has 9 tokens, the model": func(c *Sentences) { c.Model.Positions = 8 },
	} {
		c, data := littleSentences(t, norm.None)
		change(&c)
		if _, err := c.TrainSeed(t.Context(), data, nil, "", 1, 1, nil, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// TestSST2Texts joins sentences, those of a test set without labels too.
func TestSST2Texts(t *testing.T) {
	dir := writeSST2(t)
	texts, err := SST2Texts(dir)(t.Context())
	if err != nil || texts.Name != "SST-2" || len(texts.Tokens) < 10 { // 50 sentences of dev make none
		t.Fatalf("%d texts, %v", len(texts.Tokens), err)
	}
	for _, s := range texts.Tokens {
		if len(s) < 768 || len(s) > 1024 {
			t.Errorf("%d tokens", len(s))
		}
	}
	if err := os.Remove(filepath.Join(dir, "sst2", "test.tsv")); err != nil {
		t.Fatal(err)
	}
	var absence *Absence
	if _, err := SST2Texts(dir)(t.Context()); !errors.As(err, &absence) {
		t.Errorf("%v", err)
	}
}

// TestSentenceSource makes table 4 of BERTs that it trains, and reads them from
// their folder the second time.
func TestSentenceSource(t *testing.T) {
	c, _ := littleSentences(t, norm.None)
	data, pool := writeSST2(t), run.Pool{Workers: 2, Dir: t.TempDir()}
	source := func() *SentenceSource {
		return &SentenceSource{Dir: data, Config: c, Seeds: 2, Warn: func(text string) { t.Error("warning:", text) }}
	}
	runs, err := source().Runs(t.Context(), pool, norm.LayerNorm)
	if err != nil || len(runs) != 2 || runs[1].Seed != 2 || len(runs[0].Sentences) != 50 || !(runs[0].Accuracy > 0) {
		t.Fatalf("%d runs, %v", len(runs), err)
	}
	first, one := result[*TableResult](t, Table4{Source: source().Runs}, pool)
	_, kept := result[*TableResult](t, Table4{Source: source().Runs}, pool)
	_, alone := result[*TableResult](t, Table4{Source: source().Runs}, run.Pool{Workers: 1})
	if one != kept || one != alone || first.Check() != nil || first.Corpus != "SST-2" {
		t.Errorf("%s\n%s\n%s", one, kept, alone)
	}
}

package experiment

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"keyhull/nn"
	"keyhull/norm"
	"keyhull/run"
)

// tinyBerts are untrained models, and made-up sentences of 20 to 40 tokens.
func tinyBerts(seeds ...uint64) BertSource {
	return func(_ context.Context, _ run.Pool, at norm.Kind) (runs []BertRun, err error) {
		place := nn.Place{Kind: at}
		for _, seed := range seeds {
			p := nn.NewBertParams[float32](nn.Bert{Vocab: 60, Positions: 40, Dim: 4, Layers: 2, Heads: 2, Hidden: 8, Labels: 2, Eps: 1e-12,
				EmbeddingNorm: place, AttentionNorm: place, OutputNorm: place})
			p.Init(seed)
			one := BertRun{Seed: seed, Corpus: "made-up sentences", Model: p}
			for i := range 60 {
				rng, tokens := rand.New(rand.NewPCG(9, uint64(i))), make([]int32, 20+i%21)
				for k := range tokens {
					tokens[k] = 1 + rng.Int32N(59)
				}
				one.Sentences = append(one.Sentences, tokens)
			}
			runs = append(runs, one)
		}
		return runs, nil
	}
}

func TestTable4(t *testing.T) {
	r, alone := result[*TableResult](t, Table4{Source: tinyBerts(1, 2)}, run.Pool{Workers: 1})
	_, again := result[*TableResult](t, Table4{Source: tinyBerts(1, 2)}, run.Pool{Dir: t.TempDir(), Workers: 3})
	if alone != again {
		t.Error("the result depends on the number of workers")
	}
	if l := r.Shares.Layers; !slices.Equal(l, []string{"embeddings", "layer 1", "layer 2"}) || len(r.Shares.Series) != 4 || len(r.Models) != 8 || r.Check() != nil {
		t.Fatalf("%v, %d series, %d models, %v", l, len(r.Shares.Series), len(r.Models), r.Check())
	}
	s := r.Shares.Series
	for i := range s[0].Values {
		if !(s[1].Values[i].Value > s[0].Values[i].Value && s[0].Values[i].Value > 0) || s[2].Values[i].Value > .01 {
			t.Errorf("layer %d: %+v", i, s)
		}
	}
	if f := r.Finding(); f.Verdict != Reproduced || !strings.Contains(f.Note, "over 2 seeds") {
		t.Errorf("%+v", f)
	}
	at := KeyPlace{Layer: 2, Head: 1, Stage: StageHead, Reading: Ambient}
	if _, ok := rateAt(r.Models[:1], at); ok {
		t.Error("no head scores what the last layer gives")
	}
	if at.Layer = 1; !func() bool { _, ok := rateAt(r.Models[:1], at); return ok }() {
		t.Error("heads of layer 2 are not looked at")
	}
}

func TestTable4WithoutControl(t *testing.T) {
	source := func(ctx context.Context, pool run.Pool, at norm.Kind) ([]BertRun, error) {
		if at != norm.None {
			return nil, &Absence{"no control"}
		}
		return tinyBerts(1)(ctx, pool, at)
	}
	r, _ := result[*TableResult](t, Table4{Source: source, Most: 5}, run.Pool{})
	if len(r.Shares.Series) != 2 || r.Models[0].Texts != 5 {
		t.Errorf("%d series, %d sentences", len(r.Shares.Series), r.Models[0].Texts)
	}
	var absence *Absence
	if _, err := (Table4{}).Run(t.Context(), run.Pool{}); !errors.As(err, &absence) {
		t.Errorf("%v", err)
	}
}

func TestTogether(t *testing.T) {
	sentence := make([]int32, 400)
	got := together([][]int32{sentence, sentence, sentence, sentence[:368], sentence[:9]})
	if len(got) != 2 || len(got[0]) != 2 || len(got[1]) != 2 {
		t.Errorf("%d groups", len(got))
	}
	if got := together([][]int32{sentence[:9]}); len(got) != 1 {
		t.Errorf("too few sentences: %d groups", len(got))
	}
}

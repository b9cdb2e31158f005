package report_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"keyhull"
	"keyhull/audit"
	"keyhull/report"
)

// madeUp analyzes layers × heads of random keys in the plane, of which most are
// unselectable, under a causal mask if asked for.
func madeUp(t testing.TB, seed uint64, n, layers, heads int, causal bool) *audit.TextResult {
	rng := rand.New(rand.NewPCG(seed, 1))
	r := &audit.TextResult{}
	for i := range n {
		r.IDs = append(r.IDs, (i*7)%n)
	}
	for l := range layers {
		layer := audit.LayerResult{Layer: l}
		for _, name := range []string{audit.BeforeNorm, audit.AfterNorm} {
			s := audit.StageResult{Stage: name}
			if s.Counts.Selectable = n; name == audit.BeforeNorm {
				s.Counts.Interior = l + 1
				s.Counts.Selectable -= l + 1
			}
			layer.Stages = append(layer.Stages, s)
		}
		for h := range heads {
			head := audit.Head{N: n, Width: 2, QueryHeads: 1, Causal: causal, Keys: make([]float32, 2*n), Queries: make([]float32, 2*n)}
			for i := range head.Keys {
				head.Keys[i], head.Queries[i] = float32(rng.NormFloat64()), float32(rng.NormFloat64())
			}
			found, err := audit.Analyze(context.Background(), head, audit.Options{Best: 5})
			if err != nil {
				t.Fatal(err)
			}
			layer.Heads = append(layer.Heads, audit.HeadOf{Head: h, HeadResult: found})
		}
		r.Layers = append(r.Layers, layer)
	}
	return r
}

// hostile are tokens that a page must not take for its own.
var hostile = []string{"</script><script>alert(1)</script>", "<!--", "<img src=x onerror=alert(1)>", "\u2028", `"'&amp;`, "\n", "", "\x00\xff", " the"}

func token(id int) string {
	if id < len(hostile) {
		return hostile[id]
	}
	return fmt.Sprintf("token%d", id)
}

func auditOf(texts []*audit.TextResult) report.Audit {
	var tally audit.Tally
	a := report.Audit{Keyhull: "v1", Command: "keyhull audit '<m>' --text x", Model: "<m>&", Kind: "made <up>", Cut: 3,
		Guarantee: &audit.Guarantee{Layers: audit.Promise{Text: "After <it> all.", Agreement: audit.Agrees}, Heads: audit.Promise{Text: "In <it> none.", Agreement: audit.NoPromise}}, Meaning: "It means <that>.", Compared: &report.Compared{Other: "<other>", Says: "of 9 keys 1 is <lost>", Heads: []audit.Change{{Layer: 3, Head: 4, Keys: 9, Lost: 1, Shift: 0.25}},
			Flips: []report.FlippedKey{{Token: "<img>\n", Flip: audit.Flip{Kind: audit.Lost, Layer: 3, Head: 4, Text: 2, Key: 77, Second: keyhull.Interior, FirstMargin: 0.125}}}, More: 1234}}
	for _, r := range texts {
		tally.Add(r)
		a.Texts.Add(r, token)
		if len(r.Layers[0].Heads) > 0 {
			a.Masked = r.Layers[0].Heads[0].Life != nil
		}
	}
	a.Summary = tally.Summary()
	return a
}

func auditHTML(t *testing.T, a report.Audit) string {
	t.Helper()
	var b bytes.Buffer
	if err := a.WriteHTML(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// pages are those of audits of all kinds.
func pages(t *testing.T) map[string]report.Audit {
	full := []*audit.TextResult{madeUp(t, 1, 40, 3, 2, true), madeUp(t, 2, 50, 3, 2, true)}
	open := []*audit.TextResult{madeUp(t, 3, 30, 2, 2, false)}
	noHeads, noStages := madeUp(t, 4, 30, 2, 0, false), madeUp(t, 5, 30, 2, 1, true)
	for i := range noStages.Layers {
		noStages.Layers[i].Stages = nil
	}
	return map[string]report.Audit{"full": auditOf(full), "open": auditOf(open), "no heads": auditOf([]*audit.TextResult{noHeads}),
		"no stages": auditOf([]*audit.TextResult{noStages}), "one layer": auditOf([]*audit.TextResult{madeUp(t, 6, 20, 1, 1, true)}),
		"one token": auditOf([]*audit.TextResult{madeUp(t, 7, 1, 1, 1, true)})}
}

package report_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"io"
	"math"
	"testing"

	"keyhull/audit"
)

type pageBlock struct {
	Text, Layer int
	Heads       []int
	Data        string
}

// unpacked reads bytes as page/audit.js does.
type unpacked struct {
	left []byte
	n    int
}

func (u *unpacked) take(n int) []byte {
	b := u.left[:n]
	u.left = u.left[n:]
	return b
}

func (u *unpacked) column() []byte { return u.take(u.n) }

func logOf(b byte) float64 {
	if b == 0 {
		return 0
	}
	return math.Pow(10, float64(b-1)*10/254-9)
}

func TestPackedKeys(t *testing.T) {
	texts := []*audit.TextResult{madeUp(t, 1, 300, 2, 2, true), madeUp(t, 2, 300, 2, 2, false)}
	first := make([]audit.Reachable, 300) // of a group of two query heads; the second reaches nothing, but for what is not known
	second := make([]audit.Reachable, 300)
	for i := range first {
		first[i], second[i] = audit.Reachable(i%3), audit.Undecided*audit.Reachable(i%2)
	}
	texts[1].Layers[0].Heads[1].Reach = []audit.Reach{{Keys: first}, {Keys: second}}
	for at, b := range dataOf(t, auditHTML(t, auditOf(texts))).Blocks {
		packed, err := base64.StdEncoding.DecodeString(b.Data)
		if err != nil {
			t.Fatal(err)
		}
		z, err := gzip.NewReader(bytes.NewReader(packed))
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		u := &unpacked{raw, 300}
		if b.Text != at/2 || b.Layer != at%2 {
			t.Fatalf("block %d is of text %d, layer %d", at, b.Text, b.Layer)
		}
		for _, h := range b.Heads {
			checkHead(t, u, texts[b.Text].Layers[b.Layer].Heads[h].HeadResult)
		}
		if len(u.left) > 0 {
			t.Errorf("%d bytes are left", len(u.left))
		}
	}
}

func checkHead(t *testing.T, u *unpacked, r *audit.HeadResult) {
	t.Helper()
	code, margin, mean, most := u.column(), u.column(), u.column(), u.column()
	low, high, death, deathHigh := u.column(), u.column(), u.column(), u.column()
	near := func(got byte, want float64) bool {
		return math.Abs(logOf(got)-want) <= 0.05*want || want < 1e-9
	}
	for i, v := range r.Verdicts {
		died := -1
		if r.Life != nil {
			died = r.Life.Death[i]
		}
		reach := 0
		if r.Reach != nil {
			reach = 1 + int(r.Reachable(i))
		}
		if int(code[i]) != int(v)+4*reach || !near(margin[i], r.RelativeMargins[i]) || !near(mean[i], r.Attained.Mean[i]) || !near(most[i], r.Attained.Max[i]) ||
			int(low[i])+int(high[i])<<8 != r.Attained.Wins[i] || int(death[i])+int(deathHigh[i])<<8 != died+1 {
			t.Errorf("key %d: %d %g %g %g %d %d", i, code[i], logOf(margin[i]), logOf(mean[i]), logOf(most[i]), low[i], death[i])
		}
	}
	for i, v := range r.Verdicts {
		if !v.Unselectable() {
			continue
		}
		count := int(u.take(1)[0])
		if count != len(r.Masks[i]) {
			t.Fatalf("key %d: %d masks, not %d", i, count, len(r.Masks[i]))
		}
		for _, m := range r.Masks[i][:min(count, 4)] {
			b := u.take(3)
			if int(b[0])+int(b[1])<<8 != m.Key || math.Abs(float64(b[2])/255-m.Weight) > 1.0/500 {
				t.Errorf("key %d: mask %v is %v", i, m, b)
			}
		}
	}
}

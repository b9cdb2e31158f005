package audit

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"keyhull"
	"keyhull/cert"
	"keyhull/cert/shortcut"
)

// madeUp is an output layer as real ones are, seeded: coordinates of a falling
// spectrum, mixed by reflections, rows of varying length about a common mean; some
// rows near the mean, some untrained (near copies of each other), some of padding,
// some copies, and some in the middle of two others.
func madeUp(n, d, some int) (o Output) {
	rng := rand.New(rand.NewPCG(uint64(n), uint64(d)))
	w, mean := make([]float32, n*d), make([]float64, d)
	x, mirrors := make([]float64, d), make([][]float64, 4)
	for c := range mean {
		mean[c] = rng.NormFloat64() / 2
	}
	for k := range mirrors {
		size := 0.0
		for range d {
			v := rng.NormFloat64()
			mirrors[k] = append(mirrors[k], v)
			size += v * v
		}
		for c := range mirrors[k] {
			mirrors[k][c] /= math.Sqrt(size)
		}
	}
	for i := range n {
		for c := range x {
			x[c] = rng.NormFloat64() * (math.Pow(float64(c+1), -0.35) + 0.02)
		}
		for _, m := range mirrors {
			dot := 0.0
			for c, v := range x {
				dot += v * m[c]
			}
			for c, v := range m {
				x[c] -= 2 * dot * v
			}
		}
		size := math.Exp(rng.NormFloat64() / 4)
		switch i / some {
		case 0:
			size *= 0.05
		case 1:
			size *= 1e-3
		case 2:
			size = 0
		}
		for c, v := range x {
			w[i*d+c] = float32((mean[c] + v*size) / math.Sqrt(float64(d)))
		}
	}
	for i := range some {
		copy(w[(3*some+i)*d:][:d], w[(n-1-i)*d:])
	}
	return Output{N: n, Dim: d, Weights: w}
}

// mostMemory is the largest resident size so far, where the system says it.
func mostMemory() string {
	status, err := os.ReadFile("/proc/self/status")
	_, after, found := strings.Cut(string(status), "VmHWM:")
	if line, _, _ := strings.Cut(after, "\n"); err == nil && found {
		return strings.TrimSpace(line)
	}
	return "unknown"
}

// TestMadeUpLayers decides made-up layers and proves what was not decided by the
// scan: small ones, or one of the size that KEYHULL_LAYER says, "50000,1024,5".
func TestMadeUpLayers(t *testing.T) {
	if size := os.Getenv("KEYHULL_LAYER"); size != "" {
		var n, d, some int
		if _, err := fmt.Sscanf(size, "%d,%d,%d", &n, &d, &some); err != nil {
			t.Fatal(err)
		}
		layer(t, n, d, some)
		return
	}
	layer(t, 1500, 64, 5)
	layer(t, 4000, 512, 2)
}

func layer(t *testing.T, n, d, some int) {
	o := madeUp(n, d, some)
	start, used, last := time.Now(), processor(), ""
	v, err := Vocab(context.Background(), o, VocabOptions{NoQueries: n*d > 1<<26, Progress: func(stage string, done, total int) {
		if stage != last {
			t.Logf("%s: %d of %d after %.1f s of a processor", stage, done, total, processor()-used)
			last = stage
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d×%d: %+v, %+v: %.1f s of a processor, %v", n, d, v.Counts, v.Rows.Stats, processor()-used, time.Since(start))
	t.Logf("at most so far: %s of memory", mostMemory())
	deep := v.Counts.Interior // all near the mean, or less where rows are few for their width
	if v.Counts.Tied != 2*some || deep > 3*some || deep < 2*some || n >= 20*d && d < 1000 && deep < 3*some || v.Counts.Face != 0 {
		t.Errorf("%+v", v.Counts)
	}
	used = processor()
	rows := make([]float64, n*d)
	for i, x := range o.Weights {
		rows[i] = float64(x)
	}
	keys, err := shortcut.NewKeys(rows, d, "none", "", 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("keys read: %.1f s", processor()-used)
	used = processor()
	for i, k := range v.Rows.Keys {
		switch k.Verdict {
		case keyhull.Interior:
			proved := len(k.Bases) == 1
			if proved && len(k.Bases[0]) > d+1 {
				proved = keys.Around(i, k.Bases[0], k.Weights[0])
			} else {
				proved = proved && len(k.Bases[0]) == d+1 && keys.Inside(i, k.Bases[0])
			}
			if !proved {
				t.Errorf("token %d is not proved", i)
			}
			t.Logf("token %d checked after %.1f s", i, processor()-used)
		case keyhull.Selectable:
			if k.Query != nil && (i < 4*some || i%(n/40) == 0) {
				if tied, higher := keys.Ties(&cert.Query{Float: k.Query}, i, n); len(tied) > 0 || higher >= 0 {
					t.Errorf("token %d does not win", i)
				}
			}
		}
	}
	t.Logf("checked: %.1f s", processor()-used)
}

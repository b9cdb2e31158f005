package nn

import (
	"context"
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"keyhull/internal/vec"
)

// forwardTokens is how many random tokens the forward pass is timed on.
const forwardTokens = 1024

// BenchmarkForward times the forward pass of the model that KEYHULL_FORWARD
// names, to keys and queries of all layers, on all cores: of the fastest run,
// with weights in memory, and of the first, which reads them; and the processor
// time of the run that took least, which other processes disturb less. Peak
// memory is the process's, files that it maps included.
func BenchmarkForward(b *testing.B) {
	path := os.Getenv("KEYHULL_FORWARD")
	if path == "" {
		b.Skip("KEYHULL_FORWARD names no model")
	}
	start := time.Now()
	m := loaded(b, path)
	r, ids := rand.New(rand.NewPCG(1, 1)), make([]int, min(forwardTokens, m.Arch.Context))
	for i := range ids {
		ids[i] = r.IntN(m.Arch.Vocab)
	}
	least := math.Inf(1)
	once := func() time.Duration {
		start, before := time.Now(), processorSeconds()
		if _, err := m.Run(context.Background(), ids, runtime.GOMAXPROCS(0), func(int, *Stage) error { return nil }); err != nil {
			b.Fatal(err)
		}
		least = min(least, processorSeconds()-before)
		return time.Since(start)
	}
	once()
	first, fastest := time.Since(start), time.Hour
	for b.Loop() {
		fastest = min(fastest, once())
	}
	b.ReportMetric(fastest.Seconds(), "s-fastest")
	b.ReportMetric(first.Seconds(), "s-first")
	b.ReportMetric(least, "cpu-s-least")
	b.ReportMetric(peakMiB(), "MiB-peak")
	b.ReportMetric(100*m.operations(len(ids))/fastest.Seconds()/vec.Peak()/float64(runtime.GOMAXPROCS(0)), "%FMA")
}

// processorSeconds is what this process has used of processors.
func processorSeconds() float64 {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
}

// operations counts floating-point operations of products, attention's among
// them as far as the causal mask does not spare them.
func (m *Model) operations(n int) float64 {
	a := m.Arch
	up := 2
	if m.family.gate != "" {
		up = 3
	}
	a1 := float64(a.Dim * (2*a.Heads + 2*a.KVHeads) * a.Width)
	attention := float64(2 * n * a.Heads * a.Width)
	if a.Causal {
		attention /= 2
	}
	return 2 * float64(n*a.Layers) * (a1 + float64(up*a.Dim*m.hidden) + attention)
}

// peakMiB is the largest resident set of this process, 0 where that is unknown.
func peakMiB() float64 {
	text, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kib, _ := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 64)
			return kib / 1024
		}
	}
	return 0
}

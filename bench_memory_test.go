package keyhull_test

import (
	"bytes"
	"os"
	"runtime/debug"
	"strconv"
	"testing"

	"keyhull"
)

// BenchmarkMemory decides 50,257 float32 keys of dimension 768, a vocabulary,
// and reports the most memory it had above the 147 MiB of input. It takes
// minutes:
//
//	go test -run '^$' -bench Memory -benchtime 1x -timeout 1h .
func BenchmarkMemory(b *testing.B) {
	const n, d = 50257, 768
	x := benchGaussian(n, d)
	debug.FreeOSMemory()
	before := resident(b, "VmRSS:")
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil { // resets VmHWM
		b.Skip(err)
	}
	benchDecide(b, keyhull.Float32(x, d), keyhull.Options{Margins: keyhull.MarginNone})
	b.ReportMetric((resident(b, "VmHWM:")-before)/1024, "MiB-above-input")
}

// resident returns a number of KiB that Linux knows about this process.
func resident(b *testing.B, name string) float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Skip(err)
	}
	for line := range bytes.Lines(status) {
		if fields := bytes.Fields(line); len(fields) > 1 && string(fields[0]) == name {
			kib, err := strconv.ParseFloat(string(fields[1]), 64)
			if err != nil {
				b.Fatal(err)
			}
			return kib
		}
	}
	b.Skip("no " + name)
	return 0
}

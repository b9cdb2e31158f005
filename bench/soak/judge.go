//go:build linux

package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// leastTime is how long it takes until growth can be told from getting warm.
const leastTime = 5 * time.Minute

// How much larger the median of the second half may be than that of the first.
const (
	moreMemory      = 16_000 // kB, and a quarter
	moreDescriptors = 10
	moreThreads     = 10
	moreDisk        = 20_000_000 // bytes
	morePeak        = 32_000     // kB, and a half, of the processes of a kind
	leastOfKind     = 8          // processes, to say something about
)

// judge writes the tables and the summary, and reports whether all is well.
func (s *soak) judge() bool {
	s.write()
	var b strings.Builder
	fmt.Fprintf(&b, "%d rounds, %d results, %d processes in %.0f s\n", s.round.Load()-1, s.counts["result"], len(s.took.rows), time.Since(s.began).Seconds())
	for _, kind := range slices.Sorted(maps.Keys(s.counts)) {
		fmt.Fprintf(&b, "  %6d  %s\n", s.counts[kind], kind)
	}
	s.judgeServer(&b)
	s.judgeProcesses(&b)
	fmt.Fprintf(&b, "%d things went wrong\n", s.wrong)
	for _, text := range s.first {
		fmt.Fprintln(&b, text)
	}
	must(os.WriteFile(filepath.Join(s.dir, "summary.txt"), []byte(b.String()), 0o666))
	fmt.Print(b.String())
	return s.wrong == 0
}

// judgeServer holds the second half of the samples against the first, after a tenth
// in which it gets warm.
func (s *soak) judgeServer(b *strings.Builder) {
	list := s.samples[len(s.samples)/10:]
	if len(list) < 10 {
		return
	}
	fmt.Fprintln(b, "medians of the first and the second half, after a tenth of the time, and the slope an hour:")
	for _, of := range []struct {
		name        string
		share, more float64
		value       func(sampled) float64
	}{
		{"server, kB resident", 0.25, moreMemory, func(x sampled) float64 { return float64(x.resident) }},
		{"server, kB of heap and stacks", 0.25, moreMemory, func(x sampled) float64 { return float64(x.anonymous) }},
		{"server, descriptors", 0, moreDescriptors, func(x sampled) float64 { return float64(x.descriptors) }},
		{"server, threads", 0, moreThreads, func(x sampled) float64 { return float64(x.threads) }},
		{"disk, bytes", 0.25, moreDisk, func(x sampled) float64 { return float64(x.disk) }},
	} {
		var at, values []float64
		for _, x := range list {
			at, values = append(at, x.at/3600), append(values, of.value(x))
		}
		half := len(values) / 2
		first, second := median(values[:half]), median(values[half:])
		fmt.Fprintf(b, "  %-30s %10.0f %10.0f  slope %+.0f, most %.0f\n", of.name, first, second, slope(at, values), slices.Max(values))
		if *lasts >= leastTime && second > first*(1+of.share)+of.more {
			s.fail("%s grows: from %.0f to %.0f", of.name, first, second)
		}
	}
	fmt.Fprintf(b, "  half-written files that lay about at the end: %d\n", list[len(list)-1].leftovers)
}

// judgeProcesses does the same with the peaks of each kind of process.
func (s *soak) judgeProcesses(b *strings.Builder) {
	fmt.Fprintln(b, "processes, median of their peaks in kB in the first and the second half, and the most:")
	for _, kind := range s.took.kinds() {
		var peaks []float64
		for _, r := range s.took.rows {
			if r.what == kind {
				peaks = append(peaks, float64(r.peak))
			}
		}
		half := len(peaks) / 2
		first, second := median(peaks[:half]), median(peaks[half:])
		fmt.Fprintf(b, "  %-20s %5d %10.0f %10.0f %10.0f\n", kind, len(peaks), first, second, slices.Max(peaks))
		if len(peaks) >= leastOfKind && second > 1.5*first+morePeak {
			s.fail("%s: the memory of its processes grows: from %.0f to %.0f kB", kind, first, second)
		}
	}
}

// median of a list, 0 of none.
func median(list []float64) float64 {
	if len(list) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(list))
	return sorted[len(sorted)/2]
}

// slope is Theil's: the median of the slopes between samples half of the time
// apart, which no peak moves.
func slope(at, values []float64) float64 {
	var slopes []float64
	for i := range len(at) / 2 {
		j := i + len(at)/2
		slopes = append(slopes, (values[j]-values[i])/(at[j]-at[i]))
	}
	return median(slopes)
}

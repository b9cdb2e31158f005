//go:build linux

package main

import (
	"context"
	"encoding/csv"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"time"
)

// sampled is one look at the server, the disk and this program.
type sampled struct {
	at          float64 // seconds since the beginning
	round       int64
	resident    int64 // kB, of the server
	anonymous   int64 // kB of it that no file backs: heap and stacks
	descriptors int
	threads     int64
	cpu         float64 // seconds
	disk        int64   // bytes in runs/ and tmp/
	leftovers   int     // hidden temporary files there
	goroutines  int     // of this program
}

type samples []sampled

// between is how long apart samples are: a thousand an hour, for a short time more.
func between() time.Duration {
	return min(5*time.Second, max(200*time.Millisecond, *lasts/200))
}

// sample looks until ctx is done.
func (s *soak) sample(ctx context.Context) {
	for pause(ctx, between()) {
		v := s.server
		x := sampled{at: time.Since(s.began).Seconds(), round: s.round.Load(), resident: v.status("VmRSS"), anonymous: v.status("RssAnon"),
			descriptors: v.descriptors(), threads: v.status("Threads"), cpu: v.cpu(), goroutines: runtime.NumGoroutine()}
		for _, name := range []string{"runs", "tmp"} {
			x.disk += diskUse(filepath.Join(s.dir, name))
			x.leftovers += leftovers(filepath.Join(s.dir, name))
		}
		if v.descriptors() == 0 {
			s.fail("server: it has gone: %s", &v.said)
		}
		s.samples = append(s.samples, x)
	}
}

// write keeps the samples, and what processes took, as tables.
func (s *soak) write() {
	rows := [][]string{{"seconds", "round", "server_resident_kb", "server_anonymous_kb", "server_descriptors", "server_threads", "server_cpu_seconds", "disk_bytes", "leftover_files", "soak_goroutines"}}
	for _, x := range s.samples {
		rows = append(rows, []string{decimal(x.at), strconv.FormatInt(x.round, 10), strconv.FormatInt(x.resident, 10), strconv.FormatInt(x.anonymous, 10),
			strconv.Itoa(x.descriptors), strconv.FormatInt(x.threads, 10), decimal(x.cpu), strconv.FormatInt(x.disk, 10), strconv.Itoa(x.leftovers), strconv.Itoa(x.goroutines)})
	}
	table(filepath.Join(s.dir, "samples.csv"), rows)
	rows = [][]string{{"seconds", "round", "process", "took_seconds", "cpu_seconds", "peak_kb", "exit_code"}}
	for _, p := range s.took.rows {
		rows = append(rows, []string{decimal(p.at), strconv.FormatInt(p.round, 10), p.what, decimal(p.seconds), decimal(p.cpu), strconv.FormatInt(p.peak, 10), strconv.Itoa(p.code)})
	}
	table(filepath.Join(s.dir, "processes.csv"), rows)
}

func decimal(x float64) string { return strconv.FormatFloat(x, 'f', 2, 64) }

func table(path string, rows [][]string) {
	f, err := os.Create(path)
	must(err)
	defer f.Close()
	must(csv.NewWriter(f).WriteAll(rows))
}

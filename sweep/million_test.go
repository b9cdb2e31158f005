package sweep

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"keyhull/run"
)

// BenchmarkMillion plans, looks at and merges a sweep of a million cells, and says
// how long each takes and the most memory that the process had. It wants 5 GB
// for the cells, in memory where there is such a folder. One run is enough:
// -benchtime 1x.
func BenchmarkMillion(b *testing.B) {
	const n = 1_000_000
	dir, err := os.MkdirTemp("/dev/shm", "keyhull")
	if err != nil {
		dir = b.TempDir()
	}
	defer os.RemoveAll(dir)
	f := Folder(dir)
	merged := 0
	command := func(ctx context.Context, s run.Sweep) error {
		values, _, err := run.Map(ctx, run.Pool{Dir: dir + "/.cells", Sweep: s}, "million", "of cells", n, func(context.Context, int) (int, error) { return 7, nil })
		merged = len(values)
		return err
	}
	timed := func(name string, do func() error) {
		start, used := time.Now(), processor()
		if err := do(); err != nil {
			b.Fatal(name, err)
		}
		b.Logf("%s: %.1f s, %.1f s of a processor, at most %s so far", name, time.Since(start).Seconds(), processor()-used, peak())
	}
	for range b.N {
		p := &Plan{Options: Options{Attempts: 3}}
		var a Attempt
		timed("plan", func() error {
			missing, err := f.Update(b.Context(), p, command)
			if err == nil {
				a, _, err = f.Next(p, missing)
			}
			return err
		})
		first, err := a.Task(p, 0)
		if err != nil || len(first) != n/mostTasks {
			b.Fatal(len(first), err)
		}
		timed("a task of 10,000 cells", func() error { return f.Compute(b.Context(), p, first, command) })
		f.link(b, p, 5) // those of the first tasks are missing, scattered
		var s Status
		timed("status", func() (err error) {
			s, err = f.Status(p, time.Now())
			return err
		})
		timed("a plan of what is missing", func() error {
			missing, err := f.Update(b.Context(), p, command)
			if err == nil {
				_, _, err = f.Next(p, missing)
			}
			return err
		})
		if s.Missing != 4*n/mostTasks {
			b.Fatalf("%d are missing", s.Missing)
		}
		f.link(b, p, 0)
		timed("merge", func() error { return command(b.Context(), nil) })
		if merged != n {
			b.Fatal(merged)
		}
	}
}

// link makes links to the first cell of all that are missing, but for those of
// the first tasks of a hundred.
func (f Folder) link(b *testing.B, p *Plan, but int) {
	b.Helper()
	missing, err := f.Missing(p)
	if err != nil {
		b.Fatal(err)
	}
	path := func(i int) string { return fmt.Sprintf("%s/%s", f, p.Groups[0].File(i)) }
	for _, i := range missing {
		if i%mostTasks < but {
			continue
		}
		if err := os.Link(path(0), path(i)); err != nil {
			b.Fatal(err)
		}
	}
}

// peak is the most memory that this process has had.
func peak() string {
	text, _ := os.ReadFile("/proc/self/status")
	for line := range bytes.Lines(text) {
		if rest, ok := bytes.CutPrefix(line, []byte("VmHWM:")); ok {
			kb, _ := strconv.Atoi(string(bytes.Fields(rest)[0]))
			return fmt.Sprintf("%d MB", kb>>10)
		}
	}
	return "unknown"
}

// processor is the time that this process has had of processors, in seconds.
func processor() float64 {
	text, _ := os.ReadFile("/proc/self/stat")
	fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.ParseFloat(string(fields[11]), 64)
	system, _ := strconv.ParseFloat(string(fields[12]), 64)
	return (user + system) / 100
}

package run_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"

	"keyhull/run"
)

// squares maps 0 … n−1 to their squares and counts how many were computed.
func squares(t *testing.T, pool run.Pool, name string, n int) (values []int, computed int) {
	t.Helper()
	var count atomic.Int64
	values, _, err := run.Map(t.Context(), pool, name, n, n, func(_ context.Context, i int) (int, error) {
		count.Add(1)
		return i * i, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return values, int(count.Load())
}

func TestMapKeepsOrder(t *testing.T) {
	for _, workers := range []int{0, 1, 7, 100} {
		values, computed := squares(t, run.Pool{Workers: workers}, "a", 50)
		for i, v := range values {
			if v != i*i {
				t.Fatalf("%d workers: value %d is %d", workers, i, v)
			}
		}
		if computed != 50 || len(values) != 50 {
			t.Fatalf("%d workers: %d values, %d computed", workers, len(values), computed)
		}
	}
}

func TestMapTakesKeptCells(t *testing.T) {
	pool := run.Pool{Dir: filepath.Join(t.TempDir(), "new", "cells")}
	first, _ := squares(t, pool, "a", 20)
	again, computed := squares(t, pool, "a", 20)
	if computed != 0 || !slices.Equal(first, again) {
		t.Errorf("computed %d again: %v", computed, again)
	}
	if _, computed := squares(t, pool, "b", 20); computed != 20 {
		t.Errorf("another name took %d cells that are not its own", 20-computed)
	}
	if _, computed := squares(t, pool, "a", 21); computed != 21 {
		t.Errorf("another configuration took %d cells that are not its own", 21-computed)
	}
}

func TestMapRepairsDamagedCells(t *testing.T) {
	damage := map[string]func([]byte) []byte{
		"empty":     func([]byte) []byte { return nil },
		"truncated": func(b []byte) []byte { return b[:len(b)/2] },
		"not JSON":  func([]byte) []byte { return []byte("\x00\xff") },
		"changed":   func(b []byte) []byte { b[len(b)-2] ^= 1; return b }, // a digit of the value
	}
	for name, change := range damage {
		dir := t.TempDir()
		first, _ := squares(t, run.Pool{Dir: dir}, "a", 5)
		for _, file := range list(t, dir) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, change(text), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		again, computed := squares(t, run.Pool{Dir: dir}, "a", 5)
		if computed != 5 || !slices.Equal(first, again) {
			t.Errorf("%s: computed %d of 5 again: %v", name, computed, again)
		}
		if _, computed := squares(t, run.Pool{Dir: dir}, "a", 5); computed != 0 {
			t.Errorf("%s: not mended", name)
		}
	}
}

func list(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatal("no cells", err)
	}
	return files
}

func TestMapGoesOnAfterCancel(t *testing.T) {
	pool := run.Pool{Dir: t.TempDir(), Workers: 2}
	ctx, cancel := context.WithCancel(t.Context())
	var count atomic.Int64
	cell := func(_ context.Context, i int) (int, error) {
		if count.Add(1) == 8 {
			cancel()
		}
		return i * i, nil
	}
	if _, _, err := run.Map(ctx, pool, "a", 20, 20, cell); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v, want canceled", err)
	}
	kept := len(list(t, pool.Dir))
	if kept < 8 || kept > 9 {
		t.Errorf("%d cells kept, want the 8 or 9 that were begun", kept)
	}
	values, computed := squares(t, pool, "a", 20)
	if computed != 20-kept || values[19] != 361 {
		t.Errorf("computed %d, kept %d: %v", computed, kept, values)
	}
}

func TestMapStopsAtAnError(t *testing.T) {
	bad := errors.New("bad")
	var count atomic.Int64
	_, _, err := run.Map(t.Context(), run.Pool{Workers: 3}, "a", nil, 1000, func(_ context.Context, i int) (int, error) {
		if count.Add(1); i == 5 {
			return 0, bad
		}
		return i, nil
	})
	if !errors.Is(err, bad) {
		t.Errorf("error %v, want %v", err, bad)
	}
	if count.Load() == 1000 {
		t.Error("all cells were computed after the error")
	}
}

func TestMapReportsProgress(t *testing.T) {
	var last, stopped atomic.Int64
	pool := run.Pool{Workers: 1, Progress: func(label string, total int) (func(int), func()) {
		if label != "a" || total != 9 {
			t.Errorf("progress of %s, %d", label, total)
		}
		return func(done int) { last.Store(int64(done)) }, func() { stopped.Add(1) }
	}}
	squares(t, pool, "a", 9)
	if last.Load() != 9 || stopped.Load() != 1 {
		t.Errorf("done %d, stopped %d times", last.Load(), stopped.Load())
	}
}

func TestMapRefusesWhatIsNotJSON(t *testing.T) {
	_, _, err := run.Map(t.Context(), run.Pool{}, "a", func() {}, 1, func(context.Context, int) (int, error) { return 0, nil })
	if err == nil {
		t.Error("no error for a configuration that is not JSON")
	}
}

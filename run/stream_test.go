package run

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// Values come in order, and are computed once: what is kept is taken from there,
// and what is damaged computed again.
func TestStream(t *testing.T) {
	pool := Pool{Dir: t.TempDir()}
	var computed, taken []int
	do := func(_ context.Context, i int) ([]int, error) {
		computed = append(computed, i)
		return []int{i, i * i}, nil
	}
	stop := errors.New("stop")
	until := 3
	take := func(i int, v []int) error {
		if i == until {
			return stop
		}
		if !slices.Equal(v, []int{i, i * i}) {
			t.Errorf("cell %d is %v", i, v)
		}
		taken = append(taken, i)
		return nil
	}
	if err := Stream(t.Context(), pool, "squares", 7, 6, do, take); err != stop || !slices.Equal(computed, []int{0, 1, 2, 3}) || !slices.Equal(taken, []int{0, 1, 2}) {
		t.Errorf("%v: computed %v, taken %v", err, computed, taken)
	}
	s, _ := newShelf(pool.Dir, "squares", 7)
	if err := os.WriteFile(s.path(1), []byte(`{"sha256":"","value":[9,9]}`), 0o666); err != nil {
		t.Fatal(err)
	}
	computed, taken, until = nil, nil, -1
	if err := Stream(t.Context(), pool, "squares", 7, 6, do, take); err != nil || !slices.Equal(computed, []int{1, 4, 5}) || len(taken) != 6 {
		t.Errorf("%v: computed %v, taken %v", err, computed, taken)
	}
	if list, _ := filepath.Glob(filepath.Join(pool.Dir, "*.json")); len(list) != 6 {
		t.Errorf("%d cells are kept", len(list))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Stream(ctx, pool, "squares", 7, 6, do, take); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// What a killed process left of a cell is removed after a day; what somebody
// writes now is not, nor what is no cell's.
func TestHalves(t *testing.T) {
	dir := t.TempDir()
	cell := strings.Repeat("0a", 16) + ".json"
	for name, old := range map[string]bool{"." + cell + ".17": true, "." + cell + ".18": false, ".notes": true, cell: true} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, nil, 0o666); err != nil {
			t.Fatal(err)
		}
		if old {
			os.Chtimes(path, time.Time{}, time.Now().Add(-2*halfTime))
		}
	}
	do := func(context.Context, int) (int, error) { return 1, nil }
	if _, _, err := Map(t.Context(), Pool{Dir: dir}, "x", nil, 1, do); err != nil {
		t.Fatal(err)
	}
	entries, _ := os.ReadDir(dir)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if len(names) != 4 || !slices.Contains(names, "."+cell+".18") || !slices.Contains(names, ".notes") || !slices.Contains(names, cell) {
		t.Error(names)
	}
}

package sweep

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"keyhull/run"
)

// toy is a command of two stages: squares, and then sums that depend on them. It
// counts what it computes.
type toy struct {
	dir      string
	n        int
	computed atomic.Int64
	bad      int // a cell that fails; −1 for none
	result   []int
}

func newToy(t *testing.T, n int) *toy { return &toy{dir: t.TempDir(), n: n, bad: -1} }

func (c *toy) folder() Folder { return Folder(c.dir) }

func (c *toy) command(ctx context.Context, s run.Sweep) error {
	pool := run.Pool{Dir: filepath.Join(c.dir, ".cells"), Workers: 2, Sweep: s}
	squares, _, err := run.Map(ctx, pool, "squares", c.n, c.n, func(_ context.Context, i int) (int, error) {
		c.computed.Add(1)
		if i == c.bad {
			return 0, errors.New("this one is bad")
		}
		return i * i, nil
	})
	if err != nil {
		return err
	}
	sums, _, err := run.Map(ctx, pool, "sums", squares, 3, func(_ context.Context, i int) (int, error) {
		c.computed.Add(1)
		sum := i
		for _, x := range squares {
			sum += x
		}
		return sum, nil
	})
	c.result = sums
	return err
}

func (c *toy) plan(t *testing.T) *Plan {
	t.Helper()
	p := &Plan{Run: "abc", Options: Options{Attempts: 3}}
	missing, err := c.folder().Update(t.Context(), p, c.command)
	if err != nil {
		t.Fatal(err)
	}
	if len(missing) == 0 {
		t.Fatal("nothing is missing")
	}
	return p
}

// TestStages has tasks compute all cells of both stages, and compares with the
// pool's.
func TestStages(t *testing.T) {
	alone, c := newToy(t, 25), newToy(t, 25)
	if err := alone.command(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	p := c.plan(t)
	if again := c.plan(t); !reflect.DeepEqual(p, again) || c.computed.Load() != 0 {
		t.Errorf("planned %+v, then %+v, and computed %d cells", p, again, c.computed.Load())
	}
	for _, want := range []int{25, 28} {
		p, err := c.folder().Plan()
		if err != nil {
			t.Fatal(err)
		}
		missing, err := c.folder().Update(t.Context(), p, c.command)
		if err != nil || p.Len() != want {
			t.Fatalf("%d cells, %v", p.Len(), err)
		}
		p.Options.PerTask = 4
		a, ok, err := c.folder().Next(p, missing)
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		c.tasks(t, p, a)
	}
	if c.computed.Load() != 28 {
		t.Errorf("computed %d cells, want each once", c.computed.Load())
	}
	if err := c.command(t.Context(), nil); err != nil || c.computed.Load() != 28 || !slices.Equal(c.result, alone.result) {
		t.Errorf("%v, want %v; computed %d", c.result, alone.result, c.computed.Load())
	}
}

// tasks computes all tasks of an attempt.
func (c *toy) tasks(t *testing.T, p *Plan, a Attempt) {
	t.Helper()
	for k := range a.Tasks {
		list, err := a.Task(p, k)
		if err == nil {
			err = c.folder().Compute(t.Context(), p, list, c.command)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// Work of which two parts of a command take the first cells, one more of them
// than the other, has each cell once.
func TestSharedCells(t *testing.T) {
	dir := t.TempDir()
	computed := map[int]int{}
	command := func(ctx context.Context, s run.Sweep) error {
		var later error
		for _, n := range []int{4, 7, 5} {
			pool := run.Pool{Dir: filepath.Join(dir, ".cells"), Workers: 1, Sweep: s}
			_, _, err := run.Map(ctx, pool, "shared", "", n, func(_ context.Context, i int) (int, error) {
				computed[i]++
				return i, nil
			})
			later = errors.Join(later, err)
		}
		return later
	}
	p := &Plan{}
	missing, err := Folder(dir).Update(t.Context(), p, command)
	if err != nil || len(missing) != 7 || len(p.Groups) != 2 || p.Groups[1].First != 4 || p.Cell(5) != "shared, cell 5" {
		t.Fatalf("%v, %+v, %v", missing, p.Groups, err)
	}
	if err := Folder(dir).Compute(t.Context(), p, []int{1, 5, 6}, command); err != nil || len(computed) != 3 || computed[6] != 1 {
		t.Errorf("computed %v, %v", computed, err)
	}
	if missing, err = Folder(dir).Missing(p); err != nil || !slices.Equal(missing, []int{0, 2, 3, 4}) {
		t.Error(missing, err)
	}
}

// A task computes its own cells, once; those that are there it leaves alone.
func TestTask(t *testing.T) {
	c := newToy(t, 10)
	p := c.plan(t)
	for range 2 {
		if err := c.folder().Compute(t.Context(), p, []int{2, 3, 7}, c.command); err != nil || c.computed.Load() != 3 {
			t.Errorf("%v, computed %d", err, c.computed.Load())
		}
	}
	missing, err := c.folder().Missing(p)
	if err != nil || !slices.Equal(missing, []int{0, 1, 4, 5, 6, 8, 9}) {
		t.Error(missing, err)
	}
}

// A cell that fails is named, and keeps no other from being computed.
func TestFailedCell(t *testing.T) {
	c := newToy(t, 10)
	c.bad = 3
	p := c.plan(t)
	err := c.folder().Compute(t.Context(), p, []int{1, 3, 5}, c.command)
	if err == nil || err.Error() != "squares, cell 3: this one is bad" {
		t.Error(err)
	}
	if missing, _ := c.folder().Missing(p); len(missing) != 8 {
		t.Errorf("%v are missing", missing)
	}
}

// A cell that is damaged counts as missing once a plan has come to read it.
func TestDamagedCell(t *testing.T) {
	c := newToy(t, 4)
	p := c.plan(t)
	if err := c.folder().Compute(t.Context(), p, []int{0, 1, 2, 3}, c.command); err != nil {
		t.Fatal(err)
	}
	cells, _ := filepath.Glob(filepath.Join(c.dir, ".cells", "*.json"))
	if err := os.Truncate(cells[0], 10); err != nil {
		t.Fatal(err)
	}
	missing, err := c.folder().Update(t.Context(), p, c.command)
	if err != nil || len(missing) != 1 || c.computed.Load() != 4 {
		t.Errorf("%v are missing, %v; computed %d", missing, err, c.computed.Load())
	}
}

// Of two processes that begin an attempt one does; the other is told so.
func TestBeginOnce(t *testing.T) {
	c := newToy(t, 10)
	p := c.plan(t)
	a, _, err := c.folder().Preview(p, []int{0, 1})
	if err != nil {
		t.Fatal(err)
	}
	var begun, refused atomic.Int64
	done := make(chan bool)
	for range 8 {
		go func() {
			switch err := c.folder().begin(a); {
			case err == nil:
				begun.Add(1)
			case errors.Is(err, errBegun):
				refused.Add(1)
			}
			done <- true
		}()
	}
	for range 8 {
		<-done
	}
	if begun.Load() != 1 || refused.Load() != 7 {
		t.Errorf("%d began, %d were refused", begun.Load(), refused.Load())
	}
}

// A cell is tried so often and no more.
func TestAttemptsEnd(t *testing.T) {
	c := newToy(t, 10)
	p := c.plan(t)
	for n := 1; ; n++ {
		a, ok, err := c.folder().Next(p, []int{4, 6})
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			if n != p.Options.Attempts+1 {
				t.Errorf("ended at attempt %d", n)
			}
			break
		}
		if a.Number != n || a.Cells != "4,6" || a.Tasks != 2 {
			t.Errorf("%+v", a)
		}
	}
	if a, ok, _ := c.folder().Next(p, []int{4, 5}); !ok || a.Cells != "5" {
		t.Errorf("another cell: %v, %+v", ok, a)
	}
}

func TestRanges(t *testing.T) {
	for text, list := range map[string][]int{"": nil, "0": {0}, "0-1": {0, 1}, "3,5-7,9": {3, 5, 6, 7, 9}} {
		if got := ranges(list); got != text {
			t.Errorf("%v: %q, want %q", list, got, text)
		}
	}
	for _, bad := range []string{"10", "5-3", "1,1", "3,2", "-1", "1-", "x", "1,,2", "0-99999999999999999999"} {
		if list, err := numbers(bad, 10); err == nil {
			t.Errorf("%q: %v", bad, list)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfDistinct(rapid.IntRange(0, 200), func(i int) int { return i }).Draw(t, "list")
		slices.Sort(list)
		got, err := numbers(ranges(list), 201)
		if err != nil || !slices.Equal(got, list) {
			t.Fatalf("%v: %q: %v, %v", list, ranges(list), got, err)
		}
	})
}

// Every cell is in one task, and tasks are as large as each other.
func TestTasksShareCells(t *testing.T) {
	p := &Plan{Groups: []run.Group{{Name: "a", Cells: 100}}}
	for _, tasks := range []int{1, 7, 100} {
		a := Attempt{Number: 1, Tasks: tasks, Cells: "0-99"}
		var all []int
		for k := range tasks {
			list, err := a.Task(p, k)
			if err != nil || len(list) < 100/tasks || len(list) > 100/tasks+1 {
				t.Errorf("%d tasks, %d: %v, %v", tasks, k, list, err)
			}
			all = append(all, list...)
		}
		if slices.Sort(all); len(all) != 100 || len(slices.Compact(all)) != 100 {
			t.Errorf("%d tasks: %v", tasks, all)
		}
		if _, err := a.Task(p, tasks); err == nil {
			t.Error("no error for a task that is not there")
		}
	}
}

func TestOptionsTasks(t *testing.T) {
	for _, c := range []struct{ tasks, per, cells, want int }{{0, 0, 7, 7}, {0, 0, 1000, 100}, {8, 0, 1000, 8}, {8, 0, 3, 3}, {0, 10, 95, 10}} {
		if got := (Options{Tasks: c.tasks, PerTask: c.per}).tasks(c.cells); got != c.want {
			t.Errorf("%+v: %d", c, got)
		}
	}
}

// A plan that is damaged, and attempts that do not fit, are refused with a way
// out.
func TestDamagedPlan(t *testing.T) {
	c := newToy(t, 10)
	p := c.plan(t)
	if _, _, err := c.folder().Next(p, []int{0, 9}); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"attempt-1.json": "{", "plan.json": "[]"} {
		path := filepath.Join(c.dir, "plan", name)
		whole, _ := os.ReadFile(path)
		os.WriteFile(path, []byte(text), 0o666)
		_, err1 := c.folder().Plan()
		_, err2 := c.folder().Attempts()
		if err := errors.Join(err1, err2); err == nil || !strings.Contains(err.Error(), "cannot be read") {
			t.Errorf("%s: %v", name, err)
		}
		os.WriteFile(path, whole, 0o666)
	}
	for _, cells := range []string{"0-10", "0", "x"} {
		if _, err := (Attempt{Number: 1, Tasks: 2, Cells: cells}).Task(p, 0); err == nil || !strings.Contains(err.Error(), "does not fit the plan") {
			t.Errorf("%s: %v", cells, err)
		}
	}
}

func ExampleOptions() {
	p := &Plan{Run: "3f9c1a2b", Kernels: "avx2", Options: Options{AtOnce: 8, Sbatch: []string{"--time=1:00:00"}}}
	a := Attempt{Number: 1, Tasks: 12}
	s := Slurm{Program: "/home/me/bin/keyhull"}
	fmt.Print(s.arrayScript("/scratch/my results", p, 1, arrays(p, a, 10)[1]))
	// Output:
	// #!/bin/sh
	// #SBATCH --job-name=keyhull-3f9c1a2b-1.1
	// #SBATCH --chdir="/scratch/my results/plan"
	// #SBATCH --open-mode=append
	// #SBATCH --array=0-1%8
	// #SBATCH --output=logs/%A_%a.log
	// #SBATCH --requeue
	// #SBATCH --signal=B:USR1@90
	// #SBATCH --time=1:00:00
	// export KEYHULL_CPU=avx2
	// exec '/home/me/bin/keyhull' task '/scratch/my results' --attempt 1 --first 10
}

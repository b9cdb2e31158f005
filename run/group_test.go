package run

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync/atomic"
	"testing"
	"time"
)

// some is a sweep that computes the cells it is made of, of any group.
type some struct {
	cells  []int
	failed atomic.Int64
}

func (s *some) Here(Group) ([]int, error) { return s.cells, nil }
func (s *some) Failed(string, error)      { s.failed.Add(1) }
func (s *some) Done() bool                { return false }

func square(_ context.Context, i int) (int, error) { return i * i, nil }

// Two processes that compute the same cells at the same time do no harm: each
// reads what it would have read alone.
func TestTwoWritersOfCells(t *testing.T) {
	dir := t.TempDir()
	var computed atomic.Int64
	slow := func(_ context.Context, i int) (int, error) {
		computed.Add(1)
		time.Sleep(time.Millisecond)
		return i * i, nil
	}
	done := make(chan error)
	for range 4 {
		go func() {
			values, _, err := Map(t.Context(), Pool{Dir: dir, Workers: 3}, "squares", 1, 50, slow)
			for i, v := range values {
				if v != i*i {
					err = fmt.Errorf("cell %d is %d", i, v)
				}
			}
			done <- err
		}()
	}
	for range 4 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if computed.Load() <= 50 {
		t.Errorf("computed %d cells: nobody wrote what another had", computed.Load())
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 50 {
		t.Errorf("%d files, %v", len(entries), err)
	}
	if n, err := KeptCells(dir); n != 50 || err != nil {
		t.Errorf("%d cells kept, %v", n, err)
	}
}

func TestMapOfASweep(t *testing.T) {
	pool := Pool{Dir: t.TempDir(), Workers: 2}
	for _, c := range []struct {
		cells []int
		whole bool
	}{{nil, false}, {[]int{3, 1}, false}, {[]int{0, 2, 3}, true}} {
		pool.Sweep = &some{cells: c.cells}
		values, _, err := Map(t.Context(), pool, "squares", 1, 4, square)
		if c.whole != (err == nil) || !c.whole && !errors.Is(err, ErrIncomplete) || c.whole && !slices.Equal(values, []int{0, 1, 4, 9}) {
			t.Errorf("%v: %v, %v", c.cells, values, err)
		}
	}
	if _, _, err := Map(t.Context(), Pool{Sweep: &some{}}, "squares", 1, 4, square); err == nil || errors.Is(err, ErrIncomplete) {
		t.Errorf("without a folder: %v", err)
	}
}

// A seed that another process trains is waited for.
func TestSweepWaitsForSeed(t *testing.T) {
	dir := memoryDir(t)
	folder, err := OpenFolder(dir, toyRun)
	if err != nil {
		t.Fatal(err)
	}
	other, err := folder.Seed(2)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := folder.Seed(2); !errors.Is(err, ErrInUse) || err.Error() != SeedDir(dir, 2)+": is in use: another process trains there" {
		t.Errorf("a second process: %v", err)
	}
	time.AfterFunc(100*time.Millisecond, func() { other.Close() })
	s := &some{cells: []int{1}}
	train := func(_ context.Context, i int) error {
		_, err := trainSeed(folder, uint64(i+1), 4, 0)
		return err
	}
	err = Pool{Sweep: s}.Train(t.Context(), folder, "toy", []uint64{1, 2}, train)
	if !errors.Is(err, ErrIncomplete) || !folder.Done(2) || folder.Done(1) || s.failed.Load() != 0 {
		t.Errorf("%v, seed 2 done: %v", err, folder.Done(2))
	}
}

func TestFolderStatus(t *testing.T) {
	dir := memoryDir(t)
	d := &dying{at: 60, err: errKilled}
	if _, err := trainToy(d.disk(), dir, 2, 0); !errors.Is(err, errKilled) {
		t.Fatal(err)
	}
	seeds, ok, err := FolderStatus(dir)
	if err != nil || !ok || len(seeds) != 1 {
		t.Fatal(seeds, ok, err)
	}
	s := seeds[0]
	if s.Seed != 1 || s.Done || s.Steps != 13 || s.Step < 2 || s.Kept < 2 || s.Touched.IsZero() {
		t.Errorf("%+v", s)
	}
	if _, err := trainToy(disk{}, dir, 4, 0); err != nil {
		t.Fatal(err)
	}
	seeds, _, err = FolderStatus(dir)
	if err != nil || len(seeds) != 2 || !seeds[1].Done || seeds[1].Step != 13 || seeds[1].Kept != 13 || seeds[1].Left != 0 {
		t.Errorf("%+v, %v", seeds, err)
	}
	if _, ok, err := FolderStatus(t.TempDir()); ok || err != nil {
		t.Error(ok, err)
	}
	if list := RunFolders(dir); !slices.Equal(list, []string{"."}) {
		t.Errorf("%q", list)
	}
}

func TestGroupsShareCells(t *testing.T) {
	a := Group{Dir: "x", Key: "k", Cells: 40}
	b := Group{Dir: "x", Key: "k", Cells: 50}
	if rest := b.Without(a); rest.First != 40 || rest.Cells != 10 || rest.File(0) != b.File(40) {
		t.Errorf("%+v", rest)
	}
	if rest := a.Without(b); rest.Len() != 0 {
		t.Errorf("%+v", rest)
	}
	if n, ok := b.Number(b.Without(a), 3); n != 43 || !ok {
		t.Error(n, ok)
	}
	if _, ok := a.Number(b.Without(a), 3); ok {
		t.Error("a cell that is not there")
	}
	other := Group{Dir: "x", Key: "l", Cells: 50}
	if rest := b.Without(other); rest.Len() != 50 {
		t.Errorf("%+v", rest)
	}
	s, more := Group{Dir: "y", Seeds: []uint64{11, 123}}, Group{Dir: "y", Seeds: []uint64{11, 123, 42}}
	if rest := more.Without(s); !slices.Equal(rest.Seeds, []uint64{42}) {
		t.Errorf("%+v", rest)
	}
	if n, ok := more.Number(s, 1); n != 1 || !ok || more.File(1) != s.File(1) || more.Cell(2) != ", seed 42" {
		t.Error(n, ok)
	}
}

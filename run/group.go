package run

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Sweep stands between a command and its cells where these are computed by
// several processes: see Pool.Sweep.
type Sweep interface {
	// Here returns the numbers of a group's cells that this process is to
	// compute, in any order; it may return none.
	Here(Group) ([]int, error)
	// Failed is told of a cell that ended with an error, from any goroutine. The
	// others are computed all the same.
	Failed(cell string, err error)
	// Done reports whether this process has nothing left to compute.
	Done() bool
}

// ErrIncomplete is the error of work whose cells are not all there, in a process
// that is not to compute those that are missing.
var ErrIncomplete = errors.New("some cells are not there yet")

// Group is all that says which cells a piece of work has and where each has its
// result: the cells of one call of Map, or the seeds of a run's folder. A
// result appears under its name whole, or not at all.
type Group struct {
	Name  string   `json:"name"`            // for people
	Dir   string   `json:"folder"`          // of the results
	Key   string   `json:"key,omitempty"`   // what cells depend on besides their number, as JSON
	First int      `json:"first,omitempty"` // number of the first cell, where not all are meant
	Cells int      `json:"cells,omitempty"` // of a call of Map
	Seeds []uint64 `json:"seeds,omitempty"` // of a run's folder
}

// Len is the number of cells.
func (g Group) Len() int { return max(g.Cells, len(g.Seeds)) }

// of reports whether both are cells of the same work.
func (g Group) of(h Group) bool {
	return g.Dir == h.Dir && g.Key == h.Key && (g.Seeds == nil) == (h.Seeds == nil)
}

// Without returns the cells of g that are not in h too, where h begins as g does:
// figures share the cells of the same work, of which one may take more.
func (g Group) Without(h Group) Group {
	switch {
	case !g.of(h):
	case g.Seeds != nil:
		g.Seeds = slices.DeleteFunc(slices.Clone(g.Seeds), func(s uint64) bool { return slices.Contains(h.Seeds, s) })
	case h.First <= g.First && h.First+h.Cells > g.First:
		cut := min(h.First+h.Cells-g.First, g.Cells)
		g.First, g.Cells = g.First+cut, g.Cells-cut
	}
	return g
}

// Number returns the number in g of cell i of h; ok is false where it has none.
func (g Group) Number(h Group, i int) (n int, ok bool) {
	if !g.of(h) {
		return 0, false
	}
	if g.Seeds != nil {
		n = slices.Index(g.Seeds, h.Seeds[i])
		return n, n >= 0
	}
	n = h.First + i - g.First
	return n, n >= 0 && n < g.Cells
}

// File is where a cell has its result.
func (g Group) File(i int) string {
	if g.Seeds != nil {
		return filepath.Join(g.Dir, seedName(g.Seeds[i]), resultName)
	}
	return shelf{dir: g.Dir, id: g.Key}.path(g.First + i)
}

// Cell names a cell for people.
func (g Group) Cell(i int) string {
	if g.Seeds != nil {
		return fmt.Sprintf("%s, seed %d", g.Name, g.Seeds[i])
	}
	return fmt.Sprintf("%s, cell %d", g.Name, g.First+i)
}

// Missing lists the cells that have no result, in order. Whether a result can be
// read is found out by who reads it.
func (g Group) Missing() (missing []int, err error) {
	if g.Seeds != nil {
		return g.missingSeeds()
	}
	there, err := cellsIn(g.Dir)
	if err != nil {
		return nil, err
	}
	for i := range g.Cells {
		if _, ok := there[cellHash(g.Key, g.First+i)]; !ok {
			missing = append(missing, i)
		}
	}
	return missing, nil
}

func (g Group) missingSeeds() (missing []int, err error) {
	for i := range g.Seeds {
		_, err := os.Stat(g.File(i))
		if errors.Is(err, fs.ErrNotExist) {
			missing = append(missing, i)
		} else if err != nil {
			return nil, err
		}
	}
	return missing, nil
}

// cellsIn lists the cells of all shelves in a folder; none if there is no folder.
func cellsIn(dir string) (map[[16]byte]struct{}, error) {
	f, err := os.Open(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	there := map[[16]byte]struct{}{}
	for {
		names, err := f.Readdirnames(4096)
		for _, name := range names {
			var hash [16]byte
			if len(name) == 32+len(cellSuffix) && name[32:] == cellSuffix {
				if _, err := hex.Decode(hash[:], []byte(name[:32])); err == nil {
					there[hash] = struct{}{}
				}
			}
		}
		if err == io.EOF {
			return there, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// KeptCells is the number of cells that are kept in a folder, of whatever work.
func KeptCells(dir string) (int, error) {
	there, err := cellsIn(dir)
	return len(there), err
}

// Train calls do for 0 … len(seeds)−1 as Each does; do(ctx, i) trains seeds[i] in
// a folder, and only reads it when it is done. The folder is nil where nothing
// is kept.
func (p Pool) Train(ctx context.Context, folder *Folder, name string, seeds []uint64, do func(ctx context.Context, i int) error) error {
	if p.Sweep != nil {
		if folder == nil {
			return failf("give --out DIR, on a disk that all machines share", "%s: nothing is kept, so that other processes cannot help", name)
		}
		one := p
		one.Workers = 1 // see Share
		if err := one.sweep(ctx, Group{Name: name, Dir: folder.dir, Seeds: seeds}, do); err != nil {
			return err
		}
	}
	return p.Each(ctx, len(seeds), do)
}

// Share is how many cores each of n trainings may use: where there are more
// cores than trainings, several. In a sweep they are trained one after another,
// since a process has few of them.
func (p Pool) Share(n int) int {
	if p.Sweep != nil {
		return p.Cores()
	}
	return max(1, p.Cores()/n)
}

// sweep computes those of a group's cells that are to be computed here. It
// returns ErrIncomplete unless all are there then.
func (p Pool) sweep(ctx context.Context, g Group, do func(ctx context.Context, i int) error) error {
	here, err := p.Sweep.Here(g)
	if err != nil {
		return err
	}
	err = p.Each(ctx, len(here), func(ctx context.Context, i int) error {
		err := patiently(ctx, func() error { return do(ctx, here[i]) })
		if err == nil || ctx.Err() != nil || full(err) {
			return err
		}
		p.Sweep.Failed(g.Cell(here[i]), err)
		return nil
	})
	if err != nil {
		return err
	}
	if p.Sweep.Done() {
		return ErrIncomplete // nobody needs to know
	}
	missing, err := g.Missing()
	if err == nil && len(missing) > 0 {
		err = ErrIncomplete
	}
	return err
}

// ErrInUse is the error of a seed that another process trains.
var ErrInUse = errors.New("is in use: another process trains there")

// patiently waits as long as another process trains the seed: it may be a copy
// of this one that its scheduler has lost.
func patiently(ctx context.Context, do func() error) error {
	for {
		err := do()
		if !errors.Is(err, ErrInUse) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(inUsePause):
		}
	}
}

const inUsePause = 2 * time.Second

package run

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

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

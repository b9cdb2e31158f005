package run

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"time"
)

// format is the version of the kept cells. Raise it when the value of a cell
// changes for the same configuration, so that old ones are not taken.
const format = 2

// shelf is the folder where the finished cells of one experiment are kept.
type shelf struct {
	dir string // "" keeps nothing
	id  string // all that the cells depend on, as JSON
}

// box is how a cell stands on the shelf.
type box struct {
	Sum   string          `json:"sha256"`      // of Value
	Took  time.Duration   `json:"nanoseconds"` // to compute it
	Value json.RawMessage `json:"value"`
}

func newShelf(dir, name string, config any) (shelf, error) {
	id, err := json.Marshal([]any{format, name, config})
	if err != nil {
		return shelf{}, fmt.Errorf("configuration of %s: %w", name, err)
	}
	if dir != "" {
		err = os.MkdirAll(dir, 0o777)
	}
	return shelf{dir: dir, id: string(id)}, err
}

// fetch sets *value to cell i, from the shelf or else computed and kept, and
// returns how long it took to compute. A cell that cannot be read is computed
// again: whatever stands there, the value is the same.
//
// A fresh value takes the way through JSON as well, so that it cannot differ
// from a kept one.
func (s shelf) fetch(i int, value any, compute func() (any, error)) (time.Duration, error) {
	if took, ok := s.take(i, value); ok {
		return took, nil
	}
	start := time.Now()
	fresh, err := compute()
	if err != nil {
		return 0, err
	}
	took := time.Since(start)
	raw, err := json.Marshal(fresh)
	if err != nil {
		return 0, fmt.Errorf("cell %d: %w", i, err)
	}
	if err := s.put(i, raw, took); err != nil {
		return 0, err
	}
	return took, json.Unmarshal(raw, value)
}

func (s shelf) take(i int, value any) (time.Duration, bool) {
	if s.dir == "" {
		return 0, false
	}
	text, err := os.ReadFile(s.path(i))
	var b box
	if err != nil || json.Unmarshal(text, &b) != nil || b.Sum != sum(b.Value) {
		return 0, false
	}
	return b.Took, json.Unmarshal(b.Value, value) == nil
}

func (s shelf) put(i int, raw []byte, took time.Duration) error {
	if s.dir == "" {
		return nil
	}
	text, err := json.Marshal(box{Sum: sum(raw), Took: took, Value: raw})
	if err != nil {
		return err
	}
	if err := s.write(s.path(i), text); err != nil {
		return fmt.Errorf("%s: %w", s.dir, err)
	}
	return nil
}

// write writes a whole file, or none, under a name of its own first: several
// processes may write the same cell. Not by renameio, which in the form that builds
// on all systems takes the system's folder for temporary files, where nobody finds
// what is left there.
func (s shelf) write(path string, text []byte) error {
	err := disk{}.replaceBy(filepath.Join(s.dir, fmt.Sprintf(".%s.%x", filepath.Base(path), rand.Uint64())), path, text)
	var named *os.PathError
	if errors.As(err, &named) {
		return named.Err // without the name of a temporary file
	}
	return err
}

// half is the name under which a cell is written before it gets its own. A
// process that is killed leaves it; no write takes halfTime.
var half = regexp.MustCompile(`^\.[0-9a-f]{32}\.json\.[0-9a-f]+$`)

const halfTime = 24 * time.Hour

// sweep removes what killed processes left half written. Failures do no harm.
func (s shelf) sweep() {
	f, err := os.Open(s.dir)
	if err != nil {
		return
	}
	defer f.Close()
	for err == nil {
		var entries []fs.DirEntry
		entries, err = f.ReadDir(1000)
		for _, e := range entries {
			if !half.MatchString(e.Name()) {
				continue
			}
			if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > halfTime {
				os.Remove(filepath.Join(s.dir, e.Name()))
			}
		}
	}
}

// discard removes a cell that cannot be read, where it must not be computed.
func (s shelf) discard(_ context.Context, i int) (any, error) {
	if err := os.Remove(s.path(i)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return nil, ErrIncomplete
}

const cellSuffix = ".json"

func (s shelf) path(i int) string {
	hash := cellHash(s.id, i)
	return filepath.Join(s.dir, hex.EncodeToString(hash[:])+cellSuffix)
}

// cellHash is the name of a cell of work that depends on id.
func cellHash(id string, i int) (hash [16]byte) {
	h := sha256.Sum256(fmt.Appendf(nil, "%s %d", id, i))
	copy(hash[:], h[:])
	return hash
}

func sum(data []byte) string {
	h := sha256.Sum256(data)
	return hex.EncodeToString(h[:])
}

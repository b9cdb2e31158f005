package run

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"keyhull/weights"
)

// The names in a run's folder. The first two stand in the folder, the last in
// it and in each seed's.
const (
	configName = "config.json"
	lockName   = ".lock"
	resultName = "result.json"
)

// Folder is where the training runs of one configuration are kept, one folder
// a seed:
//
//	config.json                  the configuration
//	result.json                  what all seeds together gave
//	seed-1/metrics.jsonl         an object for each logged step
//	seed-1/metrics.csv           the same as a table, made when the run stops
//	seed-1/events.out.tfevents.* the same for TensorBoard
//	seed-1/checkpoints/*.safetensors
//	seed-1/model/                or what else Log.Folder made
//	seed-1/result.json           there when the seed is done
//
// Its methods may be called from several goroutines, and other processes may
// train other seeds in the same folder at the same time.
type Folder struct {
	dir    string
	config string // its hash
	disk   disk
}

// OpenFolder opens the folder of a configuration, and makes it if need be.
// config must marshal to JSON and hold all that the runs depend on but the
// seed, and nothing else: a folder of another configuration is refused, with
// the first field that differs. Errors are of type [*weights.Error].
func OpenFolder(dir string, config any) (*Folder, error) { return openFolder(disk{}, dir, config) }

func openFolder(disk disk, dir string, config any) (*Folder, error) {
	text, err := json.MarshalIndent(config, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	now, err := decoded(text)
	if err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	f := &Folder{dir: dir, disk: disk, config: sum(marshal(now))}
	if err := disk.mkdir(dir); err != nil {
		return nil, unusable(dir, err)
	}
	return f, f.locked(func() error { return f.claim(now, append(text, '\n')) })
}

// claim writes the configuration into a new folder, or compares.
func (f *Folder) claim(now any, text []byte) error {
	path := filepath.Join(f.dir, configName)
	old, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return f.begin(path, text)
	}
	if err != nil {
		return unwritten(f.dir, err)
	}
	there, err := decoded(old)
	if err != nil {
		return failf("restore it from a copy, or give another folder", "%s: is damaged: %v", path, err)
	}
	if where, was, is := difference("", &there, &now); where != "" {
		return failf("give the same settings to go on with that run, or another folder",
			"%s: holds a run of another configuration: %s is %s there, %s now", f.dir, where, was, is)
	}
	return nil
}

func (f *Folder) begin(path string, text []byte) error {
	seeds, err := seedsIn(f.dir)
	if err == nil && len(seeds) > 0 {
		return failf("restore "+configName+" from a copy, or give another folder", "%s: holds runs, but no %s", f.dir, configName)
	}
	if err == nil {
		err = f.disk.sweep(f.dir)
	}
	if err == nil {
		err = f.disk.replace(path, text)
	}
	if err != nil {
		return unwritten(f.dir, err)
	}
	return nil
}

// Finish writes result, what all seeds together gave, as the folder's
// result.json.
func (f *Folder) Finish(result any) error {
	text, err := json.MarshalIndent(result, "", "  ")
	if err != nil {
		return fmt.Errorf("result: %w", err)
	}
	return f.locked(func() error {
		if err := f.disk.replace(filepath.Join(f.dir, resultName), append(text, '\n')); err != nil {
			return unwritten(f.dir, err)
		}
		return nil
	})
}

// locked waits for the folder's lock, which nobody holds for long.
func (f *Folder) locked(do func() error) error {
	lock := flock.New(filepath.Join(f.dir, lockName))
	if err := lock.Lock(); err != nil {
		return unusable(f.dir, err)
	}
	defer lock.Close()
	return do()
}

func unusable(dir string, err error) error {
	return &weights.Error{Msg: fmt.Sprintf("%s: cannot be used: %v", dir, err), Hint: "give a folder of yours, on a disk that can lock files (flock)", Err: err}
}

// Done reports whether a seed has its result.
func (f *Folder) Done(seed uint64) bool {
	_, err := os.Stat(filepath.Join(f.dir, seedName(seed), resultName))
	return err == nil
}

// Seed opens the folder of a seed, and holds its lock until Close: where
// another process trains that seed, it is refused.
func (f *Folder) Seed(seed uint64) (*Log, error) {
	dir := filepath.Join(f.dir, seedName(seed))
	if err := f.disk.mkdir(filepath.Join(dir, checkpointDir)); err != nil {
		return nil, unwritten(dir, err)
	}
	lock := flock.New(filepath.Join(dir, lockName))
	free, err := trylock(lock)
	if err != nil {
		return nil, unusable(dir, err)
	}
	if !free {
		return nil, &weights.Error{Msg: fmt.Sprintf("%s: %v", dir, ErrInUse), Hint: "wait for it to end, or give another folder", Err: ErrInUse}
	}
	return &Log{disk: f.disk, dir: dir, config: f.config, seed: seed, lock: lock, logged: -1}, nil
}

// trylock takes a lock that is free, or that others hold for a moment only, to
// see whether it is.
func trylock(lock *flock.Flock) (free bool, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	free, err = lock.TryLockContext(ctx, 20*time.Millisecond)
	if errors.Is(err, context.DeadlineExceeded) {
		err = nil
	}
	return free, err
}

func seedName(seed uint64) string { return "seed-" + strconv.FormatUint(seed, 10) }

// seedsIn lists the seeds that have a folder in dir, in order.
func seedsIn(dir string) ([]uint64, error) {
	entries, err := os.ReadDir(dir)
	return seedsAmong(entries), err
}

func seedsAmong(entries []fs.DirEntry) (seeds []uint64) {
	for _, e := range entries {
		digits, ok := strings.CutPrefix(e.Name(), "seed-")
		if seed, err := strconv.ParseUint(digits, 10, 64); ok && err == nil && seedName(seed) == e.Name() {
			seeds = append(seeds, seed)
		}
	}
	slices.Sort(seeds)
	return seeds
}

package run

import (
	"bytes"
	"io/fs"
	"os"
	"path"

	"github.com/gofrs/flock"
)

// Place is a run's folder within a file system, for those who only look on:
// nothing is made or changed there. Its methods may be called while the run
// trains. Dir is as io/fs writes paths; "." is the whole file system.
type Place struct {
	FS  fs.FS
	Dir string
}

// Found reports whether there is a run: a configuration.
func (p Place) Found() bool {
	info, err := fs.Stat(p.FS, path.Join(p.Dir, configName))
	return err == nil && info.Mode().IsRegular() && len(p.Seeds()) > 0
}

// Config returns config.json as it is. One of more than 1 MiB is none.
func (p Place) Config() ([]byte, error) {
	name := path.Join(p.Dir, configName)
	info, err := fs.Stat(p.FS, name)
	if err == nil && (!info.Mode().IsRegular() || info.Size() > 1<<20) {
		err = failf("give the folder that a run was written to", "%s: is no configuration", name)
	}
	if err != nil {
		return nil, err
	}
	return fs.ReadFile(p.FS, name)
}

// Seeds lists the seeds that have a folder, in order.
func (p Place) Seeds() []uint64 {
	entries, err := fs.ReadDir(p.FS, p.Dir)
	if err != nil {
		return nil
	}
	return seedsAmong(entries)
}

// Finished reports whether the run has the result of all its seeds together.
func (p Place) Finished() bool { return p.exists(resultName) }

// Done reports whether a seed has its result.
func (p Place) Done(seed uint64) bool { return p.exists(path.Join(seedName(seed), resultName)) }

func (p Place) exists(name string) bool {
	_, err := fs.Stat(p.FS, path.Join(p.Dir, name))
	return err == nil
}

// Metrics is the path of a seed's metrics.jsonl.
func (p Place) Metrics(seed uint64) string { return path.Join(p.Dir, seedName(seed), metricsName) }

// Lock is the path of a seed's lock, for Locked.
func (p Place) Lock(seed uint64) string { return path.Join(p.Dir, seedName(seed), lockName) }

// Locked reports whether a process trains a seed: whether it holds the lock in
// the file of that name. To find out, the lock is taken for a moment, shared:
// [Folder.Seed] waits longer than that.
func Locked(file string) bool {
	if info, err := os.Lstat(file); err != nil || !info.Mode().IsRegular() {
		return false
	}
	lock := flock.New(file, flock.SetFlag(os.O_RDONLY))
	defer lock.Close()
	free, err := lock.TryRLock()
	return err == nil && !free
}

// ParseRows reads the whole lines that text, a piece of metrics.jsonl that
// begins at a line, begins with, and returns where the last of them ends. They are read
// as strictly as ReadMetrics reads them; an error names the line of text.
func ParseRows(text []byte) (rows []Row, end int, err error) {
	end = bytes.LastIndexByte(text, '\n') + 1
	rows, err = parseMetrics(text[:end])
	return rows, end, err
}

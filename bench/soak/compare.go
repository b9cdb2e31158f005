//go:build linux

package main

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// contents are the sums of the files of a folder, and their size. What begins with
// a dot is none of a command's results: cells with the times that they took, locks,
// and halves of files that something killed left; plan/ says how it came about.
func contents(dir string) (sums map[string]string, size int64) {
	sums = map[string]string{}
	filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil // it has just gone
		}
		name, _ := filepath.Rel(dir, path)
		if d.IsDir() && (name == "plan" || name != "." && strings.HasPrefix(d.Name(), ".")) {
			return fs.SkipDir
		}
		if d.IsDir() || strings.HasPrefix(d.Name(), ".") {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return nil
		}
		size += int64(len(text))
		if timed[filepath.Base(name)] {
			text = []byte(timeless(string(text)))
		}
		sum := sha256.Sum256(text)
		sums[name] = hex.EncodeToString(sum[:])
		return nil
	})
	return sums, size
}

// timed are the files that say how long it took.
var timed = map[string]bool{"results.json": true, "index.html": true, "proof.json": true}

var times = []*regexp.Regexp{
	regexp.MustCompile(`( in )[0-9.e+]+ (?:s|ms|µs)\b`),
	regexp.MustCompile(`("seconds": ?)[0-9.e+-]+`),
	regexp.MustCompile(`(download="results.json.gz" href=)"[^"]*"`),
	regexp.MustCompile(`(<span class="soft">)[^<]* of computing`),
}

// timeless is a text without the times that work took.
func timeless(text string) string {
	for _, t := range times {
		text = t.ReplaceAllString(text, "${1}0")
	}
	return text
}

// leftovers counts files below a folder that something killed left half written,
// under names that begin with a dot; locks and cells are none.
func leftovers(dir string) (n int) {
	filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasPrefix(d.Name(), ".") && d.Name() != ".lock" {
			n++
		}
		return nil
	})
	return n
}

// diskUse is the size of all files below a folder.
func diskUse(dir string) (size int64) {
	filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			if info, err := d.Info(); err == nil {
				size += info.Size()
			}
		}
		return nil
	})
	return size
}

//go:build linux

package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// vandal spoils what the server shows, in folders of its own: files that are cut
// back, garbage, endless lines, links, pipes, folders where files should be. The
// server answers all the same.
func (s *soak) vandal(_ context.Context, rng *rand.Rand) {
	dir := filepath.Join(s.dir, "runs", fmt.Sprint("odd", rng.IntN(4)))
	metrics := filepath.Join(dir, "seed-1", "metrics.jsonl")
	kind := ""
	switch rng.IntN(10) {
	case 0:
		kind = "removed"
		os.RemoveAll(dir)
	case 1:
		kind = "settings"
		text := []string{"", "{", `{"steps":1e308}`, `{"steps":-5,"norm":7}`, strings.Repeat("[", 1<<16)}[rng.IntN(5)]
		s.spoil(filepath.Join(dir, "config.json"), []byte(text))
	case 2:
		kind = "a line that cannot be read"
		s.add(metrics, []byte("{\"step\":\x00}\n"))
	case 3:
		kind = "noise"
		s.add(metrics, noise(rng, rng.IntN(1<<15)))
	case 4:
		kind = "an endless line"
		s.add(metrics, []byte(strings.Repeat("x", 1<<20)))
	case 5:
		kind = "cut back"
		if info, err := os.Stat(metrics); err == nil && info.Mode().IsRegular() && info.Size() > 0 {
			os.Truncate(metrics, rng.Int64N(info.Size()))
		}
	case 6:
		kind = "a link out of the folder"
		os.RemoveAll(metrics)
		os.MkdirAll(filepath.Dir(metrics), 0o777)
		os.Symlink("/etc/passwd", metrics)
	case 7:
		kind = "a pipe"
		os.RemoveAll(metrics)
		os.MkdirAll(filepath.Dir(metrics), 0o777)
		syscall.Mkfifo(metrics, 0o666)
	case 8:
		kind = "a folder"
		os.RemoveAll(metrics)
		os.MkdirAll(metrics, 0o777)
	case 9:
		kind = "rows"
		for range rng.IntN(2000) {
			s.add(metrics, fmt.Appendf(nil, "{\"step\":%d,\"train_loss\":%g}\n", rng.IntN(1e6), rng.ExpFloat64()))
		}
	}
	s.count("fault: spoilt run, " + kind)
}

// spoil writes a file wherever it is.
func (s *soak) spoil(path string, text []byte) {
	os.MkdirAll(filepath.Dir(path), 0o777)
	os.WriteFile(path, text, 0o666)
}

// add appends to a file if it is one, up to 4 MB.
func (s *soak) add(path string, text []byte) {
	info, err := os.Lstat(path)
	if err == nil && (!info.Mode().IsRegular() || info.Size() > 4<<20) {
		os.RemoveAll(path)
	}
	if err != nil {
		s.spoil(filepath.Join(filepath.Dir(filepath.Dir(path)), "config.json"), []byte(`{"steps":1000}`))
		os.MkdirAll(filepath.Dir(path), 0o777)
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err == nil {
		f.Write(text)
		f.Close()
	}
}

//go:build linux

package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

func sizeOption(bytes int64) string { return fmt.Sprintf("size=%d", bytes) }

// damage cuts a file, empties it, changes a bit of it, or writes something else.
func (s *soak) damage(path string) (how string) {
	text, err := os.ReadFile(path)
	must(err)
	switch at := s.rng.IntN(max(len(text), 1)); s.rng.IntN(4) {
	case 0:
		how, text = fmt.Sprintf("cut at %d", at), text[:min(at, len(text))]
	case 1:
		how, text = "emptied", nil
	case 2:
		how = fmt.Sprintf("a bit of byte %d changed", at)
		if len(text) > 0 {
			text[at] ^= 1 << s.rng.IntN(8)
		}
	default:
		how, text = "replaced", bytes.Repeat([]byte("no such thing\n"), 1+s.rng.IntN(100))
	}
	must(os.WriteFile(path, text, 0o666))
	return how
}

// damagedCheckpoint kills a training that has two checkpoints of some seed and
// damages the newest: the one before is taken, and a warning says so.
func (s *soak) damagedCheckpoint(w *work, dir string) {
	p := s.start(w.name, dir, 0, w.args...)
	ended := make(chan struct{})
	go func() { p.wait(); close(ended) }()
	for waits := true; waits; {
		select {
		case <-ended:
			waits = false
		case <-time.After(5 * time.Millisecond):
			waits = len(newest(dir)) == 0
		}
	}
	p.Process.Kill()
	<-ended
	list := newest(dir)
	for _, path := range list {
		s.say("%s: %s: %s", w.name, path, s.damage(path))
	}
	p = s.call(w.name, dir, w.args...)
	if got := strings.Count(p.stderr.String(), "; the one before is taken\n"); got != len(list) || !p.ProcessState.Success() {
		s.fail("%s: %d damaged checkpoints, of %d it is said; %s", w.name, len(list), got, p.end())
	}
}

// newest lists the newest checkpoint of each seed that is being trained and has
// two.
func newest(dir string) (list []string) {
	seeds, _ := filepath.Glob(filepath.Join(dir, "out", "seed-*"))
	for _, seed := range seeds {
		all, _ := filepath.Glob(filepath.Join(seed, "checkpoints", "step-*.safetensors"))
		if _, err := os.Stat(filepath.Join(seed, "result.json")); err != nil && len(all) >= 2 {
			list = append(list, slices.Max(all))
		}
	}
	return list
}

// damagedCell has all cells computed and some damaged, and removes what was made
// of them.
func (s *soak) damagedCell(w *work, dir string) {
	s.finish(w, dir)
	cells, _ := filepath.Glob(filepath.Join(dir, "out", ".cells", "*.json"))
	if len(cells) == 0 {
		s.fail("%s: no cells", w.name)
		return
	}
	for range 1 + s.rng.IntN(5) {
		path := cells[s.rng.IntN(len(cells))]
		s.say("%s: %s: %s", w.name, filepath.Base(path), s.damage(path))
	}
	made, _ := filepath.Glob(filepath.Join(dir, "out", "[a-z]*"))
	for _, path := range made {
		must(os.RemoveAll(path))
	}
}

// tampered has a proof changed: it is not a proof of the same any more, or still
// one if the change was of a number that proves as well.
func (s *soak) tampered(w *work, dir string) {
	s.finish(w, dir)
	path := filepath.Join(dir, w.check[len(w.check)-1])
	text, err := os.ReadFile(path)
	must(err)
	how, verdicts := "", [][2]string{{`"selectable"`, `"interior"`}, {`"interior"`, `"selectable"`}, {`"selectable"`, `"face"`}}
	if v := verdicts[s.rng.IntN(len(verdicts))]; w.name == "decide" && bytes.Contains(text, []byte(v[0])) {
		how = fmt.Sprintf("%s instead of %s", v[1], v[0])
		must(os.WriteFile(path, bytes.Replace(text, []byte(v[0]), []byte(v[1]), 1), 0o666))
	} else {
		must(os.WriteFile(path, text[:s.rng.IntN(len(text)-2)], 0o666))
		how = "cut"
	}
	p := s.call(w.name+", tampered", dir, w.check...)
	s.say("%s: %s: %s", w.name, how, p.end())
	if p.ProcessState.ExitCode() != 1 {
		s.fail("%s: %s, and the proof holds: %s%s", w.name, how, &p.stdout, p.end())
	}
}

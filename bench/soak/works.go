//go:build linux

package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	"keyhull/weights"
)

// work is a command that writes to the folder out, and what it leaves if nothing
// disturbs it.
type work struct {
	name    string
	args    []string
	check   []string // a command afterwards, which must succeed
	trains  bool     // it has checkpoints, and refuses a second process
	cells   bool     // it keeps cells
	want    map[string]string
	printed string
	took    time.Duration // undisturbed
	size    int64         // of its files
}

// inputs makes what works read: keys, texts, a model of two layers.
func (s *soak) inputs() {
	var text strings.Builder
	for i := range 300 {
		fmt.Fprintf(&text, "The cat sat on mat number %d, and the dog ran %d times around the house.\n", i, i%7)
		if i%100 == 50 {
			text.WriteString("<|endoftext|>\n")
		}
	}
	must(os.WriteFile(s.input("text.txt"), []byte(text.String()), 0o666))
	rng := rand.New(rand.NewPCG(*seed, 2))
	keys := make([]float32, 300*5)
	for i := range keys {
		keys[i] = float32(rng.NormFloat64())
	}
	var b bytes.Buffer
	must(weights.WriteNPY(&b, []int{300, 5}, keys))
	must(os.WriteFile(s.input("keys.npy"), b.Bytes(), 0o666))
	p := s.call("model", s.input(""), strings.Fields("train gpt2 --dim 4 --layers 2 --heads 2 --context 32 --batch 2 --steps 2 --every 1 --test-every 2 --text text.txt --out trained")...)
	if !p.ProcessState.Success() {
		must(fmt.Errorf("%v: %s", p.Args, &p.stderr))
	}
	must(os.Rename(s.input("trained/seed-1/model"), s.input("model")))
}

func (s *soak) input(name string) string { return filepath.Join(s.dir, "inputs", name) }

// kinds of work.
func (s *soak) kinds() []*work {
	fields := func(text string) []string { return strings.Fields(strings.ReplaceAll(text, "INPUTS", s.input(""))) }
	return []*work{
		{name: "majority", trains: true, args: fields("majority --samples 2000 --batch 500 --steps 1500 --every 10 --seeds 2 --out out")},
		{name: "train", trains: true, args: fields("train gpt2 --norm project-learned --dim 4 --layers 2 --heads 2 --context 64 --batch 4 --steps 300 --rate 1e-3 --every 10 --test-every 50 --test-blocks 4 --seeds 2 --out out")},
		{name: "heatmap", cells: true, args: fields("heatmap --keys 3:40 --runs 60 --out out")},
		{name: "reproduce", cells: true, args: fields("reproduce --only fig5 --out out")},
		{name: "decide", args: fields("decide INPUTS/keys.npy --certificates out/proof.json"), check: fields("verify INPUTS/keys.npy out/proof.json")},
		{name: "vocab", args: fields("vocab INPUTS/model --out out"), check: fields("verify out/rows.npy out/reach.json")},
		{name: "audit", cells: true, args: fields("audit INPUTS/model --text INPUTS/text.txt --samples 3 --reach --best 2 --out out")},
	}
}

// references does each work once with nothing in its way.
func (s *soak) references() {
	for _, w := range s.kinds() {
		dir := filepath.Join(s.dir, "undisturbed", w.name)
		must(os.MkdirAll(filepath.Join(dir, "out"), 0o777)) // decide wants it
		p := s.call(w.name, dir, w.args...)
		if !p.ProcessState.Success() {
			must(fmt.Errorf("%v: %s", p.Args, &p.stderr))
		}
		w.want, w.size = contents(filepath.Join(dir, "out"))
		w.printed, w.took = timeless(p.stdout.String()), p.took
		s.works = append(s.works, w)
		s.say("%s: undisturbed, %d files, %d kB, %.1f s", w.name, len(w.want), w.size/1000, w.took.Seconds())
	}
}

// inRound does each work once, harmed in some way, and refuses hostile files.
// The folders of the round before are removed.
func (s *soak) inRound(ctx context.Context, round int64) {
	old := filepath.Join(s.dir, "runs", fmt.Sprint("r", round-1))
	for _, i := range s.rng.Perm(len(s.works)) {
		if ctx.Err() != nil {
			return
		}
		w := s.works[i]
		s.harmed(w, filepath.Join(s.dir, "runs", fmt.Sprint("r", round), w.name))
		s.hostile()
		s.rest(ctx)
	}
	must(os.RemoveAll(old))
	s.say("round %d is done", round)
}

// finish runs a work to its end and compares.
func (s *soak) finish(w *work, dir string) *process {
	p := s.call(w.name, dir, w.args...)
	if !p.ProcessState.Success() {
		s.fail("%s: %s", w.name, p.end())
		return p
	}
	s.same(w, dir, p.stdout.String())
	return p
}

// same wants in dir what the work leaves and prints undisturbed.
func (s *soak) same(w *work, dir, printed string) {
	got, _ := contents(filepath.Join(dir, "out"))
	for name := range maps.Keys(w.want) {
		if got[name] != w.want[name] {
			s.fail("%s: %s differs", w.name, filepath.Join(dir, "out", name))
		}
	}
	if len(got) != len(w.want) {
		s.fail("%s: %d files, want %d", w.name, len(got), len(w.want))
	}
	if timeless(printed) != w.printed {
		s.fail("%s: printed %q, want %q", w.name, printed, w.printed)
	}
	if w.check != nil {
		if p := s.call(w.name+", check", dir, w.check...); !p.ProcessState.Success() {
			s.fail("%s: %v: %s%s", w.name, w.check, &p.stdout, p.end())
		}
	}
	s.count("result")
}

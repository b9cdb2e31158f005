//go:build linux

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"keyhull/sweep"
)

// slurm has sweeps computed by a real Slurm, in a goroutine of its own, while it
// kills what works at them.
type slurm struct {
	*soak
	rng    *rand.Rand
	script string // that kills and starts nodes and the controller; "" without
	folder string // of the sweep
	works  []*work
	kills  int // of this sweep
}

// mostKills is how often a sweep is harmed, and mostTime how long it may take.
const (
	mostKills = 4
	mostTime  = 6 * time.Minute
)

func newSlurm(s *soak, conf string) *slurm {
	os.Setenv("PATH", os.Getenv("PATH")+":/usr/sbin:/sbin")
	os.Setenv("SLURM_CONF", conf)
	c := &slurm{soak: s, rng: rand.New(rand.NewPCG(*seed, 3)), script: os.Getenv("KEYHULL_SLURM")}
	for _, w := range s.works {
		if w.name == "heatmap" || w.name == "majority" || w.name == "audit" {
			c.works = append(c.works, w)
		}
	}
	return c
}

// work runs sweeps until ctx is done; it rests as long as each took.
func (c *slurm) work(ctx context.Context) {
	for n := 1; ctx.Err() == nil; n++ {
		begin := time.Now()
		w := c.works[n%len(c.works)]
		c.sweep(ctx, w, filepath.Join(c.dir, "runs", fmt.Sprintf("slurm%d", n), w.name))
		pause(ctx, time.Since(begin))
		os.RemoveAll(filepath.Join(c.dir, "runs", fmt.Sprintf("slurm%d", n)))
	}
}

// sweep submits a work, harms it, and compares once it is finished.
func (c *slurm) sweep(ctx context.Context, w *work, dir string) {
	must(os.MkdirAll(dir, 0o777))
	c.folder, c.kills = filepath.Join(dir, "out"), 0
	submit := append(strings.Fields("submit slurm --tasks 4 --attempts 100 --"), w.args...)
	for begin := time.Now(); !c.finished(); {
		if time.Since(begin) > mostTime {
			c.fail("Slurm, %s: not finished: %s", w.name, c.call("status", dir, "status", "out").stdout.String())
			break
		}
		if ctx.Err() != nil { // there is no time left to compare
			c.quiet()
			return
		}
		if !c.working() { // as a user who comes back and looks
			p := c.call("submit", dir, submit...)
			c.say("Slurm, %s: submit: %s%s", w.name, &p.stdout, p.end())
			if strings.HasPrefix(p.stdout.String(), "all ") {
				c.resume(w, dir)
			}
		}
		if pause(ctx, 2*time.Second+time.Duration(c.rng.Int64N(int64(4*time.Second)))) && c.kills < mostKills {
			c.disturb(w, dir)
		}
	}
	printed, _ := os.ReadFile(filepath.Join(c.folder, "plan", "output"))
	c.same(w, dir, string(printed))
	c.say("Slurm, %s: done", w.name)
	c.quiet()
}

// folderStatus is what keyhull status says, as far as it is needed.
type folderStatus struct {
	Plan *struct {
		Missing  int
		Finished bool
	}
	Slurm  []sweep.QueueRow
	Silent string `json:"slurm_says_nothing"`
}

func (c *slurm) status() (s folderStatus) {
	p := c.call("status", c.dir, "status", "--format", "json", c.folder)
	if p.ProcessState.Success() {
		if err := json.Unmarshal(p.stdout.Bytes(), &s); err != nil {
			c.fail("status: %v: %s", err, &p.stdout)
		}
	}
	return s
}

func (c *slurm) finished() bool {
	s := c.status()
	return s.Plan != nil && s.Plan.Finished && s.Plan.Missing == 0
}

// working reports whether Slurm may still do something for the sweep.
func (c *slurm) working() bool {
	s := c.status()
	alive := slices.ContainsFunc(s.Slurm, sweep.QueueRow.Alive)
	return s.Silent != "" || alive && !slices.ContainsFunc(s.Slurm, sweep.QueueRow.Held)
}

// resume lets the pool finish the sweep, if it can.
func (c *slurm) resume(w *work, dir string) {
	p := c.call("resume", dir, "resume", "out")
	c.say("Slurm, %s: resume: %s", w.name, p.end())
}

// quiet ends what still runs of the sweep.
func (c *slurm) quiet() {
	exec.Command("scancel", "--user="+strconv.Itoa(os.Getuid())).Run()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		if len(slices.Concat(c.pids("task"), c.pids("collect"))) == 0 {
			return
		}
	}
	c.fail("Slurm: processes stay: %v %v", c.pids("task"), c.pids("collect"))
}

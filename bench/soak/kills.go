//go:build linux

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// disturb kills something of the sweep, if there is any of its kind.
func (c *slurm) disturb(w *work, dir string) {
	kind, done := "", false
	switch n := c.rng.IntN(20); {
	case n < 7:
		kind, done = "Slurm task killed", c.signal("task", syscall.SIGKILL)
	case n < 9:
		kind, done = "Slurm task terminated", c.signal("task", syscall.SIGTERM)
	case n < 11:
		kind, done = "Slurm task out of time", c.signal("task", syscall.SIGUSR1)
	case n < 13:
		kind, done = "collector killed", c.signal("collect", syscall.SIGKILL)
	case n < 14:
		kind, done = "slurmstepd killed", c.killManager()
	case n < 16:
		kind, done = "pool beside it killed", c.killPool(dir)
	case n < 18:
		kind, done = "node killed", c.killNode()
	default:
		kind, done = "controller killed", c.killController()
	}
	if done {
		c.kills++
		c.fault(kind, "Slurm, %s: %s", w.name, kind)
	}
}

// pids lists the processes that run keyhull with such a verb on the sweep's
// folder.
func (c *slurm) pids(verb string) (list []int) {
	found, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, path := range found {
		text, _ := os.ReadFile(path)
		words := strings.Split(string(text), "\x00")
		if len(words) > 2 && words[0] == c.keyhull && words[1] == verb && words[2] == c.folder {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
			list = append(list, pid)
		}
	}
	return list
}

func (c *slurm) signal(verb string, sig syscall.Signal) bool {
	list := c.pids(verb)
	return len(list) > 0 && syscall.Kill(list[c.rng.IntN(len(list))], sig) == nil
}

// killManager kills the job manager of a task, which runs on as an orphan.
func (c *slurm) killManager() bool {
	list := c.pids("task")
	if len(list) == 0 {
		return false
	}
	stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", list[0]))
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	if len(fields) < 2 {
		return false
	}
	parent, _ := strconv.Atoi(fields[1])
	program, _ := os.Readlink(fmt.Sprintf("/proc/%d/exe", parent))
	return strings.Contains(program, "slurmstepd") && syscall.Kill(parent, syscall.SIGKILL) == nil
}

// killPool has the pool finish the sweep, beside the tasks, and kills it soon.
func (c *slurm) killPool(dir string) bool {
	p := c.start("resume", dir, 0, "resume", "out")
	time.Sleep(time.Duration(c.rng.IntN(1500)) * time.Millisecond)
	p.Process.Kill()
	return !p.wait().ProcessState.Success()
}

func (c *slurm) run(args ...string) {
	if text, err := exec.Command(c.script, args...).CombinedOutput(); err != nil {
		c.say("%s %v: %v: %s", filepath.Base(c.script), args, err, text)
	}
}

func (c *slurm) killNode() bool {
	if c.script == "" {
		return false
	}
	node, place := fmt.Sprintf("n%d", c.rng.IntN(2)), filepath.Dir(*slurmConf)
	c.run("kill-node", place, node)
	time.Sleep(time.Duration(c.rng.IntN(1000)) * time.Millisecond)
	c.run("start-node", place, node)
	return true
}

func (c *slurm) killController() bool {
	if c.script == "" {
		return false
	}
	place := filepath.Dir(*slurmConf)
	c.run("kill-ctld", place, []string{"KILL", "TERM"}[c.rng.IntN(2)])
	time.Sleep(time.Duration(c.rng.IntN(1000)) * time.Millisecond)
	c.run("start-ctld", place)
	c.run("start-node", place, "n0") // an id that was given twice drains them
	c.run("start-node", place, "n1")
	return true
}

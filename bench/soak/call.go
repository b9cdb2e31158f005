//go:build linux

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// process is a call of keyhull.
type process struct {
	*exec.Cmd
	soak           *soak
	what           string // for the log
	stdout, stderr bytes.Buffer
	start          time.Time
	took           time.Duration
}

// start begins one in a folder. limit, unless it is 0, is the most KiB that a
// file may have.
func (s *soak) start(what, dir string, limit int, args ...string) *process {
	p := &process{soak: s, what: what, Cmd: exec.Command(s.keyhull, args...)}
	if limit > 0 {
		p.Cmd = exec.Command("sh", append([]string{"-c", fmt.Sprintf(`ulimit -f %d && exec "$@"`, 2*limit), "sh", s.keyhull}, args...)...)
	}
	p.Dir = dir
	p.Env = append(os.Environ(), "TMPDIR="+s.dir+"/tmp")
	if s.slurm != nil {
		p.Env = append(p.Env, "SLURM_CONF="+*slurmConf)
	}
	p.Stdout, p.Stderr = &p.stdout, &p.stderr
	p.start = time.Now()
	must(p.Start())
	return p
}

// wait waits for the end and takes what it took. Whatever a process is asked for, it
// must not panic.
func (p *process) wait() *process {
	p.Wait()
	p.took = time.Since(p.start)
	if text := p.stderr.String(); strings.Contains(text, "panic") || strings.Contains(text, "goroutine ") || strings.Contains(text, "internal error") || strings.Contains(text, "fatal error") {
		p.soak.fail("%s: %s", p.what, text)
	}
	p.soak.took.add(p)
	return p
}

// call runs one to its end.
func (s *soak) call(what, dir string, args ...string) *process {
	return s.start(what, dir, 0, args...).wait()
}

// killedBy reports whether a signal ended it, as it ends what does nothing about
// it.
func (p *process) killedBy(sig syscall.Signal) bool {
	status, ok := p.ProcessState.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == sig
}

// last returns the last lines of what it said.
func (p *process) last(n int) []string {
	lines := strings.Split(strings.TrimSpace(p.stderr.String()), "\n")
	return lines[max(0, len(lines)-n):]
}

// refused reports whether it failed as it should: with exit code 1, or 2 for a wrong
// command line, an error and a hint.
func (p *process) refused() bool {
	end := p.last(2)
	code := p.ProcessState.ExitCode()
	return (code == 1 || code == 2) && len(end) == 2 && strings.HasPrefix(end[0], "error: ") && strings.HasPrefix(end[1], "hint: ")
}

func (p *process) end() string {
	return fmt.Sprintf("%v, %s", p.ProcessState, strings.Join(p.last(2), " | "))
}

// peak is the most memory that it had, in KiB; at least this program's own, which
// Linux counts as its child's.
func (p *process) peak() int64 {
	if u, ok := p.ProcessState.SysUsage().(*syscall.Rusage); ok {
		return int64(u.Maxrss)
	}
	return 0
}

// processes keeps what each took.
type processes struct {
	mu   sync.Mutex
	rows []took
}

type took struct {
	what    string
	round   int64
	at      float64 // since the beginning
	seconds float64
	cpu     float64
	peak    int64
	code    int
}

func (t *processes) add(p *process) {
	t.mu.Lock()
	defer t.mu.Unlock()
	cpu := p.ProcessState.UserTime() + p.ProcessState.SystemTime()
	t.rows = append(t.rows, took{p.what, p.soak.round.Load(), time.Since(p.soak.began).Seconds(), p.took.Seconds(), cpu.Seconds(), p.peak(), p.ProcessState.ExitCode()})
}

func (t *processes) forget() { t.rows = nil }

// kinds lists the kinds of processes, in order.
func (t *processes) kinds() (kinds []string) {
	for _, r := range t.rows {
		kinds = append(kinds, r.what)
	}
	slices.Sort(kinds)
	return slices.Compact(kinds)
}

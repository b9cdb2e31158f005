//go:build linux

package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// fault harms a work in a folder; the work goes on afterwards.
type fault struct {
	name string
	fits func(*work) bool
	do   func(*soak, *work, string)
}

var faults = []fault{
	{"nothing", every, func(*soak, *work, string) {}},
	{"killed", every, func(s *soak, w *work, dir string) { s.signalled(w, dir, syscall.SIGKILL) }},
	{"interrupted", every, (*soak).interrupted},
	{"two at once", every, (*soak).twice},
	{"full disk", every, (*soak).fullDisk},
	{"file-size limit", every, (*soak).largeFile},
	{"damaged checkpoint", func(w *work) bool { return w.trains }, (*soak).damagedCheckpoint},
	{"damaged cell", func(w *work) bool { return w.cells }, (*soak).damagedCell},
	{"tampered proof", func(w *work) bool { return w.check != nil }, (*soak).tampered},
}

func every(*work) bool { return true }

// harmed has a work done in a folder of its own, in spite of a fault.
func (s *soak) harmed(w *work, dir string) {
	must(os.MkdirAll(filepath.Join(dir, "out"), 0o777))
	fitting := slices.DeleteFunc(slices.Clone(faults), func(f fault) bool { return !f.fits(w) })
	f := fitting[s.rng.IntN(len(fitting))]
	s.fault(f.name, "%s: %s", w.name, f.name)
	f.do(s, w, dir)
	p := s.finish(w, dir)
	s.say("%s: %s, then done in %.1f s, at most %d MB", w.name, f.name, p.took.Seconds(), p.peak()/1000)
	syscall.Unmount(filepath.Join(dir, "out"), syscall.MNT_DETACH) // a full disk
}

// moment is some time before a work would end.
func (s *soak) moment(w *work) time.Duration {
	return time.Duration(s.rng.Float64() * 0.9 * float64(w.took))
}

// signalled sends a work a signal at some moment, one to three times in turn.
func (s *soak) signalled(w *work, dir string, sig syscall.Signal) {
	for range 1 + s.rng.IntN(3) {
		p := s.start(w.name, dir, 0, w.args...)
		after := s.moment(w)
		time.Sleep(after)
		p.Process.Signal(sig)
		p.wait()
		s.say("%s: %v after %.2f s: %v", w.name, sig, after.Seconds(), p.ProcessState)
		s.left(w, p, sig)
	}
}

// left wants the exit code of a process that a signal has ended: it says so, or it
// was ready, or had just begun.
func (s *soak) left(w *work, p *process, sig syscall.Signal) {
	switch code := p.ProcessState.ExitCode(); {
	case code == 0, p.killedBy(sig):
	case code == 128+int(sig) && strings.HasSuffix(p.stderr.String(), "interrupted\n"):
	default:
		s.fail("%s: after %v: %s", w.name, sig, p.end())
	}
}

func (s *soak) interrupted(w *work, dir string) {
	list := []syscall.Signal{syscall.SIGTERM, syscall.SIGUSR1, syscall.SIGINT}
	s.signalled(w, dir, list[s.rng.IntN(len(list))])
}

// twice has two processes write to one folder. Of trainings one refuses, unless
// the other was ready before.
func (s *soak) twice(w *work, dir string) {
	first := s.start(w.name, dir, 0, w.args...)
	time.Sleep(s.moment(w) / 2)
	second := s.start(w.name, dir, 0, w.args...)
	failed := 0
	for _, p := range []*process{first.wait(), second.wait()} {
		if p.ProcessState.Success() {
			continue
		}
		failed++
		if !w.trains || !p.refused() || !strings.Contains(p.stderr.String(), "in use") {
			s.fail("%s, two at once: %s", w.name, p.end())
		}
	}
	s.say("%s: two at once, %d refused", w.name, failed)
	if failed == 2 {
		s.fail("%s: of two at once both refused: %s; %s", w.name, first.end(), second.end())
	}
}

// largeFile lets no file be larger than some size.
func (s *soak) largeFile(w *work, dir string) {
	limit := 1 + s.rng.IntN(int(w.size/2048)+1)
	p := s.start(w.name, dir, limit, w.args...).wait()
	s.say("%s: no file above %d KiB: %s", w.name, limit, p.end())
	s.short(w, p, "file too large", "ulimit -f")
}

// short wants a work to succeed, or to fail for want of space, and to say so.
func (s *soak) short(w *work, p *process, why, hint string) {
	end := p.last(2)
	if !p.ProcessState.Success() && !(p.refused() && strings.Contains(end[0], why) && strings.Contains(end[1], hint)) {
		s.fail("%s, %s: %s", w.name, why, p.end())
	}
}

// fullDisk has the work write to a disk with too little space, which grows then.
func (s *soak) fullDisk(w *work, dir string) {
	disk, size := filepath.Join(dir, "out"), 4096+s.rng.Int64N(w.size)
	if err := syscall.Mount("none", disk, "tmpfs", 0, sizeOption(size)); err != nil {
		s.say("%s: no disk can be mounted here: %v", w.name, err)
		s.largeFile(w, dir)
		return
	}
	p := s.call(w.name, dir, w.args...)
	s.say("%s: a disk of %d kB: %s", w.name, size/1000, p.end())
	s.short(w, p, "no space left on device", "free some space")
	must(syscall.Mount("none", disk, "tmpfs", syscall.MS_REMOUNT, sizeOption(100<<20)))
}

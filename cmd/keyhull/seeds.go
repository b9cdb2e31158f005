package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// seedBars shows on standard error how far the seeds of a training are: a bar
// for each that trains, on a terminal; otherwise a line for it now and then.
// Methods may be called from several goroutines.
type seedBars struct {
	w            io.Writer
	steps, seeds int
	every        time.Duration // between two lines of a seed
	bars         *mpb.Progress // nil where there is no terminal

	mu    sync.Mutex // of lines, and begun
	begun int        // seeds
}

func (e *env) seedBars(steps, seeds int) *seedBars {
	s := &seedBars{w: e.err, steps: steps, seeds: seeds, every: lineEvery}
	if isTerminal(e.err) {
		s.bars = mpb.New(mpb.WithOutput(e.err), mpb.WithWidth(16))
	}
	return s
}

// begin shows a seed from now on. progress says where it is, end that it is no
// longer trained.
func (s *seedBars) begin(seed uint64) (progress func(step int, loss float64), end func()) {
	name := s.name(seed)
	if s.bars == nil {
		return s.lines(name), func() {}
	}
	var loss atomic.Value
	loss.Store("")
	pace := new(pace)
	bar := s.bars.New(int64(s.steps), mpb.BarStyle(), mpb.BarRemoveOnComplete(),
		mpb.PrependDecorators(decor.Name(name)),
		mpb.AppendDecorators(decor.CountersNoUnit(" %d/%d steps"),
			decor.Any(func(decor.Statistics) string { return loss.Load().(string) }),
			decor.Any(func(d decor.Statistics) string { return ", " + pace.left(int(d.Current), s.steps) })))
	return func(step int, l float64) {
		pace.start(step)
		loss.Store(fmt.Sprintf(", loss %.3f", l))
		bar.SetCurrent(int64(step))
	}, func() { bar.Abort(true) }
}

// name says which seed it is, and how many of them have begun.
func (s *seedBars) name(seed uint64) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.begun++
	return fmt.Sprintf("seed %-4d %*d/%d", seed, len(strconv.Itoa(s.seeds)), s.begun, s.seeds)
}

// lines writes a line for a seed now and then.
func (s *seedBars) lines(name string) func(step int, loss float64) {
	pace, last := new(pace), time.Now()
	return func(step int, loss float64) {
		pace.start(step)
		if time.Since(last) < s.every {
			return
		}
		last = time.Now()
		s.say("%s: %d of %d steps, loss %.3f, %s", name, step, s.steps, loss, pace.left(step, s.steps))
	}
}

func (s *seedBars) warn(text string) { s.say("warning: %s", text) }

func (s *seedBars) say(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.w
	if s.bars != nil {
		w = s.bars // above the bars
	}
	fmt.Fprintf(w, format+"\n", args...)
}

// stop takes the bars away.
func (s *seedBars) stop() {
	if s.bars != nil {
		s.bars.Wait()
	}
}

// pace estimates the time left from what was done since it started: a resumed
// run's earlier steps do not count.
type pace struct {
	mu    sync.Mutex
	first int
	since time.Time
}

func (p *pace) start(step int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.since.IsZero() {
		p.first, p.since = step, time.Now()
	}
}

func (p *pace) left(step, total int) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.since.IsZero() {
		return "starting"
	}
	return left(int64(step-p.first), int64(total-p.first), time.Since(p.since))
}

// speaksUnicode reports whether the locale's encoding is UTF-8.
func speaksUnicode() bool {
	locale := cmp.Or(os.Getenv("LC_ALL"), os.Getenv("LC_CTYPE"), os.Getenv("LANG"))
	return strings.Contains(strings.ReplaceAll(strings.ToLower(locale), "-", ""), "utf8")
}

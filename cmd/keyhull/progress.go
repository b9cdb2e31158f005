package main

import (
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// Short work shows nothing; long work a bar on a terminal, otherwise a line
// now and then.
const (
	patience  = 500 * time.Millisecond
	lineEvery = 10 * time.Second
)

// progress shows on standard error how far some work is. Its methods may be
// called from several goroutines.
type progress struct {
	w    io.Writer
	unit string // what is counted: "keys"
	now  atomic.Pointer[phase]

	mu          sync.Mutex
	done, total int
	bars        *mpb.Progress
	bar         *mpb.Bar
	timer       *time.Timer
}

// phase is a part of the work that has a pace of its own.
type phase struct {
	label string // what is being done
	start time.Time
	from  int // things done before, which must not count for the pace
}

// left estimates how long the rest takes.
func (p *phase) left(done, total int64) string {
	return left(done-int64(p.from), total-int64(p.from), time.Since(p.start))
}

// progress begins to show work on total things. The caller must stop it.
func (e *env) progress(label, unit string, total int) *progress {
	p := &progress{w: e.err, unit: unit, total: total}
	p.now.Store(&phase{label: label, start: time.Now()})
	p.mu.Lock()
	defer p.mu.Unlock()
	p.timer = time.AfterFunc(patience, p.show)
	return p
}

// show begins to take the pace, and shows the bar, or lines from now on. What
// an earlier run kept is done by then and must not count for the pace.
func (p *progress) show() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.timer == nil { // stopped meanwhile
		return
	}
	p.now.Store(&phase{p.now.Load().label, time.Now(), p.done})
	if isTerminal(p.w) {
		p.showBar()
		return
	}
	p.timer = time.AfterFunc(lineEvery-patience, p.line)
}

// set says how many things are done.
func (p *progress) set(done int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done = done
	if p.bar != nil {
		p.bar.SetCurrent(int64(done))
	}
}

// phase says what is being done from now on, after so many things; where that
// is new, the estimate of the time left begins anew.
func (p *progress) phase(label string, from int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.now.Load().label != label {
		p.now.Store(&phase{label, time.Now(), from})
	}
}

// stop ends the display and takes the bar away; stopping again does nothing.
func (p *progress) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.timer == nil {
		return
	}
	p.timer.Stop()
	p.timer = nil
	if p.bar != nil {
		p.bar.Abort(true)
		p.bars.Wait()
	}
}

func (p *progress) showBar() {
	p.bars = mpb.New(mpb.WithOutput(p.w), mpb.WithWidth(30))
	p.bar = p.bars.New(0, mpb.BarStyle(), // 0: it stays until it is stopped
		mpb.PrependDecorators(decor.Any(func(decor.Statistics) string { return p.now.Load().label + " " })),
		mpb.AppendDecorators(
			decor.CountersNoUnit(" %d/%d "+p.unit+", "),
			// It must not take p.mu: who holds that may wait for the bar.
			decor.Any(func(s decor.Statistics) string {
				return p.now.Load().left(s.Current, s.Total)
			})))
	p.bar.SetTotal(int64(p.total), false)
	p.bar.SetCurrent(int64(p.done))
}

func (p *progress) line() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.timer == nil {
		return
	}
	now := p.now.Load()
	fmt.Fprintf(p.w, "%s: %d of %d %s, %s\n", now.label, p.done, p.total, p.unit,
		now.left(int64(p.done), int64(p.total)))
	p.timer.Reset(lineEvery)
}

// left estimates from the pace so far how long the rest takes.
func left(done, total int64, spent time.Duration) string {
	if done <= 0 || done >= total {
		return round(spent) + " so far"
	}
	rest := time.Duration(float64(spent) * float64(total-done) / float64(done))
	return round(rest) + " left"
}

// round shows a duration in seconds, of which nobody needs a fraction.
func round(d time.Duration) string { return d.Round(time.Second).String() }

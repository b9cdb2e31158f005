//go:build linux

package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// journal is the log, and counts what stands in it. It may be written from
// several goroutines.
type journal struct {
	mu     sync.Mutex
	w      io.Writer
	start  time.Time
	round  atomic.Int64 // that works are in
	counts map[string]int
	wrong  int
	first  []string // of what was wrong
}

func newJournal(path string) *journal {
	f, err := os.Create(path)
	must(err)
	return &journal{w: io.MultiWriter(f, os.Stdout), start: time.Now(), counts: map[string]int{}}
}

// say writes a line.
func (j *journal) say(format string, args ...any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.line(format, args...)
}

func (j *journal) line(format string, args ...any) {
	text := strings.ReplaceAll(strings.TrimSpace(fmt.Sprintf(format, args...)), "\n", " | ")
	fmt.Fprintf(j.w, "%s %7.1f s  %s\n", time.Now().Format(time.TimeOnly), time.Since(j.start).Seconds(), text)
}

// count adds one of a kind: a fault, a work done, a request.
func (j *journal) count(kind string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.counts[kind]++
}

// fault counts a fault, and says so.
func (j *journal) fault(kind, format string, args ...any) {
	j.count("fault: " + kind)
	j.say("fault: "+format, args...)
}

// mostWrong is how many things that went wrong the summary repeats.
const mostWrong = 20

// fail says that something went wrong, and returns how many things have.
func (j *journal) fail(format string, args ...any) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.wrong++
	text := fmt.Sprintf("WRONG in round %d: "+format, append([]any{j.round.Load()}, args...)...)
	j.line("%s", text)
	if len(j.first) < mostWrong {
		j.first = append(j.first, text)
	}
	return j.wrong
}

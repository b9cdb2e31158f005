package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// terminal opens a terminal; text closes it and returns what was written to it.
func terminal(t *testing.T) (tty *os.File, text func() string) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skip("no terminals here:", err)
	}
	t.Cleanup(func() { master.Close() })
	number, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Skip("no terminals here:", err)
	}
	if tty, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0); err != nil {
		t.Skip("no terminals here:", err)
	}
	chunks := make(chan string, 1000)
	go func() {
		defer close(chunks)
		b := make([]byte, 1<<16)
		for {
			n, err := master.Read(b)
			if err != nil {
				return
			}
			chunks <- string(b[:n])
		}
	}()
	return tty, func() string {
		tty.Close()
		var all strings.Builder
		for chunk := range chunks {
			all.WriteString(chunk)
		}
		return all.String()
	}
}

// Colours are for terminals, and for people who want them.
func TestColours(t *testing.T) {
	keys := filepath.Join(t.TempDir(), "keys.csv")
	if err := os.WriteFile(keys, []byte("0,0\n1,0\n0,1\n0.2,0.2\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		noColour, term string
		want           bool
	}{{"", "xterm", true}, {"1", "xterm", false}, {"", "dumb", false}} {
		t.Setenv("NO_COLOR", c.noColour)
		t.Setenv("TERM", c.term)
		tty, text := terminal(t)
		code := run(t.Context(), []string{"decide", keys}, tty, tty, tty)
		got := text()
		if code != 0 || !strings.Contains(got, "unselectable") || strings.Contains(got, "\x1b[") != c.want {
			t.Errorf("NO_COLOR=%q TERM=%s: exit code %d, %q", c.noColour, c.term, code, got)
		}
	}
}

// What an earlier run kept is there at once and says nothing about the pace.
func TestPaceWithoutKeptParts(t *testing.T) {
	tty, text := terminal(t)
	unix.IoctlSetWinsize(int(tty.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 80})
	e := &env{err: tty}
	bar := e.progress("going on", "parts", 1000)
	bar.set(900)
	time.Sleep(patience + patience/5)
	bar.set(901) // one part took about a tenth of a second or more, and 99 are left
	time.Sleep(patience)
	bar.stop()
	got := text()
	if strings.Contains(got, " 0s left") || !strings.Contains(got, "s left") && !strings.Contains(got, "m") {
		t.Errorf("%q", got)
	}
}

// A bar appears on a terminal only, keeps to its line and goes away.
func TestBar(t *testing.T) {
	tty, text := terminal(t)
	unix.IoctlSetWinsize(int(tty.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 80})
	e := &env{err: tty}
	bar := e.progress("deciding", "keys", 1000)
	for i := range 10 {
		bar.set(100 * i)
		time.Sleep(patience / 5)
	}
	bar.stop()
	fmt.Fprint(tty, "done")
	got := text()
	if !strings.Contains(got, "deciding ") || !strings.Contains(got, "/1000 keys") || !strings.HasSuffix(got, "done") {
		t.Errorf("%q", got)
	}
	last := got[strings.LastIndex(got, "keys"):]
	if !strings.Contains(last, "\x1b[") {
		t.Errorf("the bar stays: %q", got)
	}
}

// A bar for each seed that trains, warnings above them, and nothing is left.
func TestSeedBars(t *testing.T) {
	tty, text := terminal(t)
	unix.IoctlSetWinsize(int(tty.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 80})
	e := &env{err: tty}
	bars := e.seedBars(17000, 10)
	first, end1 := bars.begin(123)
	_, end2 := bars.begin(42)
	first(100, 2.5)
	time.Sleep(patience)
	first(10200, 0.25)
	bars.warn("the one before is taken")
	time.Sleep(patience)
	end1()
	end2()
	bars.stop()
	fmt.Fprint(tty, "done")
	got := text()
	for _, want := range []string{"seed 123   1/10 [", "seed 42    2/10 [", " 0/17000 steps, starting", " 10200/17000 steps, loss 0.250, ", "\x1b[Jwarning: the one before is taken\r\nseed"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in %q", want, got)
		}
	}
	for line := range strings.SplitSeq(got, "\r\n") {
		if line = strings.NewReplacer("\x1b[2A", "", "\x1b[1A", "", "\x1b[J", "").Replace(line); len(line) > 80 {
			t.Errorf("%d columns: %q", len(line), line)
		}
	}
	if !strings.HasSuffix(got, "\x1b[Jdone") {
		t.Errorf("something stays: %q", got)
	}
}

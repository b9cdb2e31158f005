//go:build unix

package main

import (
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// What a scheduler sends to a task has each training leave a checkpoint of its
// last measurement and say by its exit code which signal it was; the folder ends
// as if nothing had been. SIGTERM may come twice.
func TestSignalled(t *testing.T) {
	if testing.Short() {
		t.Skip("trains for seconds")
	}
	for _, l := range []training{majority, trainText} {
		whole, _ := l.leftAlone(t)
		dir := filepath.Join(t.TempDir(), "run")
		for _, signals := range [][]syscall.Signal{{syscall.SIGUSR1}, {syscall.SIGTERM, syscall.SIGTERM}, {syscall.SIGINT}} {
			c := l.in(dir)
			var said strings.Builder
			c.Stderr = &said
			before := checkpoints(t, dir)
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			for end := time.Now().Add(time.Minute); len(checkpoints(t, dir)) == 0 || slices.Equal(checkpoints(t, dir), before); time.Sleep(time.Millisecond) {
				if time.Now().After(end) {
					t.Fatal("no checkpoint")
				}
			}
			for _, s := range signals {
				c.Process.Signal(s)
			}
			c.Wait()
			if code := c.ProcessState.ExitCode(); code != 128+int(signals[0]) || !strings.HasSuffix(said.String(), "interrupted\n") {
				t.Errorf("%s, %v: exit code %d, %q", l, signals, code, said.String())
			}
		}
		if out, err := l.in(dir).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		sameFolders(t, whole, dir)
	}
}

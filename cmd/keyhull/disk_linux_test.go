package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// smallDisk is a folder that holds so many bytes.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("none", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("needs the right to mount a small disk: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, 0) })
	return dir
}

// A disk that is full ends a command with one error that says what to do. What
// was finished stays, and when there is space the same command goes on: its
// results are those of one that had space all along.
func TestFullDisk(t *testing.T) {
	if testing.Short() {
		t.Skip("trains for seconds")
	}
	for _, l := range []training{majority, "heatmap --keys 3:60 --runs 3"} {
		whole, _ := l.leftAlone(t)
		disk := smallDisk(t, "120k")
		dir := filepath.Join(disk, "run")
		text, err := l.in(dir).CombinedOutput()
		if err == nil || !bytes.Contains(text, []byte("no space left on device")) || !strings.Contains(lastOf(string(text)), "free some space") {
			t.Errorf("%s: %v: %s", l, err, text)
		}
		if n := len(contents(t, dir)); n < 3 {
			t.Errorf("%s: %d files are left", l, n)
		}
		if err := syscall.Mount("none", disk, "tmpfs", syscall.MS_REMOUNT, "size=50m"); err != nil {
			t.Fatal(err)
		}
		if text, err := l.in(dir).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", l, err, text)
		}
		want, got := results(t, whole), results(t, dir)
		for name := range want {
			if !bytes.Equal(want[name], got[name]) {
				t.Errorf("%s: %s differs", l, name)
			}
		}
	}
}

func lastOf(text string) string {
	text = strings.TrimSpace(text)
	return text[strings.LastIndexByte(text, '\n')+1:]
}

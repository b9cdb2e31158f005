package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// An interrupt ends with 130, says so in one line and leaves no file.
func TestInterrupted(t *testing.T) {
	dir := t.TempDir()
	keys := filepath.Join(dir, "keys.csv")
	if err := os.WriteFile(keys, []byte("0,0\n1,0\n0,1\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var out, errs bytes.Buffer
	args := []string{"decide", keys, "--certificates", filepath.Join(dir, "proof.json")}
	if code := run(ctx, args, strings.NewReader(""), &out, &errs); code != 130 {
		t.Errorf("exit code %d, want 130", code)
	}
	if errs.String() != "interrupted\n" || out.Len() > 0 {
		t.Errorf("printed %q and %q", out.String(), errs.String())
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*proof*")); len(left) > 0 {
		t.Errorf("left %v behind", left)
	}
}

// Every command explains itself in short lines with one example.
func TestHelp(t *testing.T) {
	root := newRootCommand(&env{out: newOutput(&bytes.Buffer{}), err: &bytes.Buffer{}})
	for _, cmd := range root.Commands() {
		if cmd.Short == "" || cmd.Example == "" || strings.Contains(cmd.Example, "\n") {
			t.Errorf("%s: want a short text and one example", cmd.Name())
		}
		for line := range strings.Lines(cmd.Long + "\n" + cmd.UsageString()) {
			if n := len([]rune(strings.TrimRight(line, "\n"))); n > textWidth {
				t.Errorf("%s: %d columns: %s", cmd.Name(), n, line)
			}
		}
	}
}

package main

import (
	"bytes"
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"keyhull/weights"
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
	commands := root.Commands()
	for i := 0; i < len(commands); i++ {
		cmd := commands[i]
		commands = append(commands, cmd.Commands()...)
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

// What people read fits into 80 columns, whatever the keys.
func TestTextFitsTerminal(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	rng := rand.New(rand.NewPCG(1, 1))
	for _, shape := range [][]int{{1, 3}, {3, 2}, {600, 3}, {2, 40, 4}, {30, 40, 4}} {
		total := 1
		for _, n := range shape {
			total *= n
		}
		x := make([]float64, total)
		for i := range x {
			x[i] = 1e-200 * rng.NormFloat64()
		}
		var b bytes.Buffer
		if err := weights.WriteNPY(&b, shape, x); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile("keys.npy", b.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
		for _, flags := range []string{"", "--margins bound", "--min-margin 1e-2 --certificates p.json", "--causal --best-attention 1e200", "--norm layernorm --reading ambient"} {
			var out, errs bytes.Buffer
			args := append([]string{"decide", "keys.npy"}, strings.Fields(flags)...)
			if code := run(t.Context(), args, nil, &out, &errs); code != 0 {
				t.Fatalf("%v %s: exit code %d: %s", shape, flags, code, &errs)
			}
			for line := range strings.Lines(out.String()) {
				if line = strings.TrimRight(line, "\n"); utf8.RuneCountInString(line) > textWidth || strings.Contains(line, "\x1b") {
					t.Errorf("%v %s: %q", shape, flags, line)
				}
			}
		}
	}
}

package main

import (
	"io"
	"strings"
	"testing"

	"keyhull/internal/oracle"
)

// TestTwoThousand is the million in small.
func TestTwoThousand(t *testing.T) {
	var out strings.Builder
	if code := run([]string{"-instances", "2000", "-seed", "7", "-brute", "8"}, &out, io.Discard); code != 0 {
		t.Fatalf("exit code %d:\n%s", code, out.String())
	}
}

// TestFindsFailures: a wrong verdict does not pass.
func TestFindsFailures(t *testing.T) {
	in := oracle.Instance{Width: 2, Norm: "none", Data: []float64{-1, -1, 1, -1, -1, 1, 1, 1, 0, 0}}
	var total tally
	c := check{in: &in, t: &total}
	r := c.decide(&in, true)
	r.Keys[4].Verdict = 0
	c.brute(r)
	c.twin(r)
	c.margins(r)
	if len(total.failures) != 3 {
		t.Errorf("%d failures, want 3", len(total.failures))
	}
	var out strings.Builder
	if code := report(&out, []tally{total}, 0); code != 1 || !strings.Contains(out.String(), "key 4 is selectable, exactly interior") {
		t.Errorf("exit code %d:\n%s", code, out.String())
	}
}

// TestTurns: in a million instances every family has turns of all sixteen
// kinds, and those that take long have few.
func TestTurns(t *testing.T) {
	turns := make([][16]int, len(oracle.Families))
	for i := range 1_000_000 {
		f, turn := turnOf(i)
		turns[f][turn%16]++
	}
	for f, kinds := range turns {
		for kind, n := range kinds {
			if n < 30 || oracle.Families[f].Every > 10 && n > 150 {
				t.Errorf("%s: %d turns of kind %d", oracle.Families[f].Name, n, kind)
			}
		}
	}
}

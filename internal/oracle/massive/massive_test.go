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

// TestHardSets are sets that once got a wrong verdict, certificate or margin,
// made as small as they go.
func TestHardSets(t *testing.T) {
	const big, hair = 0x1p900, 0x1p-300
	for name, in := range map[string]oracle.Instance{
		"query overflows": {Width: 2, Data: []float64{0, 0, 0x1p-1074, 0, 0, 0x1p-1074}},
		"a bipyramid's flat side": {Width: 3, Data: []float64{
			big, 0, 0, 0, big, 0, -big, -big, 0, 0, 0, big, 0, 0, -hair, 0, 0, 0, big / 4, big / 4, 0}},
		"a bit beyond the centre's": {Width: 4, Data: []float64{
			0x1.fffffffffffffp+01, 0x1.1ffffffffffffp+03, 0x1p-04, 0, 0x1.1ffffffffffffp+01, 0x1.5600000000001p+02, 0x1.3p-02, -0x1p-1074,
			0, 3, 1, 0, 4, 9, 1, 0, 4, 3, 1, 1, 4, 9, 0, 0, 4, 3, 0, 0}},
		"margin of keys of all sizes": {Width: 2, Data: []float64{
			-0x1.8c25f9949ea7ep+451, -0x1.0982e6c9213f1p+453, 0x1.3ab0fb5a68c07p+978, 0x1.3c71ddb45c11cp+976, -0x1.08755aa76fa04p-783, -0x1.622caa8765ab6p-783}},
	} {
		t.Run(name, func(t *testing.T) {
			in.Norm = "none"
			for turn := range 4 {
				var total tally
				c := check{in: &in, t: &total}
				if turn == 2 {
					c.run(18, 1) // margins
				} else {
					c.run(turn, 1)
				}
				for _, f := range total.failures {
					t.Error(f.what)
				}
			}
		})
	}
}

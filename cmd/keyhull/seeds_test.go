package main

import (
	"bytes"
	"testing"
	"time"
)

// Where there is no terminal, a seed gets a line now and then.
func TestSeedLines(t *testing.T) {
	var b bytes.Buffer
	s := (&env{err: &b}).seedBars(1000, 10)
	progress, end := s.begin(123)
	progress(100, 2)
	if b.Len() > 0 {
		t.Errorf("%q after a moment", b.String())
	}
	s.every = time.Nanosecond
	progress(200, 1.5)
	s.warn("w")
	end()
	s.stop()
	if want := "seed 123   1/10: 200 of 1000 steps, loss 1.500, 0s left\nwarning: w\n"; b.String() != want {
		t.Errorf("%q, want %q", b.String(), want)
	}
}

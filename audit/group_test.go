package audit

import (
	"math"
	"testing"
)

// Two query heads look 90° apart on a circle: together they reach what either does.
func TestGroupReach(t *testing.T) {
	h := circle(36)
	h.Maps = []QueryMap{identity(2, 1, 2, 0), identity(2, 1, 0, 2)}
	r := analyze(t, h, Options{})
	for i := range h.N {
		want := Unreachable
		if i <= 3 || i >= 33 || i >= 6 && i <= 12 {
			want = CanReach
		}
		if got := r.Reachable(i); got != want {
			t.Errorf("key at %d°: %v, want %v", 10*i, got, want)
		}
	}
	var tally Tally
	tally.Add(&TextResult{IDs: make([]int, 36), Layers: []LayerResult{{Heads: []HeadOf{{0, r}}}}})
	s := tally.Summary().Heads[0]
	if !s.Reached || math.Abs(s.Unreachable.Mean-22.0/36) > 1e-12 || s.Undecided.Mean != 0 {
		t.Errorf("%+v of the group", s.Unreachable)
	}
	if len(s.UnreachableBy) != 2 || math.Abs(s.UnreachableBy[0].Mean-29.0/36) > 1e-12 || math.Abs(s.UnreachableBy[1].Mean-29.0/36) > 1e-12 {
		t.Errorf("%+v by query head", s.UnreachableBy)
	}
}

// TestReachableTable: one that reaches is enough, and all must be proved not to.
func TestReachableTable(t *testing.T) {
	for _, c := range []struct {
		by   []Reachable
		want Reachable
	}{
		{[]Reachable{Unreachable}, Unreachable},
		{[]Reachable{Undecided}, Undecided},
		{[]Reachable{Unreachable, Unreachable}, Unreachable},
		{[]Reachable{Unreachable, Undecided}, Undecided},
		{[]Reachable{Undecided, Unreachable}, Undecided},
		{[]Reachable{Undecided, Unreachable, CanReach}, CanReach},
		{[]Reachable{CanReach, Undecided, Unreachable}, CanReach},
	} {
		r := &HeadResult{}
		for _, answer := range c.by {
			r.Reach = append(r.Reach, Reach{Keys: []Reachable{answer}})
		}
		if got := r.Reachable(0); got != c.want {
			t.Errorf("%v: %v, want %v", c.by, got, c.want)
		}
	}
}

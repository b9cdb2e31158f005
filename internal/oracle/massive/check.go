package main

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"keyhull"
	"keyhull/cert"
	"keyhull/cert/shortcut"
	"keyhull/internal/oracle"
)

// patience is how long one small set may take.
const patience = 2 * time.Minute

// check is the check of one instance.
type check struct {
	in    *oracle.Instance
	t     *tally
	index int
}

// run checks the certificates, and by turns a twin, the yes/no answer, the
// margins, deaths, and the verdicts against brute force.
func (c *check) run(turn, brute int) {
	defer func() {
		if r := recover(); r != nil {
			c.fail("panic: %v\n%s", r, debug.Stack())
		}
	}()
	r := c.decide(c.in, true)
	if r == nil {
		return
	}
	c.t.count(r)
	switch {
	case turn%4 == 0:
		c.twin(r)
	case turn%4 == 1:
		c.yesNo(r)
	case turn%16 == 2:
		c.margins(r)
	case turn%16 == 3:
		c.causal(r)
	}
	if turn%brute == 0 && c.in.N() <= 40 && c.in.Width <= 6 {
		c.brute(r)
	}
}

func (c *check) fail(format string, args ...any) {
	c.t.failures = append(c.t.failures, failure{c.index, c.in, fmt.Sprintf(format, args...)})
}

// decide decides the keys and checks the certificates; nil after a failure.
func (c *check) decide(in *oracle.Instance, timed bool) *keyhull.Result {
	r, took := c.answer(in.Keys(), keyhull.MarginNone)
	if r == nil {
		return nil
	}
	if timed {
		c.t.spent(r, took)
	}
	set := r.Certificates(0)
	c.prove(in, &set)
	return r
}

// prove checks certificates in exact arithmetic.
func (c *check) prove(in *oracle.Instance, set *cert.Set) {
	reading := ""
	if in.Projects() {
		reading = "affine"
	}
	keys, err := shortcut.NewKeys(in.Data, in.Width, in.Norm, reading, 0)
	if err != nil {
		c.fail("keys for the certificates: %v", err)
		return
	}
	failures, err := shortcut.Check(context.Background(), keys, set, nil)
	if err != nil || len(failures) > 0 {
		c.fail("certificates: %v of %d failures, %v", failures[:min(3, len(failures))], len(failures), err)
	}
}

func (c *check) answer(keys keyhull.Keys, margins keyhull.Margins) (*keyhull.Result, time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	start := time.Now()
	r, err := keyhull.Decide(ctx, keys, keyhull.Options{Workers: 1, Margins: margins})
	if err != nil {
		c.fail("%v", err)
		return nil, 0
	}
	return r, time.Since(start)
}

// twin decides a permuted and mapped copy and compares key by key.
func (c *check) twin(r *keyhull.Result) {
	twin, from := c.in.Twin(uint64(c.index))
	s := c.decide(&twin, false)
	if s == nil {
		return
	}
	c.t.twins++
	for i, j := range from {
		if s.Keys[i].Verdict != r.Keys[j].Verdict {
			c.fail("key %d is %v, but %v as key %d of the copy %v", j, r.Keys[j].Verdict, s.Keys[i].Verdict, i, &twin)
			return
		}
	}
}

// yesNo compares the answer that stops at the first unselectable key.
func (c *check) yesNo(r *keyhull.Result) {
	var s keyhull.Solver
	i, found, err := s.AnyUnselectable(c.in.Keys())
	if err != nil || found != (r.Counts().Unselectable() > 0) || found && !r.Keys[i].Verdict.Unselectable() {
		c.fail("some key unselectable: %v (key %d, %v), but all verdicts say %+v", found, i, err, r.Counts())
	}
}

// causal checks the certificates of deaths under a causal mask.
func (c *check) causal(r *keyhull.Result) {
	s, deaths, err := keyhull.DecideCausal(context.Background(), c.in.Keys(), keyhull.Options{Workers: 1, Margins: keyhull.MarginNone})
	if err != nil {
		c.fail("causal: %v", err)
		return
	}
	for i := range r.Keys {
		if s.Keys[i].Verdict != r.Keys[i].Verdict {
			c.fail("key %d is %v, in a causal decision %v", i, r.Keys[i].Verdict, s.Keys[i].Verdict)
			return
		}
	}
	set := s.Certificates(0)
	keyhull.AddDeaths(&set, deaths)
	c.prove(c.in, &set)
}

// margins wants the proved bound under the exact margin and no other verdicts.
func (c *check) margins(r *keyhull.Result) {
	exact, _ := c.answer(c.in.Keys(), keyhull.MarginExact)
	bound, _ := c.answer(c.in.Keys(), keyhull.MarginBound)
	if exact == nil || bound == nil {
		return
	}
	for i := range r.Keys {
		e, b := exact.Keys[i], bound.Keys[i]
		inside := r.Keys[i].Verdict.Unselectable() && (e.Margin != 0 || b.Margin != 0)
		if e.Verdict != r.Keys[i].Verdict || !(b.Margin >= 0) || !(b.Margin <= e.Margin*(1+1e-6)) || inside {
			c.fail("key %d: %v, margin at least %v, exactly %v", i, r.Keys[i].Verdict, b.Margin, e.Margin)
			return
		}
	}
}

// brute compares with exact linear programs.
func (c *check) brute(r *keyhull.Result) {
	points := c.in.Points()
	c.t.brute++
	if rank := oracle.Rank(points); rank != r.Rank {
		c.fail("rank %d, exactly %d", r.Rank, rank)
	}
	for i, want := range oracle.Verdicts(points) {
		if r.Keys[i].Verdict != want {
			c.fail("key %d is %v, exactly %v", i, r.Keys[i].Verdict, want)
			return
		}
	}
}

package main

import (
	"context"
	"fmt"

	"keyhull/cert"
	"keyhull/cert/shortcut"
	"keyhull/decide"
	"keyhull/weights"
)

// reach checks which keys the queries of a model are said to select.
func (v *verifyCommand) reach(ctx context.Context, path string, m *weights.Matrix, list []cert.Reach) error {
	if v.Kind != "none" {
		return failf("", "%s: proofs of what can be reached are for keys as they are", path)
	}
	answers := 0
	for i := range list {
		if s := list[i].Set; s < 0 || s >= m.Sets {
			return failf("", "%s: proofs are for set %d of its %d", path, s, m.Sets)
		}
		answers += max(1, len(list[i].Keys))
	}
	bar := v.env.progress("verifying", "answers", answers)
	defer bar.stop()
	failures, done := 0, 0
	for i := range list {
		r := &list[i]
		found, err := v.reached(ctx, m, r, func(k int) { bar.set(done + k) })
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		for _, f := range found {
			if len(list) > 1 {
				f = r.Name + ": " + f
			}
			fmt.Fprintln(v.env.out, f)
		}
		failures += len(found)
		done += max(1, len(r.Keys))
	}
	bar.stop()
	if failures > 0 {
		return v.sum(count(answers, "answer"), failures)
	}
	v.sumReach(list, m.N)
	return nil
}

// reached returns what fails in the proofs of one set of queries.
func (v *verifyCommand) reached(ctx context.Context, m *weights.Matrix, r *cert.Reach, step func(k int)) ([]string, error) {
	c, err := cert.NewReachCheck(r, decide.Rows(m, r.Set), m.Dim, v.keys)
	if err != nil {
		return nil, fmt.Errorf("the certificates do not fit: %w", err)
	}
	failures, err := shortcut.CheckReach(ctx, c, step)
	if r.Whole && !c.Everywhere() {
		failures = append(failures, "some directions of queries are missing")
	}
	return failures, err
}

// sumReach prints the last lines: of queries that have all directions, and of
// the answers for others.
func (v *verifyCommand) sumReach(list []cert.Reach, n int) {
	whole, answers, silent, by := 0, 0, 0, map[string]int{}
	for i := range list {
		if list[i].Whole {
			whole++
			continue
		}
		answers += len(list[i].Keys)
		silent += n - len(list[i].Keys)
		for _, k := range list[i].Keys {
			by[k.Answer]++
		}
	}
	if out, of := v.env.out, "queries"; whole > 0 {
		if len(list) > 1 {
			of += " of " + count(whole, "query head")
		}
		fmt.Fprintf(out, "%s: exactly the vertices of the %s can be reached\n", out.style(green, "proved: "+of+" have all directions"), count(n, "key"))
	}
	if whole < len(list) {
		v.sumAnswers(answers, by, silent, len(list)-whole)
	}
}

func (v *verifyCommand) sumAnswers(answers int, by map[string]int, silent, heads int) {
	all := count(answers, "key")
	if heads > 1 {
		all = fmt.Sprintf("%s for %d query heads", count(answers, "answer"), heads)
	}
	fmt.Fprintf(v.env.out, "%s: %d can be reached, %d cannot although they are vertices; nothing is said of the other %d\n",
		v.env.out.style(green, "all "+all+" proved"), by["reachable"], by["unreachable"], silent)
}

package main

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"keyhull/cert"
	"keyhull/decide"
	"keyhull/weights"
)

// reach checks which keys the queries of a model are said to select.
func (v *verifyCommand) reach(ctx context.Context, path string, m *weights.Matrix, r *cert.Reach) error {
	if m.Sets != 1 || v.Kind != "none" {
		return failf("", "%s: proofs of what can be reached are for one set of keys as they are", path)
	}
	c, err := cert.NewReachCheck(r, decide.Rows(m, 0), m.Dim, v.keys)
	if err != nil {
		return fmt.Errorf("%s: the certificates do not fit: %w", path, err)
	}
	failures, err := v.reached(ctx, r, c)
	if err != nil {
		return err
	}
	if r.Whole && !c.Everywhere() {
		failures = append(failures, "some directions of queries are missing")
	}
	for _, f := range failures {
		fmt.Fprintln(v.env.out, f)
	}
	if len(failures) > 0 {
		return v.sum(count(len(r.Keys), "key"), len(failures))
	}
	v.sumReach(r, m.N)
	return nil
}

// reached returns what fails of single keys, in their order.
func (v *verifyCommand) reached(ctx context.Context, r *cert.Reach, c *cert.ReachCheck) (failures []string, err error) {
	bar := v.env.progress("verifying", "keys", len(r.Keys))
	defer bar.stop()
	found, seen := make([]string, len(r.Keys)), map[int]bool{}
	var next atomic.Int64
	var group sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for k := int(next.Add(1)) - 1; k < len(found) && ctx.Err() == nil; k = int(next.Add(1)) - 1 {
				found[k] = c.Key(k)
				bar.set(k)
			}
		})
	}
	group.Wait()
	for k, f := range found {
		if i := r.Keys[k].Index; seen[i] {
			f = fmt.Sprintf("key %d: has two answers", i)
		}
		if seen[r.Keys[k].Index] = true; f != "" {
			failures = append(failures, f)
		}
	}
	return failures, ctx.Err()
}

// sumReach prints the last line.
func (v *verifyCommand) sumReach(r *cert.Reach, n int) {
	if r.Whole {
		fmt.Fprintf(v.env.out, "%s: exactly the vertices of the %s can be reached\n",
			v.env.out.style(green, "proved: queries have all directions"), count(n, "key"))
		return
	}
	by := map[string]int{}
	for _, k := range r.Keys {
		by[k.Answer]++
	}
	fmt.Fprintf(v.env.out, "%s: %d can be reached, %d cannot although they are vertices; nothing is said of the other %d\n",
		v.env.out.style(green, "all "+count(len(r.Keys), "key")+" proved"), by["reachable"], by["unreachable"], n-len(r.Keys))
}

package cert

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
)

// Check proves every verdict of a set anew, in exact arithmetic, and returns a
// line for each that its certificate does not prove; none means that all hold.
// Margins, weights, seconds and by_rounding are for people, and not checked.
// progress, which may be nil, is called by one goroutine. The error is ctx's.
func Check(ctx context.Context, k *Keys, s *Set, progress func(done, total int)) (failures []string, err error) {
	expect := func(ok bool, format string, args ...any) {
		if !ok {
			failures = append(failures, fmt.Sprintf(format, args...))
		}
	}
	if s.N != k.n || s.Dim != k.width {
		return []string{fmt.Sprintf("the certificates are for %d keys of dimension %d, not %d of %d", s.N, s.Dim, k.n, k.width)}, nil
	}
	expect(s.Rank == len(k.cols), "the rank is %d, not %d", len(k.cols), s.Rank)
	of, counts := make([]*Key, k.n), Counts{}
	for i := range s.Keys {
		key := &s.Keys[i]
		counts[key.Verdict]++
		if j := key.Index; j < 0 || j >= k.n || of[j] != nil {
			expect(false, "key %d: has two certificates, or there is no such key", j)
		} else {
			of[j] = key
		}
	}
	for _, v := range []string{"selectable", "tied", "face", "interior"} {
		expect(s.Counts[v] == counts[v], "%d keys are %s, but the count says %d", counts[v], v, s.Counts[v])
	}
	share := float64(counts["face"]+counts["interior"]) / float64(max(k.n, 1))
	expect(math.Abs(share-s.UnselectableFraction) < 5e-5, "the unselectable fraction is %v, not %v", share, s.UnselectableFraction)
	reasons := make([]error, k.n)
	each(k.n, func(worker, i int) {
		if worker == 0 && progress != nil {
			progress(i, k.n)
		}
		if ctx.Err() == nil {
			reasons[i] = k.judge(of[i], s.Causal)
		}
	})
	for i, reason := range reasons {
		expect(reason == nil, "key %d: %v", i, reason)
	}
	return failures, ctx.Err()
}

// judge says why a key's certificate does not prove its verdict.
func (k *Keys) judge(key *Key, causal bool) error {
	if key == nil {
		return errors.New("has no certificate")
	}
	inside := key.Verdict == "face" || key.Verdict == "interior"
	if (inside && causal) != (key.Death != nil) {
		return errors.New("is unselectable without a death, or has one and is not")
	}
	if !inside && key.Verdict != "selectable" && key.Verdict != "tied" {
		return fmt.Errorf("has the unknown verdict %.20q", key.Verdict)
	}
	if !inside {
		copies, err := k.vertex(key.Query, key.Index, k.n)
		if err == nil && (!slices.Equal(copies, key.Copies) || (len(copies) > 0) != (key.Verdict == "tied")) {
			err = fmt.Errorf("is %s, but its copies are not the %d keys that equal it", key.Verdict, len(copies))
		}
		return err
	}
	if err := k.judgeInside(key); err != nil || !causal {
		return err
	}
	return k.judgeDeath(key)
}

// vertex proves with a query that key i is a vertex of the hull of the keys before
// limit, and returns its copies among them.
func (k *Keys) vertex(query *Query, i, limit int) (copies []int, err error) {
	copies, err = k.ties(query, i, limit)
	for _, j := range copies {
		for c := range k.dim {
			if k.diff(i, j, c).Sign() != 0 {
				return nil, fmt.Errorf("the query scores key %d, which differs, as high", j)
			}
		}
	}
	return copies, err
}

// judgeInside checks the bases of a key, and its query or their span.
func (k *Keys) judgeInside(key *Key) error {
	var union []int
	for b, basis := range key.Bases {
		if err := k.convex(key.Index, basis, k.n); err != nil {
			return fmt.Errorf("basis %d %w", b, err)
		}
		union = append(union, basis...)
	}
	switch rank := len(k.cols); {
	case len(key.Bases) == 0 || key.Verdict == "face" && len(key.Bases) > 1:
		return fmt.Errorf("is %s with %d bases", key.Verdict, len(key.Bases))
	case key.Verdict == "face":
		tied, err := k.ties(key.Query, key.Index, k.n)
		if err == nil && len(tied) == k.n-1 {
			err = errors.New("the query ties all keys")
		}
		return err
	case len(key.Bases[0]) <= rank && len(k.independent(union, rank)) < rank:
		return errors.New("the bases do not span the affine hull of all keys")
	}
	return nil
}

// judgeDeath checks that the key is unselectable among the keys up to its death,
// and was a vertex before.
func (k *Keys) judgeDeath(key *Key) error {
	death := *key.Death
	if death < key.Index || death >= k.n {
		return fmt.Errorf("dies at %d, out of range", death)
	}
	if err := k.convex(key.Index, key.DeathBasis, death+1); err != nil {
		return fmt.Errorf("the basis of its death %w", err)
	}
	if death > key.Index {
		if _, err := k.vertex(key.AliveQuery, key.Index, death); err != nil {
			return fmt.Errorf("before its death: %w", err)
		}
	}
	return nil
}

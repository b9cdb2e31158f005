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
func Check(ctx context.Context, k *Keys, s *Set, progress func(done, total int)) ([]string, error) {
	if s.N != k.n || s.Dim != k.width {
		return []string{fmt.Sprintf("the certificates are for %d keys of dimension %d, not %d of %d", s.N, s.Dim, k.n, k.width)}, nil
	}
	of, failures := make([]*Key, k.n), checkTotals(k, s)
	for i := range s.Keys {
		switch j := s.Keys[i].Index; {
		case j < 0 || j >= k.n:
			failures = append(failures, fmt.Sprintf("key %d: there is no such key", j))
		case of[j] != nil:
			failures = append(failures, fmt.Sprintf("key %d: has two certificates", j))
		default:
			of[j] = &s.Keys[i]
		}
	}
	reasons := make([]error, k.n)
	each(ctx, k.n, progress, func(i int) {
		if reasons[i] = errors.New("has no certificate"); of[i] != nil {
			reasons[i] = k.judge(of[i], s.Causal)
		}
	})
	for i, err := range reasons {
		if err != nil {
			failures = append(failures, fmt.Sprintf("key %d: %v", i, err))
		}
	}
	return failures, ctx.Err()
}

// checkTotals holds the numbers of the whole set against its keys.
func checkTotals(k *Keys, s *Set) (failures []string) {
	if s.Rank != len(k.cols) {
		failures = append(failures, fmt.Sprintf("the rank is %d, not %d", len(k.cols), s.Rank))
	}
	counts := Counts{"selectable": 0, "tied": 0, "face": 0, "interior": 0}
	for i := range s.Keys {
		counts[s.Keys[i].Verdict]++
	}
	for _, v := range []string{"selectable", "tied", "face", "interior"} {
		if s.Counts[v] != counts[v] {
			failures = append(failures, fmt.Sprintf("%d keys are %s, but the count says %d", counts[v], v, s.Counts[v]))
		}
	}
	share := float64(counts["face"]+counts["interior"]) / float64(max(k.n, 1))
	if !(math.Abs(share-s.UnselectableFraction) < 5e-5) {
		failures = append(failures, fmt.Sprintf("the unselectable fraction is %v, not %v", share, s.UnselectableFraction))
	}
	return failures
}

// judge says why a key's certificate does not prove its verdict.
func (k *Keys) judge(key *Key, causal bool) error {
	for _, m := range []*float64{key.Margin, key.RelativeMargin} {
		if m != nil && !(*m >= 0 && *m <= math.MaxFloat64) {
			return fmt.Errorf("has a margin of %v", *m)
		}
	}
	inside := key.Verdict == "face" || key.Verdict == "interior"
	if (inside && causal) != (key.Death != nil) {
		return errors.New("is unselectable without a death, or has one and is not")
	}
	switch {
	case inside:
		if err := k.judgeInside(key); err != nil || !causal {
			return err
		}
		return k.judgeDeath(key)
	case key.Verdict != "selectable" && key.Verdict != "tied":
		return fmt.Errorf("has the unknown verdict %.20q", key.Verdict)
	}
	same, other, err := k.ties(key.Query, key.Index, k.n)
	switch {
	case err != nil:
		return err
	case other > 0:
		return errors.New("the query scores a key that differs as high")
	case !slices.Equal(same, key.Copies) || (len(same) > 0) != (key.Verdict == "tied"):
		return fmt.Errorf("is %s, but its copies are not the %d keys that equal it", key.Verdict, len(same))
	}
	return nil
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
	switch {
	case len(key.Bases) == 0 || key.Verdict == "face" && len(key.Bases) > 1:
		return fmt.Errorf("is %s with %d bases", key.Verdict, len(key.Bases))
	case key.Verdict == "interior":
		if len(key.Bases[0]) <= len(k.cols) && len(k.independent(union, len(k.cols))) < len(k.cols) {
			return errors.New("the bases do not span the affine hull of all keys")
		}
		return nil
	}
	same, other, err := k.ties(key.Query, key.Index, k.n)
	if err == nil && len(same)+other == k.n-1 {
		err = errors.New("the query ties all keys")
	}
	return err
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
	if death == key.Index {
		return nil
	}
	_, other, err := k.ties(key.AliveQuery, key.Index, death)
	if err == nil && other > 0 {
		err = errors.New("ties a key that differs")
	}
	if err != nil {
		return fmt.Errorf("before its death: %w", err)
	}
	return nil
}

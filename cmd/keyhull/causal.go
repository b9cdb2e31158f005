package main

import "keyhull/decide"

// causal prints how long keys stay selectable when a query sees only the keys
// up to its own position.
func (t *text) causal(a *decide.Answer) {
	if a.Lives == nil {
		return
	}
	never, onArrival := 0, 0
	var later []float64
	for _, life := range a.Lives {
		switch {
		case life < 0:
			never++
		case life == 0:
			onArrival++
		default:
			later = append(later, float64(life))
		}
	}
	t.heading("Under a causal mask, when keys become unselectable")
	t.line("  %7d  never", never)
	t.line("  %7d  at their own position", onArrival)
	if s := spreadOf(later); s.count > 0 {
		t.line("  %7d  later: after a median of %g positions, %g at most", s.count, s.median, s.most)
	}
}

package main

import "keyhull/decide"

// bestAttention prints how much attention keys can get.
func (t *text) bestAttention(a *decide.Answer) {
	if a.Attention == nil {
		return
	}
	t.heading("Best attention from a query of norm at most %g", t.Radius)
	t.line("%s", t.style(faint, "                  keys     least   median     most"))
	vertices, others := attentionSpread(a)
	for _, row := range []struct {
		name string
		spread
	}{{"vertices", vertices}, {"unselectable", others}} {
		if row.count > 0 {
			t.line("  %-12s %7d  %8s %8s %8s", row.name, row.count, short(row.least), short(row.median), short(row.most))
		}
	}
}

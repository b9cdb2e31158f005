package report

import (
	"slices"
	"strconv"

	"keyhull/audit"
)

// headRow is a head in the table behind the maps.
type headRow struct {
	audit.HeadSummary
	Best, Attained string // attention of the median key; "" where not looked for
}

func (a Audit) headRows() (rows []headRow) {
	for i, h := range a.Summary.Heads {
		r := headRow{HeadSummary: h}
		if i < len(a.Texts.best) {
			if best, ok := median(slices.Clone(a.Texts.best[i].best)); ok {
				got, _ := median(slices.Clone(a.Texts.best[i].attained))
				r.Best, r.Attained = share(best), share(got)
			}
		}
		rows = append(rows, r)
	}
	return rows
}

// headMap is a number of each head, as the script colours it.
type headMap struct {
	Name  string       `json:"name"`
	Title string       `json:"title"`
	Says  string       `json:"says"`
	Share bool         `json:"share"` // of 1; else a number
	Of    [][3]float64 `json:"of"`    // mean and interval, in the order of At
}

// auditData is what the script gets.
type auditData struct {
	At      [][2]int    `json:"at"` // layer and head
	Maps    []headMap   `json:"maps"`
	First   int         `json:"first"` // map that is shown first
	Texts   []shownText `json:"texts"`
	Blocks  []block     `json:"blocks"`
	Worst   [2]int      `json:"worst"` // head that is shown first
	Masked  bool        `json:"masked"`
	Queries bool        `json:"queries"` // wins and attention are known
	Palette [][3]int    `json:"palette"`
}

func (a Audit) data() auditData {
	d := auditData{Masked: a.Masked, Maps: a.maps()}
	for _, h := range a.Summary.Heads {
		d.At = append(d.At, [2]int{h.Layer, h.Head})
		d.Queries = d.Queries || h.Winners.Mean > 0
	}
	d.First = max(0, slices.IndexFunc(d.Maps, headMap.varies))
	for _, p := range palette {
		d.Palette = append(d.Palette, [3]int{int(p[0]), int(p[1]), int(p[2])})
	}
	d.Texts, d.Blocks = a.Texts.texts, a.Texts.blocks
	d.Worst = a.worst()
	return d
}

// worst is the head with the most unselectable keys, of equal ones the one
// whose keys win least, among those in the page.
func (a Audit) worst() (at [2]int) {
	var top *audit.HeadSummary
	for i := range a.Summary.Heads {
		h := &a.Summary.Heads[i]
		if len(a.Texts.blocks) > 0 && !slices.ContainsFunc(a.Texts.blocks, func(b block) bool { return b.Layer == h.Layer }) {
			continue
		}
		if top == nil || h.Unselectable.Mean > top.Unselectable.Mean || h.Unselectable.Mean == top.Unselectable.Mean && h.Winners.Mean < top.Winners.Mean {
			top, at = h, [2]int{h.Layer, h.Head}
		}
	}
	return at
}

// varies reports that heads differ.
func (m headMap) varies() bool {
	return slices.ContainsFunc(m.Of, func(v [3]float64) bool { return v[0] != m.Of[0][0] })
}

// four rounds to four digits, which is all that is shown and colours tell.
func four(x float64) float64 {
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 4, 64), 64)
	if err != nil {
		panic("report: internal error: " + err.Error())
	}
	return rounded
}

// maps are what can be shown of each head.
func (a Audit) maps() (list []headMap) {
	add := func(name, title, says string, share bool, of func(h *audit.HeadSummary) audit.Interval) {
		m := headMap{Name: name, Title: title, Says: says, Share: share}
		for i := range a.Summary.Heads {
			v := of(&a.Summary.Heads[i])
			m.Of = append(m.Of, [3]float64{four(v.Mean), four(v.Low), four(v.High)})
		}
		list = append(list, m)
	}
	heads := a.Summary.Heads
	if len(heads) == 0 {
		return nil
	}
	add("unselectable", "unselectable", "keys that no query selects, all keys seen", true, func(h *audit.HeadSummary) audit.Interval { return h.Unselectable })
	if a.Masked {
		add("hidden", "hidden", "pairs of a position and a key it sees, in which no query there selects the key", true, func(h *audit.HeadSummary) audit.Interval { return h.Hidden })
	}
	add("winners", "win", "keys that some query of the texts scores highest", true, func(h *audit.HeadSummary) audit.Interval { return h.Winners })
	add("margin", "margin", "median distance of a vertex to the hull of the other keys, by the largest distance of a key to their mean", false, func(h *audit.HeadSummary) audit.Interval { return h.Margin })
	add("sink", "sink", "mean attention of the key that gets most", true, func(h *audit.HeadSummary) audit.Interval { return h.Sink })
	if heads[0].Reached {
		add("unreachable", "unreachable", "vertices that no query the model can make selects, in any of the query heads that score them", true, func(h *audit.HeadSummary) audit.Interval { return h.Unreachable })
	}
	return list
}

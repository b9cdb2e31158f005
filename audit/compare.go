package audit

import "keyhull"

// Change says how the verdicts on one head's keys differ between two files of a
// model, over all texts compared.
type Change struct {
	Layer   int `json:"layer"`
	Head    int `json:"head"`
	Keys    int `json:"keys"`
	Lost    int `json:"lost"`     // selectable or tied in the first alone
	Gained  int `json:"gained"`   // in the second alone
	NewTies int `json:"new_ties"` // equal to another key in the second alone
}

// Compare adds what two results on the same text, looked at in the same way, say
// to the changes so far (nil at first), one a head. It panics if they differ in
// heads or keys.
func Compare(changes []Change, first, second *TextResult) []Change {
	at := 0
	for i, l := range first.Layers {
		for j, h := range l.Heads {
			if at == len(changes) {
				changes = append(changes, Change{Layer: l.Layer, Head: h.Head})
			}
			changes[at].add(h.Verdicts, second.Layers[i].Heads[j].Verdicts)
			at++
		}
	}
	return changes
}

func (c *Change) add(first, second []keyhull.Verdict) {
	c.Keys += len(first)
	for i, v := range first {
		w := second[i]
		c.Lost += one(!v.Unselectable() && w.Unselectable())
		c.Gained += one(v.Unselectable() && !w.Unselectable())
		c.NewTies += one(v != keyhull.Tied && w == keyhull.Tied)
	}
}

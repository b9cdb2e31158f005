package hull

import "slices"

// cover says which points matter to the distance from a vertex p to the hull of all
// others: the other vertices, and those points that every proof puts into a simplex
// with corner p. Any other point lies inside a simplex of points that are not p and
// not it, so it is no vertex of that hull.
type cover struct {
	vertices []int32
	first    []int32 // where those that need p begin in list
	list     []int32
}

// every covers n points of which nothing is known.
func every(n int) *cover { return &cover{vertices: upTo(n), first: make([]int32, n+1)} }

// cover is what the proofs of an outcome say. A point without a simplex counts as a
// vertex.
func (o *Outcome) cover() *cover {
	n := len(o.answers)
	c := &cover{vertices: make([]int32, 0, n), first: make([]int32, n+1)}
	total := int32(0)
	for i := range o.answers {
		if a := &o.answers[i]; len(a.bases) == 0 {
			c.vertices = append(c.vertices, int32(i))
		} else {
			for _, p := range a.needs() {
				c.first[p]++
				total++
			}
		}
	}
	c.list = make([]int32, total)
	for p := n; p >= 0; p-- { // from counts to ends, which filling turns to beginnings
		total, c.first[p] = total-c.first[p], total
	}
	for i := range o.answers {
		for _, p := range o.answers[i].needs() {
			c.first[p]--
			c.list[c.first[p]] = int32(i)
		}
	}
	return c
}

// needs lists the corners that all simplices share.
func (a *answer) needs() []int32 {
	switch len(a.bases) {
	case 0:
		return nil
	case 1:
		return a.bases[0]
	}
	return slices.DeleteFunc(slices.Clone(a.bases[0]), func(p int32) bool {
		return slices.ContainsFunc(a.bases[1:], func(b []int32) bool { return !slices.Contains(b, p) })
	})
}

// of lists the points that matter to vertex p beside the vertices.
func (c *cover) of(p int) []int32 { return c.list[c.first[p]:c.first[p+1]] }

// most is the largest number of those.
func (c *cover) most() (most int) {
	for p := range len(c.first) - 1 {
		most = max(most, len(c.of(p)))
	}
	return most
}

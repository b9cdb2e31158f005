package audit

// Reachable says whether a query head that scores these keys reaches key i: it is
// unreachable if it is for each of them. It panics unless there is a Reach.
func (r *HeadResult) Reachable(i int) Reachable {
	answer := r.Reach[0].Keys[i]
	for _, other := range r.Reach[1:] {
		switch {
		case answer == CanReach || other.Keys[i] == CanReach:
			return CanReach
		case other.Keys[i] == Undecided:
			answer = Undecided
		}
	}
	return answer
}

// reached returns which shares of the vertices are unreachable and undecided for
// all query heads together, and unreachable for each.
func (r *HeadResult) reached() (unreachable, undecided float64, each []float64) {
	sum := Reach{}
	for i, v := range r.Verdicts {
		if !v.Unselectable() {
			sum.add(r.Reachable(i))
		}
	}
	vertices := sum.Reachable + sum.Unreachable + sum.Undecided
	for _, one := range r.Reach {
		each = append(each, share(one.Unreachable, vertices))
	}
	return share(sum.Unreachable, vertices), share(sum.Undecided, vertices), each
}

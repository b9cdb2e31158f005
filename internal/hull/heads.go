package hull

import (
	"keyhull/internal/vec"
)

// With coordinates split in head and tail, point j scores at most
//
//	head score + |q_tail||w_j,tail|
//
// under query q. The panels of a sieve hold |w_j,tail| as one more coordinate
// after the head, so that a scan of the head finds the largest such bound. Most
// points are settled by it; where a part of the points is not, the part is
// scanned in full.

// headEighths are the lengths of heads in eighths of all coordinates.
var headEighths = [...]int{1, 2, 3, 4, 6}

// partPanels is the largest number of panels in a part.
const partPanels = 32

// chooseHeads settles which heads there are: none for sets whose scan is cheap,
// or whose leads should show.
func (v *sieve) chooseHeads() {
	d, n := v.s.f.dim, v.s.n()
	if d < 32 || n < 256 || v.s.leads {
		return
	}
	for _, e := range headEighths {
		v.heads = append(v.heads, d*e/8)
	}
}

// place is the place in panels of the length of tails after head h.
func (v *sieve) place(h int) int { return v.heads[h] + h }

// fill makes the panels.
func (v *sieve) fill() {
	d, n := v.s.f.dim, v.s.n()
	v.all.Reset(d + len(v.heads))
	v.all.Resize(n)
	inParts(v.s.workers, v.all.Panels(), v.all.Dim*vec.Lanes32, func(_, from, to int) {
		from, to = from*vec.Lanes32, min(to*vec.Lanes32, n)
		if len(v.heads) == 0 {
			v.s.f.setRows(&v.all, from, v.order[from:to])
			return
		}
		buf := make([]float64, d)
		rows := make([]float64, 0, (to-from)*v.all.Dim)
		order := make([]int32, to-from)
		for k, i := range v.order[from:to] {
			order[k] = int32(k)
			x, at := v.s.f.rowIn(int(i), buf), 0
			for _, h := range v.heads {
				rows = append(append(rows, x[at:h]...), float64(above32(length(x[h:]))))
				at = h
			}
			rows = append(rows, x[at:]...)
		}
		v.all.SetRows(from, rows, order)
	})
}

// above32 is a float32 that is at least x, or, if x is less than 2^-126, at
// least x − 2^-149.
func above32(x float64) float32 { return float32(x * (1 + 2*unit32)) }

// gather writes the queries of asks to u.more in the order of the panels'
// coordinates, with the length of the tail after head h; none if h < 0.
func (v *sieve) gather(u *questions, asks []ask, h int) {
	u.more = u.more[:0]
	for i := range asks {
		a, at := &asks[i], 0
		for k, end := range v.heads {
			tail := float32(0)
			if k == h {
				tail = a.tail
			}
			u.more = append(append(u.more, a.q[at:end]...), tail)
			at = end
		}
		u.more = append(u.more, a.q[at:]...)
	}
}

// byHeads moves the asks of points that are proved to win their own queries to
// out and leaves the others in asks.
func (v *sieve) byHeads(u *questions) {
	size := min(max(8, v.all.Panels()/8), partPanels)
	all := panels(u.cut)
	h := v.chooseHead(u, size, all)
	if h < 0 {
		return
	}
	v.setTails(u, u.asks, h)
	open, lost := u.asks, []ask(nil)
	for lo := 0; lo < all && len(open) > 0; lo += size {
		hi := min(lo+size, all)
		v.head(u, open, h, lo, hi)
		v.doubts(u, open, lo, hi)
		keep := open[:0]
		for _, a := range open {
			if a.sure > 0 {
				keep = append(keep, a)
			} else {
				lost = append(lost, a)
			}
		}
		open = keep
	}
	for _, a := range open {
		u.out = append(u.out, hit{v.order[a.at], a.q, a.sure, v.order[a.at]})
	}
	u.asks = append(u.asks[:0], lost...)
}

// setTails readies asks for head h.
func (v *sieve) setTails(u *questions, asks []ask, h int) {
	for k := range asks {
		a := &asks[k]
		for c, q := range a.q {
			u.wide[c] = float64(q)
		}
		a.tail, a.sure = above32(length(u.wide[v.heads[h]:])), a.lead
	}
}

// head scans panels lo … hi−1 by head h. It lowers sure to what is proved over
// those, and notes in doubt the asks for which that is nothing. One point that
// the bound does not settle is scored at once.
func (v *sieve) head(u *questions, asks []ask, h, lo, hi int) {
	v.gather(u, asks, h)
	u.top = resized(u.top, len(asks))
	all := v.all.Head(v.place(h) + 1)
	view := all.Slice(lo, hi)
	vec.Top2BlockF32(u.top, u.more, &view)
	u.doubt = u.doubt[:0]
	for k := range asks {
		a, r := &asks[k], u.top[k]
		at, rival := int(r.Index)+lo*vec.Lanes32, r.Best
		if at == a.at {
			rival = r.Second
		} else if least := a.own - a.bound; r.Best >= least && r.Second < least {
			rival = max(r.Second, v.score(u, a, at))
		}
		if sure := a.own - rival - a.bound; sure > 0 {
			a.sure = min(a.sure, sure)
		} else {
			u.doubt = append(u.doubt, k)
		}
	}
}

// score is the score of point order[at], in float64.
func (v *sieve) score(u *questions, a *ask, at int) float64 {
	for c, q := range a.q {
		u.wide[c] = float64(q)
	}
	return vec.Dot(u.wide, v.s.f.row(int(v.order[at])))
}

// doubts scans panels lo … hi−1 in full for the asks in doubt.
func (v *sieve) doubts(u *questions, asks []ask, lo, hi int) {
	if len(u.doubt) == 0 {
		return
	}
	u.some = u.some[:0]
	for _, k := range u.doubt {
		u.some = append(u.some, asks[k])
	}
	v.gather(u, u.some, -1)
	view := v.all.Slice(lo, hi)
	u.top = resized(u.top, len(u.some))
	vec.Top2BlockF32(u.top, u.more, &view)
	for i, k := range u.doubt {
		a, rival := &asks[k], u.top[i].Best
		if int(u.top[i].Index)+lo*vec.Lanes32 == a.at {
			rival = u.top[i].Second
		}
		a.sure = min(a.sure, a.own-rival-a.bound)
	}
}

// chooseHead tries the heads on a sample of the asks and one part of the points
// and returns the one that makes the scan cheapest, −1 for none.
func (v *sieve) chooseHead(u *questions, size, all int) int {
	const sample = 6
	lo := (all - 1) / size / 4 * size
	hi := min(lo+size, all)
	best, least := -1, 1.0 // the work of a scan in full
	for h := range v.heads {
		work := float64(v.place(h)+1)/float64(v.all.Dim) + 0.05
		if work >= least {
			break
		}
		u.some = u.some[:0]
		for k := 0; k < len(u.asks); k += (len(u.asks) + sample - 1) / sample {
			u.some = append(u.some, u.asks[k])
		}
		v.setTails(u, u.some, h)
		v.head(u, u.some, h, lo, hi)
		if work += float64(len(u.doubt)) / float64(len(u.some)); work < least {
			best, least = h, work
		}
	}
	return best
}

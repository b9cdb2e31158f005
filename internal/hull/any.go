package hull

import (
	"context"
	"math"
	"slices"

	"keyhull/internal/vec"
)

// Any answers for many small sets whether some point is unselectable, reusing
// its memory. It stops at the first proof. The zero value is ready.
type Any struct {
	s     solver
	f     frame
	all32 vec.Panels32
	qs    []float32
	top   []vec.Top2
	todo  []int32
	far   []float64
	walk  *walker
}

// Unselectable returns a point that is face or interior, or −1.
func (a *Any) Unselectable(src *Source) (int, error) {
	if src.N > 2 && src.N <= 4096 && src.Dim() > 1 && a.load(src) {
		a.scan()
		if p, ok := a.settle(); ok {
			return p, nil
		}
	}
	return a.slow(src)
}

// slow decides every point of the set.
func (a *Any) slow(src *Source) (int, error) {
	o, err := Decide(context.Background(), src, Options{Workers: 1})
	if err != nil {
		return -1, err
	}
	for i := range src.N {
		if v := o.answers[o.t.class[i]].verdict; v == Face || v == Interior {
			return i, nil
		}
	}
	return -1, nil
}

// load makes the frame of centred coordinates; false when numbers are too
// large or small for the simple error bound used here.
func (a *Any) load(src *Source) bool {
	n, d := src.N, src.Dim()
	f := &a.f
	f.dim, f.w = d, resized(f.w, n*d)
	f.maxW, f.err = resized(f.maxW, d), resized(f.err, d)
	for i := range n {
		last, scale := 0.0, 1.0
		if src.Projected {
			last = src.raw(i, d)
		}
		if src.Scale != nil {
			scale = src.Scale[i]
		}
		for c := range d {
			f.w[i*d+c] = (src.raw(i, c) - last) * scale
		}
	}
	s := &a.s
	s.f, s.count, s.workers, s.plane = f, n, 1, src.Projected
	s.findMean()
	return a.centre(src.plain())
}

func (a *Any) centre(plain bool) bool {
	f, d := &a.f, a.f.dim
	clear(f.maxW)
	clear(f.err)
	for i := 0; i < len(f.w); i += d {
		for c, m := range a.s.mean {
			v := f.w[i+c]
			f.err[c] = max(f.err[c], math.Abs(v)) // size before centring, for now
			f.w[i+c] = v - m
			f.maxW[c] = max(f.maxW[c], math.Abs(v-m))
		}
	}
	clear(a.s.mean)
	for c, size := range f.err {
		if !(f.maxW[c] > 0x1p-100 && size < 0x1p100) {
			return false
		}
		f.err[c] = unit * f.maxW[c]
		if !plain {
			f.err[c] += 3 * unit * size
		}
	}
	return true
}

// scan runs the all-pairs scan in float32 and lists in todo who did not win.
func (a *Any) scan() {
	s, n, d := &a.s, a.s.count, a.f.dim
	a.all32.Reset(d)
	a.qs = resized(a.qs, n*d)
	for i := range n {
		a.all32.Append(s.f.row(i))
		s.ownQuery(a.qs[i*d:(i+1)*d], i)
	}
	a.top = resized(a.top, n)
	vec.Top2BlockF32(a.top, a.qs, &a.all32)
	s.answers = resized(s.answers, n)
	clear(s.answers)
	for k, r := range a.top {
		if r.Best-r.Second > 2*s.f.bound32(a.qs[k*d:(k+1)*d]) {
			s.answers[r.Index].rung = byScan
		}
	}
	a.todo, a.far = a.todo[:0], resized(a.far, n)
	for i := range n {
		if s.answers[i].rung == undecided {
			a.todo = append(a.todo, int32(i))
			a.far[i] = vec.Dot(s.f.row(i), s.f.row(i))
		}
	}
}

// fewLeft is up to how many open points reflections are tried before a walk.
const fewLeft = 8

// settle decides the points in todo, those nearest the mean first; ok is false
// if floats could not.
func (a *Any) settle() (found int, ok bool) {
	if len(a.todo) == 0 {
		return -1, true
	}
	s := &a.s
	s.all64.Reset(a.f.dim)
	for i := range s.count {
		s.all64.Append(s.f.row(i))
	}
	if len(a.todo) <= fewLeft || s.count <= a.f.dim+1 {
		a.todo = slices.DeleteFunc(a.todo, func(p int32) bool { return s.reflect(int(p)) })
		if len(a.todo) == 0 {
			return -1, true
		}
	}
	if s.count <= a.f.dim+1 || !a.simplex() {
		return 0, false
	}
	slices.SortFunc(a.todo, func(p, q int32) int {
		switch {
		case a.far[p] != a.far[q]:
			return int(math.Copysign(1, a.far[p]-a.far[q]))
		}
		return int(p - q)
	})
	for _, p := range a.todo {
		switch r := a.walk.decide(int(p)); {
		case r.rung == undecided:
			return 0, false
		case r.verdict == Interior:
			return int(p), true
		}
	}
	return -1, true
}

// simplex readies the walker on the points farthest from the mean.
func (a *Any) simplex() bool {
	s, d := &a.s, a.f.dim
	if a.walk == nil || a.walk.d != d {
		a.walk = newWalker(s)
	}
	s.front = s.front[:0]
	s.front32.Reset(d)
	for i := range s.count {
		if s.answers[i].rung == byScan {
			s.front = append(s.front, int32(i))
			s.front32.Append(s.f.row(i))
		}
	}
	basis, ratio := s.firstSimplex()
	if ratio < whitenBelow {
		return false
	}
	a.walk.found = a.walk.found[:0]
	a.walk.local.Reset(d)
	copy(a.walk.basis, basis)
	return a.walk.refactor()
}

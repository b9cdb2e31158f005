package audit

import (
	"math"

	"keyhull/internal/vec"
)

// search looks for a state that lets one key win, or for a barrier. In the
// coordinates y of the factor, key j scores a_j·y + b_j with a_j = Bᵀk_j and
// b_j = c·k_j + o_j. With d_j = (a_j, b_j) − (a_i, b_i),
//
//	max over ‖y‖ ≤ R of min_j −d_j·(y, 1) = min over u in the hull of all d_j of
//	F(u) = R·‖u_a‖ − u_b
//
// (von Neumann's minimax theorem). So the key can win iff F > 0 on the hull; the
// y of the gradient, −R·u_a/‖u_a‖, is the state to try (−R·u_a/s, see least, in
// the limit u_a = 0, where the best state is inside the ball), and weights of a u with
// F(u) ≤ 0 are a barrier.
//
// F is minimized as Wolfe (1976) finds nearest points: a corral of points,
// the least point of its affine hull, corners dropped whose weights turn
// negative, and the point d_j of the least slope added. What is new is that least point: F is
// the least over s > 0 of R·(‖u_a‖²/s + s)/2 − u_b, which for a fixed s
// is quadratic; its solution p + s·v is linear in s, and s = ‖u_a‖ a quadratic
// equation.
type search struct {
	c      *contest
	i      int
	radius float64
	own    lifted
	corral []int
	d      []lifted // of the corral
	lambda []float64
	q      []float32 // a query in float32
	u      lifted    // Σ λ d
	size   float64   // s of the least point
}

type lifted struct {
	a []float64
	b float64
}

func newSearch(c *contest) *search {
	return &search{c: c, radius: c.f.e.radius * (1 - 1e-9), q: make([]float32, c.width+1)}
}

// lift returns (a_j, b_j) of key j less the mean.
func (s *search) lift(j int) lifted {
	row := make([]float64, s.c.width+1)
	s.c.centred(row, j)
	a, b := s.c.f.lift(row[:s.c.width])
	return lifted{a, b + row[s.c.width]}
}

// decide takes so many steps at most. It returns a state, or a barrier, or
// neither.
func (s *search) decide(i, steps int) (State, Barrier) {
	s.i, s.own = i, s.lift(i)
	s.corral, s.d, s.lambda = nil, nil, nil
	s.u = lifted{a: make([]float64, len(s.own.a))}
	s.hide()
	defer s.show()
	y := make([]float64, len(s.own.a)) // the centre first
	for range steps {
		z := s.c.f.state(y)
		j, won := s.rival(y)
		if won || j < 0 || s.known(j) {
			ok, exact := s.c.wins(i, z)
			if ok {
				return z, Barrier{}
			}
			j = exact
		}
		if j < 0 || s.known(j) || !s.enter(j) {
			break
		}
		if value := s.value(); value <= 0 {
			if b := s.barrier(); s.c.blocks(i, b) {
				return nil, b
			}
		}
		s.ascend(y)
	}
	return nil, Barrier{}
}

// hide puts another key in the place of key i in the panels, so that scans
// find its rivals. Equal keys are hidden too.
func (s *search) hide() {
	row := make([]float64, s.c.width+1)
	other := -1
	for j := range s.c.n {
		if !s.c.equal(s.i, j) {
			other = j
			break
		}
	}
	if other < 0 {
		return
	}
	s.c.centred(row, other)
	for j := range s.c.n {
		if s.c.equal(s.i, j) {
			s.c.panels.Set(j, row)
		}
	}
}

func (s *search) show() {
	row := make([]float64, s.c.width+1)
	for j := range s.c.n {
		if s.c.equal(s.i, j) {
			s.c.centred(row, j)
			s.c.panels.Set(j, row)
		}
	}
}

// rival returns the key that scores highest of the others under y, roughly, and
// whether key i scores higher.
func (s *search) rival(y []float64) (j int, won bool) {
	q := s.c.f.query(y)
	size := 1e-300
	for _, v := range q {
		size = max(size, math.Abs(v))
	}
	own := make([]float64, s.c.width+1)
	s.c.centred(own, s.i)
	score := own[s.c.width] / size
	for k, v := range q {
		s.q[k] = float32(v / size)
		score += v / size * own[k]
	}
	s.q[s.c.width] = float32(1 / size)
	top := vec.Top2F32(s.q, &s.c.panels)
	j = int(top.Index)
	if s.c.equal(s.i, j) { // the stand-in
		j = s.first()
	}
	return j, score > top.Best
}

// first is the key that stands in for key i.
func (s *search) first() int {
	for j := range s.c.n {
		if !s.c.equal(s.i, j) {
			return j
		}
	}
	return -1
}

func (s *search) known(j int) bool {
	for _, k := range s.corral {
		if k == j {
			return true
		}
	}
	return false
}

// value is F(u).
func (s *search) value() float64 { return s.radius*norm2(s.u.a) - s.u.b }

// ascend sets y to the state of the gradient of F.
func (s *search) ascend(y []float64) {
	size := max(s.size, norm2(s.u.a))
	for k, v := range s.u.a {
		y[k] = -s.radius * v / size
	}
}

// barrier is the corral with its weights.
func (s *search) barrier() (b Barrier) {
	for n, j := range s.corral {
		if s.lambda[n] > 0 {
			b.Keys, b.Weights = append(b.Keys, j), append(b.Weights, s.lambda[n])
		}
	}
	return b
}

package cert

import (
	"fmt"
	"math/big"
	"slices"
)

// Map makes the queries A·z + C of all z with |z| ≤ Radius, less the mean of z if
// Projected. A is of Width rows of Dim numbers; or it is diag(Gain), Width = Dim.
type Map struct {
	Width     int       `json:"width"`
	Dim       int       `json:"dim"`
	A         []float64 `json:"a,omitempty"`
	Gain      []float64 `json:"gain,omitempty"`
	C         []float64 `json:"c,omitempty"` // absent: 0
	Radius    float64   `json:"radius"`
	Projected bool      `json:"projected,omitempty"`

	unit int // A, Gain, C and Radius are whole multiples of 2^unit
}

func (m *Map) check(width int) error {
	size := len(m.A)
	if m.A == nil {
		size = len(m.Gain) * m.Dim
	}
	if m.Width != width || m.Dim < 1 || size/m.Dim != width || size%m.Dim != 0 || m.A == nil && m.Dim != width || m.C != nil && len(m.C) != width {
		return fmt.Errorf("%d numbers are no map from %d to %d", size, m.Dim, width)
	}
	for _, list := range [][]float64{m.A, m.Gain, m.C, {m.Radius}} {
		for _, v := range list {
			if infinite(v) {
				return fmt.Errorf("it has the number %v", v)
			}
		}
	}
	if !(m.Radius > 0) {
		return fmt.Errorf("its radius is %v", m.Radius)
	}
	return nil
}

// exact is v, which is finite.
func exact(v float64) *big.Rat { return new(big.Rat).SetFloat64(v) }

// within reports |z| ≤ Radius.
func (m *Map) within(z []float64) bool {
	if slices.ContainsFunc(z, infinite) {
		return false
	}
	e, sum := unit(z, []float64{m.Radius}), new(big.Int)
	for _, v := range z {
		x := whole(v, e)
		sum.Add(sum, x.Mul(x, x))
	}
	r := whole(m.Radius, e)
	return sum.Cmp(r.Mul(r, r)) <= 0
}

// query is t times A·(z − mean of z) + C, and after it t, which offsets are
// multiplied with. t > 0 makes them whole numbers.
func (m *Map) query(z []float64) *Query {
	e, t, sum := unit(z), big.NewInt(1), new(big.Int)
	if m.Projected {
		t.SetInt64(int64(m.Dim))
		for _, v := range z {
			sum.Add(sum, whole(v, e))
		}
	}
	x := make([]*big.Int, len(z))
	for d, v := range z {
		x[d] = whole(v, e)
		x[d].Sub(x[d].Mul(x[d], t), sum)
	}
	t.Lsh(t, uint(-e))
	q := &Query{}
	for k := range m.Width {
		s := new(big.Int)
		if m.C != nil {
			s.Mul(t, whole(m.C[k], m.unit))
		}
		from, to := m.entries(k)
		for d := from; d < to; d++ {
			a := whole(m.at(k, d), m.unit)
			s.Add(s, a.Mul(a, x[d]))
		}
		q.Exact = append(q.Exact, new(big.Rat).SetInt(s))
	}
	q.Exact = append(q.Exact, new(big.Rat).SetInt(t.Lsh(t, uint(-m.unit))))
	return q
}

// entries says where row k of A is not 0.
func (m *Map) entries(k int) (from, to int) {
	if m.A == nil {
		return k, k + 1
	}
	return 0, m.Dim
}

func (m *Map) at(k, d int) float64 {
	switch {
	case m.A != nil:
		return m.A[k*m.Dim+d]
	case k == d:
		return m.Gain[k]
	}
	return 0
}

// unit is an e ≤ 0 such that all numbers are whole multiples of 2^e.
func unit(lists ...[]float64) (e int) {
	for _, list := range lists {
		for _, v := range list {
			f := big.NewFloat(v)
			e = min(e, f.MantExp(nil)-int(f.MinPrec()))
		}
	}
	return e
}

// whole is v/2^e, for such an e.
func whole(v float64, e int) *big.Int {
	f := big.NewFloat(v)
	x, _ := f.SetMantExp(f, -e).Int(nil)
	return x
}

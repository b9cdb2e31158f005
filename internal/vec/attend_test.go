package vec

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// exactAttend is AttendForward in float64, by the definition.
func exactAttend(q, k, v Rows, w, n int, scale float64, drop Drop) (out [][]float64) {
	dice := drop.dice()
	for i := range n {
		p, sum := make([]float64, n), 0.0
		for j := range p {
			s := 0.0
			for c := range w {
				s += float64(q.Row(c)[i]) * float64(k.Row(c)[j])
			}
			p[j] = math.Exp(scale * s)
			sum += p[j]
		}
		row := make([]float64, w)
		for j := range p {
			if dice.keeps(i, j) {
				for c := range row {
					row[c] += p[j] / sum / (1 - float64(drop.P)) * float64(v.Row(c)[j])
				}
			}
		}
		out = append(out, row)
	}
	return out
}

func TestAttend(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(73, 1))
		for _, w := range []int{1, 2, 3} {
			for _, n := range []int{1, 2, 7, 8, 9, 13, 16, 17, 40} {
				for _, drop := range []Drop{{}, {Key: 3, P: 0.25}} {
					t.Run(fmt.Sprintf("%d_%d_%v", w, n, drop.P), func(t *testing.T) { checkAttend(t, r, w, n, drop) })
				}
			}
		}
	})
}

// checkAttend compares with the definition, and gradients with differences.
func checkAttend(t *testing.T, r *rand.Rand, w, n int, drop Drop) {
	const scale, room = 0.7, MaxLanes
	rows := func() Rows { return randomRows(r, w, n+room) }
	q, k, v, dout, out := rows(), rows(), rows(), rows(), rows()
	lse, dots := make([]float32, n+room), make([]float32, n+room)
	AttendForward(out, lse, q, k, v, w, n, scale, drop)
	want := exactAttend(q, k, v, w, n, scale, drop)
	for i := range n {
		for c := range w {
			if diff := math.Abs(float64(out.Row(c)[i]) - want[i][c]); !(diff < 5e-6) {
				t.Fatalf("out %d, %d is %v, want %v", i, c, out.Row(c)[i], want[i][c])
			}
		}
	}
	dq, dk, dv := rows(), rows(), rows()
	AttendBackward(dq, dk, dv, dout, out, q, k, v, lse, dots, w, n, scale, drop)
	weighted := func() (sum float64) {
		for i, row := range exactAttend(q, k, v, w, n, scale, drop) {
			for c, o := range row {
				sum += o * float64(dout.Row(c)[i])
			}
		}
		return sum
	}
	for range 12 {
		c, i := r.IntN(w), r.IntN(n)
		for name, pair := range map[string][2]Rows{"dq": {q, dq}, "dk": {k, dk}, "dv": {v, dv}} {
			x := &pair[0].Row(c)[i]
			const h = 1.0 / 256
			old := *x
			*x = old + h
			above, end := weighted(), float64(*x)
			*x = old - h
			slope := (above - weighted()) / (end - float64(*x))
			*x = old
			if got := float64(pair[1].Row(c)[i]); math.Abs(got-slope) > 1e-3 {
				t.Fatalf("%s %d, %d is %v, want %v", name, c, i, got, slope)
			}
		}
	}
}

// Sequences side by side, from left to right, do not disturb each other.
func TestAttendSideBySide(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(74, 1))
		const w, total, scale = 2, 61, 0.7
		drop := Drop{Key: 9, P: 0.1}
		rows := func() Rows { return randomRows(r, w, total+MaxLanes) }
		q, k, v, dout, out, dq, dk, dv := rows(), rows(), rows(), rows(), rows(), rows(), rows(), rows()
		lse, dots := make([]float32, total+MaxLanes), make([]float32, total+MaxLanes)
		starts := []int{0, 13, 14, 31, 36, total}
		for i, at := range starts[:len(starts)-1] {
			AttendForward(out.Right(at), lse[at:], q.Right(at), k.Right(at), v.Right(at), w, starts[i+1]-at, scale, drop)
		}
		for i, at := range starts[:len(starts)-1] {
			AttendBackward(dq.Right(at), dk.Right(at), dv.Right(at), dout.Right(at), out.Right(at), q.Right(at), k.Right(at), v.Right(at),
				lse[at:], dots, w, starts[i+1]-at, scale, drop)
		}
		for i, at := range starts[:len(starts)-1] {
			n := starts[i+1] - at
			alone := func(m Rows) Rows {
				part := NewRows(w, n+MaxLanes)
				for c := range w {
					copy(part.Row(c), m.Row(c)[at:at+n])
				}
				return part
			}
			o, gq, gk, gv, l := NewRows(w, n+MaxLanes), NewRows(w, n+MaxLanes), NewRows(w, n+MaxLanes), NewRows(w, n+MaxLanes), make([]float32, n+MaxLanes)
			AttendForward(o, l, alone(q), alone(k), alone(v), w, n, scale, drop)
			AttendBackward(gq, gk, gv, alone(dout), o, alone(q), alone(k), alone(v), l, dots, w, n, scale, drop)
			for c := range w {
				closeTo(t, "out", out.Row(c)[at:at+n], o.Row(c)[:n], 0)
				closeTo(t, "dq", dq.Row(c)[at:at+n], gq.Row(c)[:n], 0)
				closeTo(t, "dk", dk.Row(c)[at:at+n], gk.Row(c)[:n], 0)
				closeTo(t, "dv", dv.Row(c)[at:at+n], gv.Row(c)[:n], 0)
			}
		}
	})
}

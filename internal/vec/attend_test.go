package vec

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// exactAttend is AttendForward in float64, by the definition.
func exactAttend(q, k, v Rows, starts []int, w int, scale float64, drop Drop, offset int) (out [][]float64) {
	dice := drop.dice()
	for s, from := range starts[:len(starts)-1] {
		for i := from; i < starts[s+1]; i++ {
			p, sum := make([]float64, starts[s+1]-from), 0.0
			for j := range p {
				score := 0.0
				for c := range w {
					score += float64(q.Row(c)[i]) * float64(k.Row(c)[from+j])
				}
				p[j] = math.Exp(scale * score)
				sum += p[j]
			}
			row := make([]float64, w)
			for j := range p {
				for c := range row {
					if dice.keeps(offset+i, j) {
						row[c] += p[j] / sum / (1 - float64(drop.P)) * float64(v.Row(c)[from+j])
					}
				}
			}
			out = append(out, row)
		}
	}
	return out
}

func TestAttend(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(73, 1))
		for _, w := range []int{1, 2, 3} {
			for _, starts := range [][]int{{0, 1}, {0, 2, 9}, {0, 8, 16}, {0, 13, 13, 14, 31, 47}, {0, 17, 18, 64}, {0, 32}} {
				for _, drop := range []Drop{{}, {Key: 3, P: 0.25}} {
					t.Run(fmt.Sprint(w, starts, drop.P), func(t *testing.T) { checkAttend(t, r, w, starts, drop) })
				}
			}
		}
	})
}

// checkAttend compares with the definition, and gradients with differences.
func checkAttend(t *testing.T, r *rand.Rand, w int, starts []int, drop Drop) {
	const scale, offset = 0.7, 5
	n := starts[len(starts)-1]
	rows := func() Rows { return randomRows(r, w, n) }
	q, k, v, dout, out, lse := rows(), rows(), rows(), rows(), rows(), make([]float32, n)
	AttendForward(out, lse, q, k, v, starts, w, scale, drop, offset)
	for i, row := range exactAttend(q, k, v, starts, w, scale, drop, offset) {
		for c, want := range row {
			if diff := math.Abs(float64(out.Row(c)[i]) - want); !(diff < 5e-6) {
				t.Fatalf("out %d, %d is %v, want %v", i, c, out.Row(c)[i], want)
			}
		}
	}
	dq, dk, dv := rows(), rows(), rows()
	AttendBackward(dq, dk, dv, dout, out, q, k, v, lse, starts, w, scale, drop, offset)
	weighted := func() (sum float64) {
		for i, row := range exactAttend(q, k, v, starts, w, scale, drop, offset) {
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

// A sequence gives the same bits alone and beside others, and what lies behind
// the last one stays.
func TestAttendSideBySide(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(74, 1))
		const w, total, scale = 2, 61, 0.7
		drop, starts := Drop{Key: 9, P: 0.1}, []int{0, 13, 14, 31, 36, total}
		rows := func() Rows { return randomRows(r, w, total) }
		q, k, v, dout, out, dq, dk, dv, lse := rows(), rows(), rows(), rows(), rows(), rows(), rows(), rows(), make([]float32, total)
		before := [][]float32{}
		for _, m := range []Rows{out, dq, dk, dv} {
			before = append(before, append([]float32(nil), m.Data[total:m.Ld]...))
		}
		AttendForward(out, lse, q, k, v, starts, w, scale, drop, 3)
		AttendBackward(dq, dk, dv, dout, out, q, k, v, lse, starts, w, scale, drop, 3)
		for i, m := range []Rows{out, dq, dk, dv} {
			closeTo(t, "behind", m.Data[total:m.Ld], before[i], 0)
		}
		for i, at := range starts[:len(starts)-1] {
			n := starts[i+1] - at
			own := []int{0, n}
			o, gq, gk, gv, l := NewRows(w, n), NewRows(w, n), NewRows(w, n), NewRows(w, n), make([]float32, n)
			AttendForward(o, l, q.Right(at), k.Right(at), v.Right(at), own, w, scale, drop, 3+at)
			AttendBackward(gq, gk, gv, dout.Right(at), o, q.Right(at), k.Right(at), v.Right(at), l, own, w, scale, drop, 3+at)
			for c := range w {
				closeTo(t, "out", out.Row(c)[at:at+n], o.Row(c)[:n], 0)
				closeTo(t, "dq", dq.Row(c)[at:at+n], gq.Row(c)[:n], 0)
				closeTo(t, "dk", dk.Row(c)[at:at+n], gk.Row(c)[:n], 0)
				closeTo(t, "dv", dv.Row(c)[at:at+n], gv.Row(c)[:n], 0)
			}
		}
	})
}

package vec

import "math"

// The plain twins: what each kernel computes, without tricks. The tests hold
// the assembler against them, and processors without it run them.

func top2Generic[T Float](q []T, p *Panels[T]) Top2 {
	t := Top2{Best: math.Inf(-1), Second: math.Inf(-1)}
	l := lanes[T]()
	var buffer [Lanes32]T
	scores := buffer[:l]
	for first := 0; first < p.N; first += l {
		clear(scores)
		panel := p.Data[first*p.stride():]
		for c, qc := range q[:p.Dim] {
			x := panel[c*l:][:len(scores)]
			for k := range scores {
				scores[k] += qc * x[k]
			}
		}
		for k, s := range scores[:min(l, p.N-first)] {
			t.add(float64(s), first+k)
		}
	}
	return t
}

// add adds the score of the point j, which comes after those of t.
func (t *Top2) add(s float64, j int) {
	if s > t.Best {
		t.Best, t.Second, t.Index = s, t.Best, int32(j)
	} else if s > t.Second {
		t.Second = s
	}
}

func pivotGeneric(m []float64, ld, rows, r int, u []float64) {
	row := m[r*ld : (r+1)*ld]
	for c := range row {
		row[c] /= u[r]
	}
	for k := range rows {
		if k != r {
			axpyGeneric(-u[k], row, m[k*ld:(k+1)*ld])
		}
	}
}

func matVecGeneric(dst, m []float64, ld, rows int, x []float64) {
	for i := range rows {
		dst[i] = dotGeneric(m[i*ld:(i+1)*ld], x)
	}
}

// dotGeneric keeps four sums so that one addition need not wait for another.
func dotGeneric(x, y []float64) float64 {
	var s0, s1, s2, s3 float64
	y = y[:len(x)]
	for ; len(x) >= 4 && len(y) >= 4; x, y = x[4:], y[4:] {
		s0 += x[0] * y[0]
		s1 += x[1] * y[1]
		s2 += x[2] * y[2]
		s3 += x[3] * y[3]
	}
	for i := range x {
		s0 += x[i] * y[i]
	}
	return (s0 + s1) + (s2 + s3)
}

func axpyGeneric(a float64, x, y []float64) {
	y = y[:len(x)]
	for i := range x {
		y[i] += a * x[i]
	}
}

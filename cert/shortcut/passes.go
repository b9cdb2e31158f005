package shortcut

import "slices"

// Large sets are read from memory once for many questions, which wait for one another.
const (
	together = 64      // questions in a pass over the keys
	large    = 1 << 22 // numbers of a set
)

func (k *Keys) large() bool { return k.n*k.dim >= large }

// close answers a question, of a large set together with those of other goroutines:
// whoever asks while fewer than all cores make passes makes some, as long as there
// are questions.
func (k *Keys) close(u *question) []int {
	if !k.large() {
		return k.closePlain(u)
	}
	u.done = make(chan struct{})
	k.mu.Lock()
	k.waiting = append(k.waiting, u)
	if k.passes < cores() {
		k.passes++
		for len(k.waiting) > 0 {
			some := slices.Clone(k.waiting[:min(together, len(k.waiting))])
			k.waiting = slices.Delete(k.waiting, 0, len(some))
			k.mu.Unlock()
			k.pass(some)
			k.mu.Lock()
		}
		k.passes--
	}
	k.mu.Unlock()
	<-u.done
	return u.answer
}

// pass answers questions in one pass over the keys, as closePlain answers each.
func (k *Keys) pass(some []*question) {
	fours := make([][][4]float64, (len(some)+3)/4)
	for f := range fours {
		fours[f] = make([][4]float64, k.dim)
	}
	for n, u := range some {
		for c, v := range u.r {
			fours[n/4][c][n%4] = v
		}
	}
	pair := make([][2]float64, k.dim)
	for j := 0; j < k.n; j += 2 {
		last := min(j+1, k.n-1) // of an odd number is taken twice
		x, y := k.near[j*k.dim:][:k.dim], k.near[last*k.dim:][:k.dim]
		for c := range pair {
			pair[c] = [2]float64{float64(x[c] >> (30 - keyBits)), float64(y[c] >> (30 - keyBits))}
		}
		for f, four := range fours {
			scores := product(four, pair)
			for n, u := range some[4*f : min(4*f+4, len(some))] {
				for b := j; b <= last; b++ {
					if scores[b-j][n] >= u.least && b != u.i && b < u.limit {
						u.answer = append(u.answer, b)
					}
				}
			}
		}
	}
	for _, u := range some {
		close(u.done)
	}
}

// product is the scores of two keys for four queries.
func product(four [][4]float64, pair [][2]float64) [2][4]float64 {
	var a, b, c, d, e, f, g, h float64
	pair = pair[:len(four)]
	for i := range four {
		q, x, y := &four[i], pair[i][0], pair[i][1]
		a += q[0] * x
		b += q[1] * x
		c += q[2] * x
		d += q[3] * x
		e += q[0] * y
		f += q[1] * y
		g += q[2] * y
		h += q[3] * y
	}
	return [2][4]float64{{a, b, c, d}, {e, f, g, h}}
}

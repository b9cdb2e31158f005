package shortcut

import "slices"

// Large sets are read from memory once for many questions, which wait for one another.
const (
	together = 60      // questions in a pass over the keys
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
	groups := make([][][6]float64, (len(some)+5)/6)
	for g := range groups {
		groups[g] = make([][6]float64, k.dim)
	}
	for n, u := range some {
		for c, v := range u.r {
			groups[n/6][c][n%6] = v
		}
	}
	key := make([]float64, k.dim)
	for j := range k.n {
		for c, v := range k.near[j*k.dim:][:k.dim] {
			key[c] = float64(v >> (30 - keyBits))
		}
		for g, group := range groups {
			scores := product(group, key)
			for n, u := range some[6*g : min(6*g+6, len(some))] {
				if scores[n] >= u.least && j != u.i && j < u.limit {
					u.answer = append(u.answer, j)
				}
			}
		}
	}
	for _, u := range some {
		close(u.done)
	}
}

// product is the scores of a key for six queries: as many sums as registers hold.
func product(six [][6]float64, key []float64) [6]float64 {
	var a, b, c, d, e, f float64
	key = key[:len(six)]
	for i, x := range key {
		q := &six[i]
		a += q[0] * x
		b += q[1] * x
		c += q[2] * x
		d += q[3] * x
		e += q[4] * x
		f += q[5] * x
	}
	return [6]float64{a, b, c, d, e, f}
}

package shortcut

import (
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"keyhull/cert"
)

// TestPass holds answers to many questions at once against those to one: no
// number may differ, since all sums are exact.
func TestPass(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, n := rapid.IntRange(1, 40).Draw(t, "d"), rapid.IntRange(1, 30).Draw(t, "n")
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 11))
		grain := rapid.SampledFrom([]float64{1, 1e-3, 1e-9}).Draw(t, "grain")
		rows := make([]float64, n*d)
		for i := range rows {
			rows[i] = 1 + grain*math.Round(3*rng.NormFloat64())
		}
		k, _ := twins(t, rows, d)
		var some []*question
		for range rapid.IntRange(1, 11).Draw(t, "questions") {
			q := &cert.Query{Float: make([]float64, d)}
			for c := range q.Float {
				q.Float[c] = math.Round(2 * rng.NormFloat64())
			}
			u := k.round(integers(q), rng.IntN(n), 1+rng.IntN(n))
			u.done = make(chan struct{})
			some = append(some, u)
		}
		k.pass(some)
		for _, u := range some {
			if want := k.closePlain(u); !slices.Equal(u.answer, want) {
				t.Fatalf("%v, one by one %v", u.answer, want)
			}
		}
	})
}

// TestTogether asks from many goroutines about a set that is read in passes.
func TestTogether(t *testing.T) {
	const d, n = 8, large/8 + 1
	rng := rand.New(rand.NewPCG(5, 6))
	rows := make([]float64, n*d)
	for i := range rows {
		rows[i] = float64(rng.IntN(1 << 12))
	}
	for i := range 130 { // pairs that tie, beyond all others
		copy(rows[(n-1-i)*d:][:d], rows[i*d:][:d])
		rows[i*d+i%d] += 1 << 14
		copy(rows[(n-1-i)*d:][:d], rows[i*d:][:d])
	}
	k, err := NewKeys(rows, d, "none", "", 0)
	if err != nil || !k.large() {
		t.Fatal(err, k.large())
	}
	var group sync.WaitGroup
	for i := range 130 {
		group.Go(func() {
			q := &cert.Query{Float: make([]float64, d)}
			q.Float[i%d] = 1 << 20
			for c := range d {
				q.Float[c] += rows[i*d+c] / (1 << 12)
			}
			tied, higher := k.Ties(q, i, n)
			best := true
			for j := range n {
				sum := 0.0 // of few bits, so that it is exact
				for c, v := range q.Float {
					sum += v * (rows[j*d+c] - rows[i*d+c])
				}
				if sum > 0 {
					best = false
					if higher != j {
						t.Errorf("key %d: %d is higher, not %d", i, j, higher)
					}
					break
				}
			}
			if best && (higher != -1 || !slices.Equal(tied, []int{n - 1 - i})) {
				t.Errorf("key %d: %v, %d", i, tied, higher)
			}
		})
	}
	group.Wait()
}

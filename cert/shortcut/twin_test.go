package shortcut_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"keyhull"
	"keyhull/cert"
	"keyhull/cert/shortcut"
	"keyhull/internal/oracle"
)

// TestFailuresAgree holds shortcuts against the plain check on all families of
// key sets, with true certificates and with ones that were tampered with.
func TestFailuresAgree(t *testing.T) {
	most, rounds := 250, uint64(4)
	if testing.Short() {
		most, rounds = 100, 2
	}
	refused := 0
	for _, family := range oracle.Families {
		for seed := range rounds {
			in := oracle.New(family.Name, seed)
			if len(in.Data) > most {
				continue
			}
			name, reading := fmt.Sprintf("%s %d", family.Name, seed), ""
			if in.Projects() {
				reading = "affine"
			}
			plain, err := cert.NewKeys(in.Data, in.Width, in.Norm, reading, 0)
			fast, err2 := shortcut.NewKeys(in.Data, in.Width, in.Norm, reading, 0)
			if err != nil || err2 != nil {
				t.Fatal(name, err, err2)
			}
			s := certificates(t, &in)
			if f := agree(t, name, plain, fast, s); f != nil {
				t.Errorf("%s: true certificates are refused: %q", name, f)
			}
			rng := rand.New(rand.NewPCG(seed, 9))
			for range 7 {
				bad := certificates(t, &in)
				for range 3 {
					tamper(rng, bad)
				}
				refused += len(agree(t, name, plain, fast, bad))
			}
		}
	}
	if refused < 500 {
		t.Errorf("%d failures are too few to tell", refused)
	}
}

// certificates decides an instance, with deaths, and takes the result through JSON.
func certificates(t *testing.T, in *oracle.Instance) *cert.Set {
	t.Helper()
	r, deaths, err := keyhull.DecideCausal(context.Background(), in.Keys(), keyhull.Options{Margins: keyhull.MarginNone})
	if err != nil {
		t.Fatal(err)
	}
	s, out := r.Certificates(0), new(cert.Set)
	keyhull.AddDeaths(&s, deaths)
	data, err := json.Marshal(s)
	if err == nil {
		err = json.Unmarshal(data, out)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func agree(t *testing.T, name string, plain, fast cert.Arithmetic, s *cert.Set) []string {
	t.Helper()
	want, err := shortcut.Check(context.Background(), plain, s, nil)
	got, err2 := shortcut.Check(context.Background(), fast, s, nil)
	if err != nil || err2 != nil || !slices.Equal(got, want) {
		t.Errorf("%s: %q, by the plain check %q", name, got, want)
	}
	return want
}

// tamper changes one thing in the certificate of one key.
func tamper(rng *rand.Rand, s *cert.Set) {
	key, other := &s.Keys[rng.IntN(len(s.Keys))], &s.Keys[rng.IntN(len(s.Keys))]
	lists := append(slices.Clone(key.Bases), key.DeathBasis, key.Copies)
	switch list := lists[rng.IntN(len(lists))]; rng.IntN(9) {
	case 0:
		key.Verdict = other.Verdict
	case 1:
		key.Query = other.Query
	case 2:
		key.AliveQuery = other.Query
	case 3:
		key.Bases, key.DeathBasis = other.Bases, other.DeathBasis
	case 4, 5:
		if len(list) > 0 {
			list[rng.IntN(len(list))] = rng.IntN(s.N+2) - 1
		}
	case 6:
		if key.Death != nil {
			*key.Death += rng.IntN(3) - 1
		}
	case 8:
		if joined := slices.Concat(key.Bases...); len(joined) > 0 {
			key.Bases, key.Weights = [][]int{joined}, [][]float64{slices.Repeat([]float64{1 / float64(len(joined))}, len(joined))}
		}
	case 7:
		if q := key.Query; q != nil && len(q.Float) > 0 {
			c := rng.IntN(len(q.Float))
			q.Float[c] = []float64{0, -q.Float[c], math.Nextafter(q.Float[c], 0), 1e9}[rng.IntN(4)]
		} else if q != nil && len(q.Exact) > 0 {
			q.Exact[rng.IntN(len(q.Exact))] = big.NewRat(rng.Int64N(9)-4, 1+rng.Int64N(5))
		}
	}
}

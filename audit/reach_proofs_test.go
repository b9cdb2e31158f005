package audit

import (
	"encoding/json"
	"math"
	"testing"

	"keyhull/cert"
	"keyhull/cert/shortcut"
)

// reachCheck takes a certificate through JSON.
func reachCheck(t *testing.T, r *cert.Reach, keys []float32, width int, plain bool) (*cert.Reach, *cert.ReachCheck) {
	t.Helper()
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	again := new(cert.Reach)
	if err := json.Unmarshal(text, again); err != nil {
		t.Fatal(err)
	}
	c, err := cert.NewReachCheck(again, wide(keys), width, func(rows []float64, width int) (cert.Arithmetic, error) {
		if plain {
			return cert.NewKeys(rows, width, "none", "", 0)
		}
		return shortcut.NewKeys(rows, width, "none", "", 0)
	})
	if err != nil {
		t.Fatal(err)
	}
	return again, c
}

// What a search proves of heads holds exactly, in both arithmetics, and not
// for another key.
func TestCertificatesOfReach(t *testing.T) {
	answers, whole := map[string]int{}, 0
	for seed := range uint64(24) {
		r := newDraws(seed)
		width := 2 + r.IntN(3)
		h := r.head(12+r.IntN(10), width, 1)
		dim := width + r.IntN(4)
		m := QueryMap{Dim: dim, A: r.normals(width*dim, 1), C: r.normals(width, 2), Radius: 0.5 + float64(seed%4), Projected: seed%3 == 0}
		if seed%2 == 0 {
			m.Rotate = func(position int, q []float64) {
				sin, cos := math.Sincos(float64(position))
				q[0], q[1] = q[0]*cos-q[1]*sin, q[0]*sin+q[1]*cos
			}
		}
		h.Maps = []QueryMap{m}
		res := analyze(t, h, Options{Certificates: true, Positions: []int{1, 5}})
		reach := res.Reach[0]
		list, c := reachCheck(t, reach.Certificates(&h, 0), h.Keys, width, seed%2 == 0)
		if c.Everywhere() != reach.Whole {
			t.Errorf("seed %d: everywhere %v, depth %v", seed, c.Everywhere(), reach.Depth)
		}
		if reach.Whole {
			whole++
		} else if len(list.Keys) != reach.Reachable+reach.Unreachable {
			t.Errorf("seed %d: %d certificates for %+v", seed, len(list.Keys), reach)
		}
		for k := range list.Keys {
			key := &list.Keys[k]
			answers[key.Answer]++
			if lack := c.Key(k); lack != "" {
				t.Errorf("seed %d: %s", seed, lack)
			}
			if key.Answer == "unreachable" {
				key.Barriers[0].Keys = []int{key.Index}
			} else {
				key.Index = (key.Index + 1) % h.N // a state selects one key, and copies of it
			}
			if c.Key(k) == "" {
				t.Errorf("seed %d, key %d: a false proof of %s passes", seed, key.Index, key.Answer)
			}
		}
	}
	if answers["reachable"] < 40 || answers["unreachable"] < 20 || whole < 3 {
		t.Errorf("%v, %d whole", answers, whole)
	}
}

// Tokens that win the state of their own row need no state written down, others
// have one, or a barrier.
func TestCertificatesOfVocab(t *testing.T) {
	own, searched, barred := 0, 0, 0
	for seed := range uint64(16) {
		r := newDraws(seed)
		dim := 3 + r.IntN(4)
		n := 40 + r.IntN(40)
		o := Output{N: n, Dim: dim, Weights: r.normals(n*dim, 1), Norm: &FinalNorm{Gain: r.normals(dim, 1), Bias: r.normals(dim, 1.5),
			Radius: math.Sqrt(float64(dim)), Projected: seed%2 == 0}}
		if seed%3 > 0 {
			o.Bias = r.normals(n, 1)
		}
		v := vocab(t, o, VocabOptions{Certificates: true})
		list, c := reachCheck(t, v.Certificates(o), o.Weights, dim, seed%4 == 0)
		if list.Whole != (v.Reach.Whole && c.Everywhere()) {
			t.Errorf("seed %d: whole %v, everywhere %v", seed, v.Reach.Whole, c.Everywhere())
		}
		for k := range list.Keys {
			if lack := c.Key(k); lack != "" {
				t.Errorf("seed %d: %s", seed, lack)
			}
			key := &list.Keys[k]
			switch {
			case key.Barriers != nil:
				barred++
				key.Answer, key.Barriers = "reachable", nil
				if c.Key(k) == "" {
					t.Errorf("seed %d: key %d has a barrier, and its own state selects it", seed, key.Index)
				}
			case key.State != nil:
				searched++
			default:
				own++
			}
		}
	}
	if own < 40 || searched < 20 || barred < 20 {
		t.Errorf("%d own, %d searched, %d barred", own, searched, barred)
	}
}

package shortcut

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"keyhull/cert"
)

// listed is keys, a list of them, and weights that nearly give the last key.
func listed(rng *rand.Rand, d int) (rows []float64, list []int, weights []float64) {
	n := d + 2 + rng.IntN(2*d+3)
	offset, grain := []float64{0, 1e6}[rng.IntN(2)], []float64{1e-9, 0.25, 1}[rng.IntN(3)]
	rows, sum, kind := make([]float64, (n+1)*d), 0.0, rng.IntN(2)
	for j := range n {
		list, weights = append(list, j), append(weights, [][]float64{{1, 0.5, 0.1}, {1, 1e-9, 1e-16}}[kind][rng.IntN(3)])
		sum += weights[j]
		for c := range d {
			rows[j*d+c] = offset + math.Round(rng.NormFloat64()/grain)*grain
		}
	}
	if flat := rng.IntN(5) == 0; flat {
		for j := range n {
			rows[j*d] = rows[j*d+d-1]
		}
	}
	for j := range weights {
		weights[j] /= sum
		for c := range d {
			rows[n*d+c] += weights[j] * rows[j*d+c]
		}
	}
	if rng.IntN(3) == 0 {
		for c := range d {
			rows[n*d+c] = math.Round(rows[n*d+c]/grain) * grain
		}
	}
	return rows, list, weights
}

// TestAroundAlike holds proofs of long lists against fractions.
func TestAroundAlike(t *testing.T) {
	clear, exact, none := 0, 0, 0
	for seed := range uint64(500) {
		rng := rand.New(rand.NewPCG(seed, 21))
		d := 1 + rng.IntN(5)
		rows, list, weights := listed(rng, d)
		norm := []string{"none", "none", "scale", "layernorm"}[rng.IntN(4)]
		k, err := NewKeys(rows, d, norm, "affine", 0.5)
		if err != nil {
			t.Fatal(err)
		}
		plain, err := cert.NewKeys(rows, d, norm, "affine", 0.5)
		if err != nil {
			t.Fatal(err)
		}
		p := len(list)
		got, want := k.Around(p, list, weights), plain.Around(p, list, weights)
		if got != want {
			t.Fatalf("seed %d: %v, by fractions %v", seed, got, want)
		}
		if nearest := k.nearest(p, list, weights); nearest != want {
			t.Fatalf("seed %d: computed %v, by fractions %v", seed, nearest, want)
		}
		switch c := k.coreOf(list[:min(len(list), coreEach*(len(k.cols)+1))]); {
		case c.sigma != nil && c.surrounds(k, p, list, weights):
			clear++
		case want:
			exact++
		default:
			none++
		}
	}
	if clear < 30 || exact < 30 || none < 50 {
		t.Errorf("%d clear, %d by computing, %d not proved: too few to tell", clear, exact, none)
	}
}

// TestAroundOfMany: one core for all keys, those outside included.
func TestAroundOfMany(t *testing.T) {
	const d, n = 40, 200
	rng := rand.New(rand.NewPCG(3, 22))
	rows := make([]float64, (n+2)*d)
	list, weights := make([]int, n), make([]float64, n)
	for j := range n {
		list[j], weights[j] = j, 1.0/n
		for c := range d {
			rows[j*d+c] = float64(rng.IntN(2001)-1000) * 0x1p-9
			rows[n*d+c] += rows[j*d+c] / n
		}
	}
	for c := range d {
		rows[(n+1)*d+c] = rows[n*d+c] + 9
	}
	k, err := NewKeys(rows, d, "none", "", 0)
	if err != nil {
		t.Fatal(err)
	}
	c := k.coreOf(list[:coreEach*(d+1)])
	if c.sigma == nil || !c.surrounds(k, n, list, weights) || k.coreOf(list[:coreEach*(d+1)]) != c {
		t.Error("the mean is not proved inside, or by another core")
	}
	if c.surrounds(k, n+1, list, weights) {
		t.Error("a key outside is proved inside")
	}
	weights[0], weights[1] = weights[0]+1e-6, weights[1]-1e-6
	if !c.surrounds(k, n, list, weights) {
		t.Error("weights that are off a little prove nothing")
	}
	for j := range list {
		list[j] = j % d // they span too little
	}
	if c := k.coreOf(list[:coreEach*(d+1)]); c.sigma != nil {
		t.Error("keys that span less have a core")
	}
}

// TestScaled holds scaled numbers, and what is apart of two, against big integers.
func TestScaled(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 23))
	for range 5000 {
		x := math.Ldexp(rng.NormFloat64(), rng.IntN(200)-100)
		if rng.IntN(9) == 0 {
			x = math.Ldexp(float64(rng.IntN(9)-4), -1074+rng.IntN(30))
		}
		s := rng.IntN(300) - 150
		exact := new(big.Int).Lsh(whole(x, -1200), 1350) // x·2^2550
		floor := new(big.Int).Rsh(exact, uint(2550-s))
		v, cut := scaled(x, s)
		low := new(big.Int).And(floor, new(big.Int).SetUint64(math.MaxUint64)).Uint64()
		if back := new(big.Int).Lsh(floor, uint(2550-s)); uint64(v) != low || cut != (back.Cmp(exact) != 0) {
			t.Fatalf("%v·2^%d: %d %v, want %d", x, s, v, cut, low)
		}
	}
	for seed := range uint64(50) {
		rng := rand.New(rand.NewPCG(seed, 24))
		rows, _, _ := listed(rng, 3)
		k, err := NewKeys(rows, 3, []string{"none", "scale"}[seed%2], "affine", 0.5)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range k.cols {
			for j := range k.n {
				d := k.diff(j, j/2, c)
				d.Lsh(d, fullBits)
				v, cut := k.apart(j, j/2, c)
				exact := new(big.Int).Lsh(big.NewInt(v), uint(k.bits[c]))
				unit := new(big.Int).Lsh(big.NewInt(1), uint(k.bits[c]))
				if off := exact.Sub(exact, d); off.CmpAbs(unit) > 0 || !cut && off.Sign() != 0 {
					t.Fatalf("seed %d, key %d: off by %v of %v, cut %v", seed, j, off, unit, cut)
				}
			}
		}
	}
}

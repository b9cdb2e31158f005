package shortcut

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// around is a simplex of d+1 float32 keys, and last a key with weights of them, the
// first of which is least, but for what float32 rounds.
func around(rng *rand.Rand, d int, least float64) []float64 {
	x, w, sum := make([]float64, (d+2)*d), make([]float64, d+1), 0.0
	for i := range w {
		w[i] = rng.ExpFloat64()
		sum += w[i]
	}
	w[0], w[1], sum = least*sum, w[1]+w[0]-least*sum, 1/sum
	for i := range w {
		for c := range d {
			v := float64(float32(rng.NormFloat64()))
			x[i*d+c] = v
			x[(d+1)*d+c] += v * w[i] * sum
		}
	}
	for c := range d {
		x[(d+1)*d+c] = float64(float32(x[(d+1)*d+c]))
	}
	return x
}

// exactlyAround is around of short keys, and weights with few bits.
func exactlyAround(rng *rand.Rand, d int, least float64) []float64 {
	x, rest := make([]float64, (d+2)*d), 1.0
	for i := range d + 1 {
		w := 0x1p-8
		if i == 0 {
			w = math.Copysign(math.Exp2(math.Round(math.Log2(math.Abs(least)))), least)
		} else if i == d {
			w = rest
		}
		rest -= w
		for c := range d {
			x[i*d+c] = float64(rng.IntN(33) - 16)
			x[(d+1)*d+c] += w * x[i*d+c]
		}
	}
	return x
}

// TestEnclosed holds the proof of many keys against fractions: what it proves is so,
// and it proves what is clear.
func TestEnclosed(t *testing.T) {
	proved, refused := 0, 0
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 5))
		d := 2 + rng.IntN(14)
		least := math.Ldexp(1, -1-int(seed%40))
		if seed%4 == 0 {
			least = -least
		}
		k, plain := twins(t, around(rng, d, least), d)
		basis := make([]int, d+1)
		for i := range basis {
			basis[i] = i
		}
		inside := plain.Inside(d+1, basis)
		if k.enclosed(d+1, basis) {
			if proved++; !inside {
				t.Errorf("seed %d: proved inside, and is not", seed)
			}
		} else if refused++; inside && least > 1e-4 {
			t.Errorf("seed %d: %v is not proved", seed, least)
		}
		if basis[d] = basis[0]; k.enclosed(d+1, basis) {
			t.Errorf("seed %d: a key twice is proved independent", seed)
		}
	}
	if proved < 15 || refused < 15 {
		t.Errorf("%d proved, %d refused", proved, refused)
	}
}

// TestEnclosedOfMany: what takes minutes in fractions. A least weight of 1e-13 is that
// of keys that are no float32.
func TestEnclosedOfMany(t *testing.T) {
	const d = 160
	for _, least := range []float64{1e-4, -1e-4, 1e-13, -1e-13} {
		rng := rand.New(rand.NewPCG(1, 6))
		x := around(rng, d, least)
		if math.Abs(least) < 1e-9 {
			x = exactlyAround(rng, d, least)
		}
		k, basis := simplexOf(t, x, d)
		if got := k.enclosed(d+1, basis); got != (least > 0) {
			t.Errorf("least weight %v: %v", least, got)
		}
	}
}

// TestEnclosedNearlyFlat: two keys of the basis are close, so that only a small shift
// leaves a factor.
func TestEnclosedNearlyFlat(t *testing.T) {
	const d = 160
	defer func(all []int) { shiftBits = all }(shiftBits)
	for _, least := range []float64{0x1p-8, -0x1p-8} {
		rng := rand.New(rand.NewPCG(3, 8))
		x := exactlyAround(rng, d, least)
		p := x[(d+1)*d:]
		for c := range d {
			p[c] -= least * x[c]
			x[c] = x[d+c] + float64(rng.IntN(33)-16)*0x1p-14
			p[c] += least * x[c]
		}
		k, basis := simplexOf(t, x, d)
		for _, part := range [][]int{{42}, {42, 45, 48}} {
			shiftBits = part
			if got := k.enclosed(d+1, basis); got != (least > 0 && len(part) > 1) {
				t.Errorf("least weight %v, shifts %v: %v", least, part, got)
			}
		}
	}
}

// TestWide holds sums of 128 bits against big integers.
func TestWide(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 7))
	whole := func(a wide) *big.Int {
		v := big.NewInt(a.hi)
		return v.Add(v.Lsh(v, 64), new(big.Int).SetUint64(a.lo))
	}
	for range 2000 {
		n := 1 + rng.IntN(70)
		x, y, want := make([]int64, n), make([]int64, n), new(big.Int)
		s, top := uint(rng.IntN(40)), int64(1)<<(28+rng.IntN(28))
		for c := range x {
			x[c], y[c] = rng.Int64N(2*top)-top, rng.Int64N(2*top)-top
			want.Add(want, new(big.Int).Mul(big.NewInt(x[c]), big.NewInt(y[c])))
		}
		got := wideDot(x, y)
		if whole(got).Cmp(want) != 0 || top == 1<<28 && shortDot(x, y) != got {
			t.Fatalf("%v·%v is %v", x, y, want)
		}
		if whole(got.sub(times(x[0], y[0])).add(times(x[0], y[0]))).Cmp(want) != 0 {
			t.Fatalf("%v: less a number and more", want)
		}
		if up := new(big.Int).Lsh(want, 2); whole(got.shl(2)).Cmp(up) != 0 {
			t.Fatalf("%v·4", want)
		}
		if size := new(big.Int).Abs(want); got.size(s).Cmp(size.Add(size.Rsh(size, s), big.NewInt(1))) != 0 {
			t.Fatalf("|%v|/2^%d", want, s)
		}
		near, _ := new(big.Float).SetInt(want).Float64()
		if math.Abs(got.float()-near) > 1e-15*math.Abs(near)+4096 {
			t.Fatalf("%v: %v", want, got.float())
		}
	}
}

// simplexOf are keys and the first d+1 of them.
func simplexOf(t *testing.T, x []float64, d int) (*Keys, []int) {
	t.Helper()
	k, err := NewKeys(x, d, "none", "", 0)
	if err != nil {
		t.Fatal(err)
	}
	basis := make([]int, d+1)
	for i := range basis {
		basis[i] = i
	}
	return k, basis
}

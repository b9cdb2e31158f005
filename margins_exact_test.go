package keyhull_test

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"keyhull"
	"keyhull/internal/oracle"
)

// TestMarginsAgainstRationals compares margins with exact ones of a brute force
// that knows no walks: the least distance to the affine hull of any corners
// whose weights there are not negative.
func TestMarginsAgainstRationals(t *testing.T) {
	for _, kind := range []string{"gaussian", "lattice", "hair", "offset", "sizes", "coordinates", "tiny", "huge", "scaled", "projected", "layernorm"} {
		t.Run(kind, func(t *testing.T) {
			for seed := range uint64(6) {
				rng := rand.New(rand.NewPCG(seed, 5))
				d := 2 + int(seed)%3
				n := 4 + rng.IntN(3)
				k, points := hardKeys(rng, kind, n, d)
				r := decide(t, k, keyhull.Options{Workers: 1})
				checkMargins(t, fmt.Sprintf("seed %d", seed), r, points)
			}
		})
	}
}

// TestMarginOfRounding: a key that rounding alone puts outside the others' hull,
// nearest to an edge of a triangle: the weight of the third corner, below 0, came
// out as 1e-18 when weights were less precise than the point.
func TestMarginOfRounding(t *testing.T) {
	in := oracle.New("mixture", 99)
	r := decide(t, in.Keys(), keyhull.Options{Workers: 1})
	want := exactDistance(exactPoints(in.Data, in.Width, in.Factors, in.Projects()), 8)
	if got := r.Keys[8].Margin; !near(got, want, 1e-12) {
		t.Errorf("margin %v, exactly %v", got, want)
	}
}

func checkMargins(t *testing.T, name string, r *keyhull.Result, points [][]*big.Rat) {
	radius := exactRadius(points)
	if !near(r.Radius, radius, 1e-12) {
		t.Errorf("%s: radius %v, exactly %v", name, r.Radius, radius)
	}
	for i := range r.Keys {
		k := &r.Keys[i]
		if k.Verdict.Unselectable() {
			continue
		}
		want := exactDistance(points, i)
		if !near(k.Margin, want, 1e-12) || !(k.Margin > 0) {
			t.Errorf("%s: margin of key %d is %v, exactly %v", name, i, k.Margin, want)
		}
		if want.Quo(want, radius); math.Abs(float(want)) > 1e-290 && !near(k.RelativeMargin, want, 1e-12) {
			t.Errorf("%s: relative margin of key %d is %v, exactly %v", name, i, k.RelativeMargin, want)
		}
	}
}

// near compares relatively, with what floats hold at their ends.
func near(got float64, want *big.Float, tolerance float64) bool {
	w := float(want)
	if math.IsInf(w, 0) {
		w = math.MaxFloat64
	}
	return math.Abs(got-w) <= tolerance*w+math.SmallestNonzeroFloat64
}

func float(x *big.Float) float64 {
	v, _ := x.Float64()
	return v
}

// hardKeys makes keys and their exact points.
func hardKeys(rng *rand.Rand, kind string, n, d int) (keyhull.Keys, [][]*big.Rat) {
	x := make([]float64, n*d)
	factors := make([]float64, n)
	for i := range factors {
		factors[i] = math.Exp(2 * rng.NormFloat64())
	}
	for i := range x {
		x[i] = rng.NormFloat64()
		switch kind {
		case "lattice":
			x[i] = float64(rng.IntN(4))
		case "hair":
			x[i] = float64(rng.IntN(3)) + math.Ldexp(x[i], -20-rng.IntN(1000))
		case "offset":
			x[i] = 1e9 + x[i]
		case "coordinates":
			x[i] = math.Ldexp(x[i], 900-(i%d)*700)
		case "tiny":
			x[i] = math.Ldexp(x[i], -1060)
		case "huge":
			x[i] = math.Ldexp(x[i], 1020)
		}
	}
	if kind == "sizes" { // 1e-300 to 1e300 in one set
		for i := range n {
			e := rng.IntN(2000) - 1000
			for c := range d {
				x[i*d+c] = math.Ldexp(x[i*d+c], e)
			}
		}
	}
	k := keyhull.Float64(x, d)
	if kind == "scaled" || kind == "layernorm" {
		k = k.Scaled(factors)
	} else {
		factors = nil
	}
	if kind == "projected" || kind == "layernorm" {
		k = k.Projected()
	}
	return k, exactPoints(x, d, factors, kind == "projected" || kind == "layernorm")
}

func exactPoints(x []float64, d int, factors []float64, projected bool) [][]*big.Rat {
	var points [][]*big.Rat
	for i := 0; i < len(x); i += d {
		row, mean := make([]*big.Rat, d), new(big.Rat)
		for c := range row {
			row[c] = new(big.Rat).SetFloat64(x[i+c])
			mean.Add(mean, row[c])
		}
		mean.Quo(mean, big.NewRat(int64(d), 1))
		for c := range row {
			if projected {
				row[c].Sub(row[c], mean)
			}
			if factors != nil {
				row[c].Mul(row[c], new(big.Rat).SetFloat64(factors[i/d]))
			}
		}
		points = append(points, row)
	}
	return points
}

// exactDistance is the distance of point p from the hull of the points that
// differ from it.
func exactDistance(points [][]*big.Rat, p int) *big.Float {
	var y [][]*big.Rat
	for _, x := range points {
		row, differs := make([]*big.Rat, len(x)), false
		for c := range x {
			row[c] = new(big.Rat).Sub(x[c], points[p][c])
			differs = differs || row[c].Sign() != 0
		}
		if differs {
			y = append(y, row)
		}
	}
	var best *big.Rat
	for set := 1; set < 1<<len(y); set++ {
		var corners [][]*big.Rat
		for j := range y {
			if set>>j&1 == 1 {
				corners = append(corners, y[j])
			}
		}
		if len(corners) > len(points[p])+1 {
			continue
		}
		if square := leastSquare(corners); square != nil && (best == nil || square.Cmp(best) < 0) {
			best = square
		}
	}
	return root(best)
}

// leastSquare is the square of the distance of 0 from the affine hull of the
// corners; nil if they are dependent or a weight of the nearest point is
// negative.
func leastSquare(corners [][]*big.Rat) *big.Rat {
	n := len(corners)
	a := make([][]*big.Rat, n+1) // [G 1; 1ᵀ 0]·[u; −s] = [0; 1]
	for i := range a {
		a[i] = make([]*big.Rat, n+2)
		for k := range a[i] {
			a[i][k] = new(big.Rat)
			switch {
			case i < n && k < n:
				a[i][k] = product(corners[i], corners[k])
			case i == n && (k < n || k == n+1), k == n && i < n:
				a[i][k].SetInt64(1)
			}
		}
	}
	if !gaussJordan(a) {
		return nil
	}
	for i := range n {
		if a[i][n+1].Sign() < 0 {
			return nil
		}
	}
	return a[n][n+1].Neg(a[n][n+1])
}

func product(x, y []*big.Rat) *big.Rat {
	sum := new(big.Rat)
	for c := range x {
		sum.Add(sum, new(big.Rat).Mul(x[c], y[c]))
	}
	return sum
}

// gaussJordan solves the system; false if it is singular.
func gaussJordan(a [][]*big.Rat) bool {
	for r := range a {
		at := r
		for at < len(a) && a[at][r].Sign() == 0 {
			at++
		}
		if at == len(a) {
			return false
		}
		a[r], a[at] = a[at], a[r]
		inv := new(big.Rat).Inv(a[r][r])
		for k := range a[r] {
			a[r][k] = new(big.Rat).Mul(a[r][k], inv)
		}
		for i := range a {
			if f := new(big.Rat).Set(a[i][r]); i != r && f.Sign() != 0 {
				for k := range a[i] {
					a[i][k] = new(big.Rat).Sub(a[i][k], new(big.Rat).Mul(f, a[r][k]))
				}
			}
		}
	}
	return true
}

func exactRadius(points [][]*big.Rat) *big.Float {
	best := new(big.Rat)
	for _, x := range points {
		away := make([]*big.Rat, len(x))
		for c := range x {
			sum := new(big.Rat)
			for _, y := range points {
				sum.Add(sum, y[c])
			}
			away[c] = sum.Sub(x[c], sum.Quo(sum, big.NewRat(int64(len(points)), 1)))
		}
		if s := product(away, away); s.Cmp(best) > 0 {
			best = s
		}
	}
	return root(best)
}

func root(square *big.Rat) *big.Float {
	x := new(big.Float).SetPrec(200).SetRat(square)
	return x.Sqrt(x)
}

package oracle

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/big"
	"math/rand/v2"
	"strings"

	"keyhull"
)

// Instance is a key set: len(Data)/Width rows, each taken times its factor
// (1 where Factors is nil) and without its mean where Norm is project or
// layernorm, exactly.
type Instance struct {
	Family  string
	Seed    uint64
	Width   int
	Data    []float64
	Single  bool      // give the solver float32, which all of Data is
	Norm    string    // none, project, scale or layernorm
	Factors []float64 // of scale and layernorm
}

// New makes the instance of a family; equal arguments give equal instances.
// It panics if there is no such family.
func New(family string, seed uint64) Instance {
	for _, f := range Families {
		if f.Name == family {
			h := fnv.New64a()
			h.Write([]byte(family))
			in := f.make(rng{rand.New(rand.NewPCG(seed, h.Sum64()))})
			in.Family, in.Seed = family, seed
			return in
		}
	}
	panic("oracle: no family " + family)
}

// N is the number of keys.
func (in *Instance) N() int { return len(in.Data) / in.Width }

// Keys returns the keys as the solver takes them.
func (in *Instance) Keys() keyhull.Keys {
	k := keyhull.Float64(in.Data, in.Width)
	if in.Single {
		single := make([]float32, len(in.Data))
		for i, v := range in.Data {
			if single[i] = float32(v); float64(single[i]) != v {
				panic(fmt.Sprintf("oracle: %v is no float32", v))
			}
		}
		k = keyhull.Float32(single, in.Width)
	}
	if in.Factors != nil {
		k = k.Scaled(in.Factors)
	}
	if in.Projects() {
		k = k.Projected()
	}
	return k
}

// Projects reports whether keys lie in the hyperplane orthogonal to 1.
func (in *Instance) Projects() bool { return in.Norm == "project" || in.Norm == "layernorm" }

// Points returns the exact coordinates: those of the rows, or the differences
// to the last coordinate where the instance projects.
func (in *Instance) Points() [][]*big.Rat {
	points := make([][]*big.Rat, in.N())
	for i := range points {
		row := make([]*big.Rat, in.Width)
		for c := range row {
			row[c] = new(big.Rat).SetFloat64(in.Data[i*in.Width+c])
			if in.Factors != nil {
				row[c].Mul(row[c], new(big.Rat).SetFloat64(in.Factors[i]))
			}
		}
		if in.Projects() {
			last := row[in.Width-1]
			row = row[:in.Width-1]
			for _, x := range row {
				x.Sub(x, last)
			}
		}
		points[i] = row
	}
	return points
}

// String is the instance as Go code, every number exact.
func (in *Instance) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "oracle.Instance{Family: %q, Seed: %d, Width: %d, Single: %v, Norm: %q, Data: []float64{", in.Family, in.Seed, in.Width, in.Single, in.Norm)
	hex(&b, in.Data)
	b.WriteString("}, Factors: []float64{")
	hex(&b, in.Factors)
	b.WriteString("}}")
	return b.String()
}

func hex(b *strings.Builder, x []float64) {
	for i, v := range x {
		if i > 0 {
			b.WriteString(", ")
		}
		if v == 0 && math.Signbit(v) {
			b.WriteString("math.Copysign(0, -1)")
		} else {
			fmt.Fprintf(b, "%x", v)
		}
	}
}

// normalize sets the norm and computes the factors it asks for. Rows of norm 0
// get a coordinate of 1 first, so that they have one.
func (in *Instance) normalize(norm string) {
	in.Norm = norm
	if norm != "scale" && norm != "layernorm" {
		return
	}
	in.Factors = make([]float64, in.N())
	for i := range in.Factors {
		row := in.Data[i*in.Width:][:in.Width]
		f, ok := factor(row, norm == "layernorm")
		if !ok {
			row[0]++
			if in.Single {
				row[0] = float64(float32(row[0]))
			}
			f, _ = factor(row, norm == "layernorm")
		}
		in.Factors[i] = f
	}
}

// factor is the float64 nearest to 1/√(mean square), of the deviations from
// the mean if centred; false if that is 0.
func factor(row []float64, centred bool) (float64, bool) {
	d := big.NewRat(int64(len(row)), 1)
	mean, square := new(big.Rat), new(big.Rat)
	for _, v := range row {
		x := new(big.Rat).SetFloat64(v)
		mean.Add(mean, x)
		square.Add(square, x.Mul(x, x))
	}
	square.Quo(square, d)
	if mean.Quo(mean, d); centred { // E x² − (E x)²
		square.Sub(square, mean.Mul(mean, mean))
	}
	if square.Sign() == 0 {
		return 0, false
	}
	s := new(big.Float).SetPrec(512).SetRat(square)
	s.Quo(big.NewFloat(1).SetPrec(512), s.Sqrt(s))
	f, _ := s.Float64()
	return f, true
}

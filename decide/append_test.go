package decide

import (
	"bytes"
	"math"
	"math/big"
	"math/rand/v2"
	"reflect"
	"strconv"
	"testing"

	"keyhull/cert"
)

// A key is written as json.Marshal writes it, whatever fields it has.
func TestAppendKeyIsMarshal(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 0))
	full := cert.Key{}
	fields := reflect.ValueOf(&full).Elem()
	for i := range fields.NumField() {
		fill(t, rng, fields.Field(i))
	}
	keys := []cert.Key{{}, full, {Verdict: "face", Query: &cert.Query{Exact: []*big.Rat{big.NewRat(-1, 3)}}}, {Bases: [][]int{nil, {}}, Query: &cert.Query{}}}
	for i := range fields.NumField() { // one field alone, and all but one
		var one cert.Key
		reflect.ValueOf(&one).Elem().Field(i).Set(fields.Field(i))
		rest := full
		reflect.ValueOf(&rest).Elem().Field(i).SetZero()
		keys = append(keys, one, rest)
	}
	rest := full
	rest.Death, rest.DeathBasis, rest.DeathWeights, rest.AliveQuery = nil, nil, nil, nil
	keys = append(keys, rest)
	for i := range keys {
		if got, want := string(appendKey(nil, &keys[i])), string(marshal(&keys[i])); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// fill puts something into a field of a key.
func fill(t *testing.T, rng *rand.Rand, v reflect.Value) {
	switch v.Kind() {
	case reflect.Int:
		v.SetInt(rng.Int64N(1000))
	case reflect.Float64:
		v.SetFloat(rng.NormFloat64())
	case reflect.String:
		v.SetString("interior")
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 3, 3))
		for i := range 3 {
			fill(t, rng, v.Index(i))
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		if v.Type() == reflect.TypeFor[*cert.Query]() {
			v.Interface().(*cert.Query).Float = []float64{1, -0.5}
			return
		}
		fill(t, rng, v.Elem())
	default:
		t.Fatalf("a key has a field of type %v: appendKey must write it", v.Type())
	}
}

func TestAppendFloatIsMarshal(t *testing.T) {
	list := []float64{0, math.Copysign(0, -1), 1, -1, 1e-6, 9.99e-7, 1e-9, 1e-10, 1e-300, 1e20, 1e21, 1e22, 1e300, math.MaxFloat64, math.SmallestNonzeroFloat64, 0.1, 1.0 / 3, 123456789}
	rng := rand.New(rand.NewPCG(2, 0))
	for len(list) < 10000 {
		if x := math.Float64frombits(rng.Uint64()); x-x == 0 {
			list = append(list, x, rng.NormFloat64(), math.Round(math.Ldexp(rng.NormFloat64(), rng.IntN(60))))
		}
	}
	for _, x := range list {
		if got, want := string(appendFloat(nil, x)), string(marshal(x)); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// All millionths, and floats near some of them, are written as strconv writes them.
func TestAppendFloatParts(t *testing.T) {
	var got, want []byte
	for parts := 1; parts < 1e6; parts++ {
		x := float64(parts) / 1e6
		for _, x := range []float64{x, math.Nextafter(x, 0), math.Nextafter(x, 1), -x, x + 1}[:1+parts%5] {
			if x < 1e-6 && x > 0 {
				continue
			}
			got, want = appendFloat(got[:0], x), strconv.AppendFloat(want[:0], x, 'f', -1, 64)
			if !bytes.Equal(got, want) {
				t.Fatalf("%s, want %s", got, want)
			}
		}
	}
}

func TestAppendIntIsStrconv(t *testing.T) {
	list := []int64{0, 1e8 - 1, 1e8, 1e8 + 1, math.MaxInt64, math.MinInt64}
	for x := range int64(20000) {
		list = append(list, x, x*5003)
	}
	for _, x := range list {
		for _, x := range []int64{x, -x} {
			if got, want := string(appendInt(nil, x)), strconv.FormatInt(x, 10); got != want {
				t.Fatalf("%s, want %s", got, want)
			}
		}
	}
}

package vec

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestPanelsLayout(t *testing.T) {
	t.Run("F32", testPanelsLayout[float32])
	t.Run("F64", testPanelsLayout[float64])
}

func testPanelsLayout[T Float](t *testing.T) {
	l := map[bool]int{true: Lanes32, false: Lanes64}[T(1)+0x1p-30 == 1]
	p := new(Panels[T])
	for _, dim := range []int{3, 2} {
		p.Reset(dim)
		for j := range l + 5 {
			p.Append(fill(dim, func() float64 { return float64(j) }))
		}
		p.Set(l+1, fill(dim, func() float64 { return -1 }))
		if p.N != l+5 || p.Panels() != 2 || len(p.Data) != 2*l*dim {
			t.Fatalf("%d points in %d panels, %d numbers", p.N, p.Panels(), len(p.Data))
		}
		for i, v := range p.Data {
			j := i/(l*dim)*l + i%l
			switch {
			case j >= p.N && v == v:
				t.Fatalf("unused lane %d holds %g", j, v)
			case j == l+1 && v != -1, j < p.N && j != l+1 && v != T(j):
				t.Fatalf("point %d holds %g", j, v)
			}
		}
	}
}

// TestSlice scans every range of panels of a set.
func TestSlice(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(1, 1))
		p, rows := points[float64](fill(150*5, r.NormFloat64), 5)
		q := fill(5, r.NormFloat64)
		for lo := range p.Panels() + 1 {
			for hi := lo; hi <= p.Panels(); hi++ {
				view := p.Slice(lo, hi)
				part := rows[min(150, lo*Lanes64):min(150, hi*Lanes64)]
				if err := checkTop2(Top2F64(q, &view), q, part, false, unit[float64]); err != nil {
					t.Fatalf("panels %d to %d: %v", lo, hi, err)
				}
			}
		}
	})
}

func TestPanelsPanic(t *testing.T) {
	p, _ := points[float32](fill(40*3, func() float64 { return 1 }), 3)
	short := Panels32{N: 40, Dim: 3, Data: p.Data[:100]}
	for name, call := range map[string]func(){
		"negative dimension": func() { new(Panels32).Reset(-1) },
		"short row":          func() { p.Append([]float64{1, 2}) },
		"point outside":      func() { p.Set(40, []float64{1, 2, 3}) },
		"slice outside":      func() { p.Slice(1, 3) },
		"slice backwards":    func() { p.Slice(2, 1) },
		"short query":        func() { Top2F32(make([]float32, 2), p) },
		"queries for dst":    func() { Top2BlockF32(make([]Top2, 2), make([]float32, 3), p) },
		"short data":         func() { Top2F32(make([]float32, 3), &short) },
	} {
		t.Run(name, func(t *testing.T) { mustPanic(t, call) })
	}
}

func TestChoose(t *testing.T) {
	for _, c := range []struct {
		setting string
		best    level
		want    level
		err     string
	}{
		{"", avx512, avx512, ""},
		{"", generic, generic, ""},
		{"generic", avx512, generic, ""},
		{"avx2", avx512, avx2, ""},
		{"avx512", avx512, avx512, ""},
		{"avx512", avx2, avx2, "offers only avx2"},
		{"AVX2", avx2, avx2, "want avx512, avx2 or generic"},
		{"sse", generic, generic, "want avx512, avx2 or generic"},
	} {
		got, err := choose(c.setting, c.best)
		if got != c.want || (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%q on %s: %s, %v", c.setting, c.best, got, err)
		}
		if err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("more than a line: %v", err)
		}
	}
}

func TestNoPointsNoCoordinates(t *testing.T) {
	none := Top2{Best: math.Inf(-1), Second: math.Inf(-1), Index: -1}
	p := new(Panels64)
	for n, want := range []Top2{none, {Second: math.Inf(-1)}, {}, {}} {
		dst := []Top2{{Best: 5}, {Best: 5}}
		Top2BlockF64(dst, nil, p)
		if got := Top2F64(nil, p); got != want || dst[0] != want || dst[1] != want {
			t.Errorf("%d points without coordinates: %+v and %+v, want %+v", n, got, dst, want)
		}
		p.Append(nil)
	}
	p.Reset(3)
	if got := Top2F64(make([]float64, 3), p); got != none {
		t.Errorf("no points: %+v", got)
	}
}

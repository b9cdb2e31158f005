package oracle

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"keyhull"
)

// points turns rows like "0 0, 1/3 2" into rationals.
func points(text string) [][]*big.Rat {
	var all [][]*big.Rat
	for row := range strings.SplitSeq(text, ",") {
		var p []*big.Rat
		for field := range strings.FieldsSeq(row) {
			x, ok := new(big.Rat).SetString(field)
			if !ok {
				panic(field)
			}
			p = append(p, x)
		}
		all = append(all, p)
	}
	return all
}

// initials writes verdicts as one letter each.
func initials(verdicts []keyhull.Verdict) string {
	var b strings.Builder
	for _, v := range verdicts {
		b.WriteByte(v.String()[0])
	}
	return b.String()
}

func TestByHand(t *testing.T) {
	cases := []struct {
		name, points, want string
		rank               int
	}{
		{"one", "3 4", "s", 0},
		{"two", "3 4, 3 5", "ss", 1},
		{"equal", "1 2, 1 2, 1 2", "ttt", 0},
		{"square and centre", "-1 -1, 1 -1, -1 1, 1 1, 0 0", "ssssi", 2},
		{"square, centre, middle of an edge", "0 0, 2 0, 0 2, 2 2, 1 1, 1 0", "ssssif", 2},
		{"corner twice", "0 0, 1 0, 0 1, 0 0", "tsst", 2},
		{"edge point twice", "0 0, 2 0, 0 2, 1 0, 1 0", "sssff", 2},
		{"interior point twice", "0 0, 4 0, 0 4, 1 1, 1 1", "sssii", 2},
		{"line", "0, 5, 2, 2, -1", "isiis", 1},
		{"line in space", "0 0 0, 1 2 3, 2 4 6, 3 6 9", "siis", 1},
		{"thirds", "0 0, 1 0, 0 1, 1/3 1/3, 1/3 2/3", "sssif", 2},
		{"simplex", "0 0 0, 1 0 0, 0 1 0, 0 0 1", "ssss", 3},
		{"flat triangle with its centre", "3 0 0, 0 3 0, 0 0 3, 1 1 1", "sssi", 2},
		{"outside by 1e-40", "0 0, 1 0, 0 1, 1/2 -1e-40, 1/2 1e-40", "ssssi", 2},
		{"octahedron and centre", "1 0 0, -1 0 0, 0 1 0, 0 -1 0, 0 0 1, 0 0 -1, 0 0 0", "ssssssi", 3},
	}
	for _, c := range cases {
		p := points(c.points)
		if got := initials(Verdicts(p)); got != c.want || Rank(p) != c.rank {
			t.Errorf("%s: %s of rank %d, want %s of rank %d", c.name, got, Rank(p), c.want, c.rank)
		}
	}
}

// TestCube: {0..3}^3 has 8 corners, 48 other points of the boundary, and 8 inside.
func TestCube(t *testing.T) {
	var text []string
	for i := range 64 {
		text = append(text, fmt.Sprint(i%4, i/4%4, i/16))
	}
	got := initials(Verdicts(points(strings.Join(text, ","))))
	if s, f, i := strings.Count(got, "s"), strings.Count(got, "f"), strings.Count(got, "i"); s != 8 || f != 48 || i != 8 {
		t.Errorf("%d selectable, %d face, %d interior", s, f, i)
	}
}

// TestAgainstEnumeration compares with a second brute force that knows no
// linear programs.
func TestAgainstEnumeration(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	kinds := map[keyhull.Verdict]int{}
	for trial := range 600 {
		d := 1 + trial%4
		n := 1 + rng.IntN(10-d)
		side := int64(2 + rng.IntN(4))
		var set [][]*big.Rat
		for range n {
			p := make([]*big.Rat, d)
			for c := range p {
				p[c] = big.NewRat(rng.Int64N(side), 3)
			}
			set = append(set, p)
		}
		got, want := Verdicts(set), enumerate(set)
		if !slices.Equal(got, want) {
			t.Fatalf("%v: %s, enumeration says %s", set, initials(got), initials(want))
		}
		for _, v := range got {
			kinds[v]++
		}
	}
	for v := keyhull.Selectable; v <= keyhull.Interior; v++ {
		if kinds[v] < 50 {
			t.Errorf("only %d keys are %v", kinds[v], v)
		}
	}
}

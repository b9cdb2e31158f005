package text

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var paper = MajorityConfig{Samples: 100_000, Length: 50, Classes: 20, MinDelta: 6, Seed: 11}

func TestMajorityOfThePaper(t *testing.T) {
	train, test, err := paper.Generate()
	if err != nil || train.Rows() != 80_008 || test.Rows() != 20_002 {
		t.Fatal(train.Rows(), test.Rows(), err)
	}
	if again, _, _ := paper.Generate(); !slices.Equal(train.N, again.N) {
		t.Error("the same seed gives other rows")
	}
	sum := fnv.New64a()
	for _, part := range [][]uint16{train.N, train.Label, test.N, test.Label} {
		binary.Write(sum, binary.LittleEndian, part)
	}
	if got := fmt.Sprintf("%x", sum.Sum64()); got != "fcfc13fdf8ce8e7c" {
		t.Errorf("the rows of seed 11 changed: sum %s", got)
	}
}

func small() *rapid.Generator[MajorityConfig] {
	return rapid.Custom(func(t *rapid.T) MajorityConfig {
		length := rapid.OneOf(rapid.IntRange(3, 16), rapid.IntRange(17, 300)).Draw(t, "length")
		return MajorityConfig{
			Samples: rapid.IntRange(1, 500).Draw(t, "samples"), Length: length,
			Classes: rapid.IntRange(2, min(length, 40)).Draw(t, "classes"), MinDelta: rapid.IntRange(1, length-2).Draw(t, "lead"),
			Seed: rapid.Uint64().Draw(t, "seed"),
		}
	})
}

func TestMajorityRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := small().Draw(t, "config")
		train, test, err := c.Generate()
		if n := train.Rows() + test.Rows(); err != nil || n <= c.Samples || n > c.Samples+perPartition || train.Rows() != n*4/5 {
			t.Fatal(train.Rows(), test.Rows(), err)
		}
		for _, part := range []Counts{train, test} {
			for i, label := range part.Label {
				n := slices.Clone(part.Row(i))
				if counted := count(part.Tokens(i), c.Classes); !slices.Equal(counted, n) || len(part.Tokens(i)) != c.Length {
					t.Fatalf("tokens %v, counts %v", part.Tokens(i), n)
				}
				if top := n[label]; int(top) != part.runAtEnd(i) {
					t.Fatalf("label %d, counts %v", label, n)
				}
				slices.Sort(n)
				if lead := int(n[c.Classes-1]) - int(n[c.Classes-2]); lead < c.MinDelta || n[c.Classes-1] != part.Row(i)[label] || n[c.Classes-2] == 0 {
					t.Fatalf("lead %d of label %d in %v", lead, label, part.Row(i))
				}
			}
		}
	})
}

// runAtEnd returns how often the last token of a sequence is repeated.
func (c Counts) runAtEnd(row int) int {
	tokens, n := c.Tokens(row), 0
	for i := len(tokens) - 1; i >= 0 && tokens[i] == tokens[len(tokens)-1]; i-- {
		n++
	}
	return n
}

func count(tokens []int, classes int) []uint16 {
	n := make([]uint16, classes)
	for _, token := range tokens {
		n[token]++
	}
	return n
}

func TestSplit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		classes := rapid.IntRange(1, 9).Draw(t, "classes")
		label := rapid.SliceOfN(rapid.Uint16Range(0, uint16(classes-1)), 5, 200).Draw(t, "labels")
		train, test := stratify(label, classes, rand.New(rand.NewPCG(1, 2)))
		if len(train) != len(label)*4/5 {
			t.Fatal(len(train), len(label))
		}
		inTrain, all := make([]float64, classes), make([]float64, classes)
		for _, row := range train {
			inTrain[label[row]]++
		}
		for _, l := range label {
			all[l]++
		}
		share := float64(len(train)) / float64(len(label))
		for c := range all {
			if math.Abs(inTrain[c]-share*all[c]) >= 1 {
				t.Errorf("label %d: %v of %v are in train", c, inTrain[c], all[c])
			}
		}
		rows := slices.Sorted(slices.Values(append(train, test...)))
		for i := range label {
			if len(rows) != len(label) || rows[i] != i {
				t.Fatalf("rows lost or doubled: %v", rows)
			}
		}
	})
}

// plainPartitions is the published walk as it stands: it enters every sum, and
// what has no lead is left out afterwards.
func plainPartitions(c MajorityConfig, rng *rand.Rand) (all [][]int) {
	var walk func(parts []int, left, least int)
	walk = func(parts []int, left, least int) {
		k := len(parts)
		if left == 0 {
			if k > 1 && parts[k-1]-parts[k-2] >= c.MinDelta {
				all = append(all, slices.Clone(parts))
			}
			return
		}
		if k == c.Classes {
			return
		}
		for _, i := range rng.Perm(max(0, left-least+1)) {
			walk(append(parts, least+i), left-least-i, least+i)
		}
	}
	walk(nil, c.Length, 1)
	return all
}

func TestPartitionsAgreeWithPlainWalk(t *testing.T) {
	for _, c := range []MajorityConfig{{0, 12, 4, 2, 0}, {0, 12, 12, 1, 0}, {0, 9, 3, 7, 0}, {0, 20, 2, 5, 0}, {0, 30, 10, 6, 0}, paper} {
		got := map[string]int{}
		for parts := range c.partitions(rand.New(rand.NewPCG(1, 1))) {
			got[fmt.Sprint(parts)]++
		}
		want := plainPartitions(c, rand.New(rand.NewPCG(2, 2)))
		for _, parts := range want {
			if got[fmt.Sprint(parts)] != 1 {
				t.Errorf("%+v: %v comes %d times", c, parts, got[fmt.Sprint(parts)])
			}
		}
		if len(got) != len(want) || len(got) == 0 || c == paper && len(got) != 69_413 {
			t.Errorf("%+v: %d partitions, want %d", c, len(got), len(want))
		}
	}
}

// The third partition of a walk has the same distribution in both.
func TestPartitionOrder(t *testing.T) {
	c := MajorityConfig{Length: 12, Classes: 4, MinDelta: 2}
	const walks = 20_000
	share := map[string][2]float64{}
	add := func(side int, parts []int) {
		s := share[fmt.Sprint(parts)]
		s[side] += 1. / walks
		share[fmt.Sprint(parts)] = s
	}
	for i := range uint64(walks) {
		n := 0
		for parts := range c.partitions(rand.New(rand.NewPCG(i, 1))) {
			if n++; n == 3 {
				add(0, parts)
				break
			}
		}
		add(1, plainPartitions(c, rand.New(rand.NewPCG(i, 2)))[2])
	}
	for parts, s := range share {
		if math.Abs(s[0]-s[1]) > 5*math.Sqrt(2*max(s[0], s[1])/walks) {
			t.Errorf("%s is third in %.4f of walks, in the plain one in %.4f", parts, s[0], s[1])
		}
	}
	if len(share) < 10 {
		t.Error(share)
	}
}

func TestMajorityCheck(t *testing.T) {
	for _, bad := range []struct {
		c    MajorityConfig
		want string
	}{
		{MajorityConfig{0, 50, 20, 6, 1}, "0 samples"},
		{MajorityConfig{math.MinInt, 50, 20, 6, 1}, "samples"},
		{MajorityConfig{math.MaxInt, 50, 20, 6, 1}, "more than 268435456 numbers"},
		{MajorityConfig{1, 50, 1, 6, 1}, "a majority needs 2"},
		{MajorityConfig{1, 50, 20, 0, 1}, "share the majority"},
		{MajorityConfig{1, 7, 2, 6, 1}, "needs 8"},
		{MajorityConfig{1, -5, 2, 6, 1}, "needs 8"},
		{MajorityConfig{1, 50, 20, math.MaxInt, 1}, "leads another"},
		{MajorityConfig{1, 10, 11, 6, 1}, "no sequence can hold them all"},
		{MajorityConfig{1, 1 << 16, 2, 6, 1}, "at most 65535"},
	} {
		if _, _, err := bad.c.Generate(); err == nil || !strings.Contains(err.Error(), bad.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%+v: %v", bad.c, err)
		}
	}
	for _, good := range []MajorityConfig{{1, 8, 2, 6, 1}, {1, 3, 3, 1, 1}, {1, math.MaxUint16, 20, 6, 1}, {100_000, 200, 20, 6, 1}} {
		if _, _, err := good.Generate(); err != nil {
			t.Errorf("%+v: %v", good, err)
		}
	}
}

func BenchmarkMajority(b *testing.B) {
	for _, length := range []int{50, 200, 65535} {
		c := paper
		c.Length = length
		b.Run(fmt.Sprint(length), func(b *testing.B) {
			for b.Loop() {
				c.Generate()
			}
		})
	}
}

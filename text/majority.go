package text

import (
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"slices"
)

// MajorityConfig says which sequences to make for the majority task (Brody,
// Alon, Yahav 2023, section 4.1): which class does a sequence hold most of?
// The paper has 100,000 samples of 50 tokens, 20 classes and a lead of 6.
type MajorityConfig struct {
	Samples  int    `json:"samples"`   // at least so many sequences
	Length   int    `json:"length"`    // tokens of a sequence
	Classes  int    `json:"classes"`   // of tokens
	MinDelta int    `json:"min_delta"` // least lead of the majority class over the second
	Seed     uint64 `json:"seed"`
}

const (
	perPartition = 10      // sequences of each partition
	maxCounts    = 1 << 28 // numbers in all count vectors together, 512 MiB
)

// Check reports what cannot be made, and why.
func (c MajorityConfig) Check() error {
	switch {
	case c.Samples < 1:
		return fmt.Errorf("%d samples: at least 1 is needed", c.Samples)
	case c.Classes < 2:
		return fmt.Errorf("%d classes: a majority needs 2 or more", c.Classes)
	case c.MinDelta < 1:
		return fmt.Errorf("a lead of %d tokens: it must be 1 or more, or two classes can share the majority", c.MinDelta)
	case c.Length > math.MaxUint16:
		return fmt.Errorf("sequences of %d tokens: at most %d can be counted", c.Length, math.MaxUint16)
	case c.Length-2 < c.MinDelta:
		return fmt.Errorf("sequences of %d tokens: a class that leads another, of 1 token or more, by %d needs %d", c.Length, c.MinDelta, uint(c.MinDelta)+2)
	case c.Classes > c.Length:
		return fmt.Errorf("%d classes in sequences of %d tokens: no sequence can hold them all", c.Classes, c.Length)
	case c.Samples > maxCounts/c.Classes-perPartition:
		return fmt.Errorf("%d samples of %d classes: their counts are more than %d numbers", c.Samples, c.Classes, maxCounts)
	}
	return nil
}

// Counts are sequences of tokens as what the majority model sees of them: how
// often each class occurs.
type Counts struct {
	Classes, Length int
	N               []uint16 // (rows,classes): tokens of each class, Length in each row
	Label           []uint16 // (rows): the class with most tokens
}

// Rows returns the number of sequences.
func (c Counts) Rows() int { return len(c.Label) }

// Row returns the counts of a sequence, in the memory of N.
func (c Counts) Row(i int) []uint16 { return c.N[i*c.Classes : (i+1)*c.Classes] }

// Tokens writes a sequence out: each class as often as it occurs, classes of
// fewer tokens first, classes of equally many in their order.
func (c Counts) Tokens(row int) []int {
	n := c.Row(row)
	order := make([]int, c.Classes)
	for class := range order {
		order[class] = class
	}
	slices.SortStableFunc(order, func(a, b int) int { return int(n[a]) - int(n[b]) })
	tokens := make([]int, 0, c.Length)
	for _, class := range order {
		for range n[class] {
			tokens = append(tokens, class)
		}
	}
	return tokens
}

// Generate makes the sequences and splits them: 80 % to train, 20 % to test,
// the same share of each label in both, both in random order. All random
// numbers come from one PCG of the seed, so that the same configuration gives
// the same rows on every machine. The errors are those of Check.
//
// It follows the code published with the paper: partitions of the length (see
// partitions) are taken until ten times their number exceeds Samples, and each
// gives ten sequences, in which a new random permutation of the classes says
// which class has which part. So 100,000 samples give 100,010 sequences, and a
// few may be equal. That code makes fewer sequences where partitions run out;
// here they are then gone through again, in a new random order.
func (c MajorityConfig) Generate() (train, test Counts, err error) {
	if err := c.Check(); err != nil {
		return train, test, err
	}
	rng := rand.New(rand.NewPCG(c.Seed, 0x6d616a6f72697479))
	all := c.sequences(rng)
	trainRows, testRows := stratify(all.Label, c.Classes, rng)
	return all.pick(trainRows), all.pick(testRows), nil
}

// sequences returns all of them, the ten of a partition together.
func (c MajorityConfig) sequences(rng *rand.Rand) Counts {
	rows := (c.Samples/perPartition + 1) * perPartition
	all := Counts{c.Classes, c.Length, make([]uint16, rows*c.Classes), make([]uint16, 0, rows)}
	perm := rng.Perm(c.Classes)
	for len(all.Label) < rows {
		for parts := range c.partitions(rng) {
			for range perPartition {
				row := all.N[len(all.Label)*c.Classes:][:c.Classes]
				for j, part := range parts { // Fisher and Yates, as far as it is needed
					k := j + rng.IntN(c.Classes-j)
					perm[j], perm[k] = perm[k], perm[j]
					row[perm[j]] = uint16(part)
				}
				all.Label = append(all.Label, uint16(perm[len(parts)-1]))
			}
			if len(all.Label) == rows {
				break
			}
		}
	}
	return all
}

// partitions goes once through all ways to write Length as a sum of 2 to
// Classes parts that do not decrease, the last MinDelta or more above the one
// before. It uses one slice for all.
//
// The order is that of the published code: a depth-first walk that shuffles,
// at every node, the parts that may come next. So neighbours share their first
// parts, and a data set that needs fewer partitions than there are is no even
// sample of them: it holds all that begin with the first part drawn before any
// that begin otherwise. Which those are changes from seed to seed, and with
// them the number of classes in a sequence. (Of 50 tokens, 20 classes and a
// lead of 6 there are 69,413, 57,503 of which begin with 1; the paper takes
// 10,001.) The longer the sequences, the narrower the sample.
//
// Sums that cannot reach the lead any more are never entered, which changes no
// order: every node leads to a partition, and time grows with those taken, not
// with those that exist.
func (c MajorityConfig) partitions(rng *rand.Rand) iter.Seq[[]int] {
	return func(yield func([]int) bool) {
		var parts []int
		var walk func(left int) bool
		walk = func(left int) bool {
			next := c.nextParts(parts, left)
			rng.Shuffle(len(next), func(i, j int) { next[i], next[j] = next[j], next[i] })
			for _, part := range next {
				parts = append(parts, part)
				more := part == left && yield(parts) || part < left && walk(left-part)
				parts = parts[:len(parts)-1]
				if !more {
					return false
				}
			}
			return true
		}
		walk(c.Length)
	}
}

// nextParts returns what may follow parts where left tokens are left: part p
// with at least p+MinDelta tokens after it, or all as the last part.
func (c MajorityConfig) nextParts(parts []int, left int) (next []int) {
	least, last := 1, false
	if k := len(parts); k > 0 {
		least = parts[k-1]
		last = left-least >= c.MinDelta
	}
	if len(parts)+1 < c.Classes {
		for p := least; left-2*p >= c.MinDelta; p++ {
			next = append(next, p)
		}
	}
	if last {
		next = append(next, left)
	}
	return next
}

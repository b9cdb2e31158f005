package hull

import (
	"math"
	"slices"

	"keyhull/internal/vec"
)

// undecidedOnes lists them, farthest from the mean first: those are likely
// vertices, which later walks can use.
func (s *solver) undecidedOnes() []int32 {
	places := s.places[:0]
	for i := range s.answers {
		if s.answers[i].rung == undecided {
			places = append(places, placeOf(distance(s.f.row(i), s.mean), i))
		}
	}
	s.places = places
	slices.Sort(places)
	list := make([]int32, len(places))
	for k, p := range places {
		list[k], _ = fromPlace(p)
	}
	return list
}

// placeOf is a number that grows as the size of a point gets less, and where sizes
// round to the same, with i.
func placeOf(size float64, i int) uint64 {
	return uint64(^math.Float32bits(above32(size)+0x1p-149))<<32 | uint64(i)
}

// fromPlace returns the point and an upper bound of its size.
func fromPlace(p uint64) (i int32, size float32) {
	return int32(p), math.Float32frombits(^uint32(p >> 32))
}

// length is an upper bound of |x|, up to underflow.
func length(x []float64) float64 { return root(vec.Dot(x, x), len(x)) }

// root is an upper bound of the root of a sum of so many squares.
func root(sum float64, n int) float64 { return math.Sqrt(sum) * (1 + float64(n+8)*unit) }

package hull

import (
	"math"
	"slices"

	"keyhull/internal/vec"
)

// eliminateFrom is the rank from which full rank is looked for in blocks.
const eliminateFrom = 96

// spareRows is how many more rows than needed an elimination may choose from.
const spareRows = 32

// fullRank tries to show, modulo a small prime, that the points have the
// largest affine rank their numbers allow, and returns as many coordinates that
// are independent; nil if it cannot tell. Independent modulo a prime means
// independent.
func (t *set) fullRank(full, workers int) []int {
	if full < eliminateFrom {
		return nil
	}
	e := t.newBlocked(full, workers)
	if !e.eliminate(workers) {
		return nil
	}
	cols := make([]int, full)
	for k := range cols {
		cols[k] = k
		if e.points {
			cols[k] = e.order[k]
		}
	}
	slices.Sort(cols)
	return cols
}

// blocked is an elimination of rank columns by rows that are differences of
// points, or, with fewer points than coordinates (points is true), of
// coordinates by columns that are differences.
type blocked struct {
	points         bool
	rows, rank, ld int
	a              []float32 // rows × ld residues; rows beyond are 0
	order          []int     // which row stands where
	l              []float32 // factors of a block
}

func (t *set) newBlocked(full, workers int) *blocked {
	d, n := t.src.Dim(), t.n()
	e := &blocked{points: n-1 < d, rank: full, ld: (full + 63) &^ 63}
	most := n - 1
	if e.points {
		most = d
	}
	e.rows = min(most, full+spareRows)
	padded := (e.rows + 3) &^ 3
	e.a, e.l = make([]float32, padded*e.ld), make([]float32, padded*vec.Factors)
	e.order = make([]int, padded)
	for i := range e.order {
		e.order[i] = i
	}
	r := newResidues(t.src)
	base := make([]float32, d)
	r.row(int(t.reps[0]), base)
	count := e.rows
	if e.points {
		count = full
	}
	inParts(workers, count, d, func(_, from, to int) {
		row := make([]float32, d)
		for k := from; k < to; k++ {
			r.row(int(t.reps[k+1]), row)
			if !e.points {
				for c := range row {
					e.a[k*e.ld+c] = vec.Residue(row[c] - base[c])
				}
				continue
			}
			for c := range e.rows {
				e.a[c*e.ld+k] = vec.Residue(row[c] - base[c])
			}
		}
	})
	return e
}

// eliminate brings the columns to echelon form, a block of vec.Factors of them
// at a time; false if one has no pivot. A block is eliminated within its 64
// columns first; the columns to the right follow at once.
func (e *blocked) eliminate(workers int) bool {
	for first := 0; first < e.rank; first += vec.Factors {
		count := min(vec.Factors, e.rank-first)
		near := first &^ 63
		clear(e.l)
		for k := range count {
			if !e.pivot(first, k, near) {
				return false
			}
		}
		if right := near + 64; right < e.ld {
			e.finish(first, right) // a block that is not the last is whole
			e.update(first, right, workers)
		}
	}
	return true
}

// pivot eliminates column first+k in the 64 columns from near on.
func (e *blocked) pivot(first, k, near int) bool {
	c := first + k
	r := c
	for r < e.rows && canonical(e.a[r*e.ld+c]) == 0 {
		r++
	}
	if r == e.rows {
		return false
	}
	if r != c {
		e.swap(r, c)
	}
	inv := inverseModulo(canonical(e.a[c*e.ld+c]))
	for i := c + 1; i < e.rows; i++ {
		e.l[i*vec.Factors+k] = vec.Residue(e.a[i*e.ld+c] * inv)
	}
	from := (c + 1) &^ 3 // rows up to c have factor 0
	if rows := len(e.order) - from; rows > 0 {
		vec.Eliminate(e.a[from*e.ld+near:], e.l[from*vec.Factors+k:], e.a[c*e.ld+near:], e.ld, rows, 64, 1)
	}
	return true
}

func (e *blocked) swap(i, j int) {
	e.order[i], e.order[j] = e.order[j], e.order[i]
	for _, m := range []struct {
		a  []float32
		ld int
	}{{e.a, e.ld}, {e.l, vec.Factors}} {
		a, b := m.a[i*m.ld:(i+1)*m.ld], m.a[j*m.ld:(j+1)*m.ld]
		for c := range a {
			a[c], b[c] = b[c], a[c]
		}
	}
}

// finish eliminates the columns from right on within the rows of a block. Rows
// up to a pivot's have factor 0.
func (e *blocked) finish(first, right int) {
	for k := range vec.Factors - 1 {
		c := first + k
		from := (c + 1) &^ 3
		vec.Eliminate(e.a[from*e.ld+right:], e.l[from*vec.Factors+k:], e.a[c*e.ld+right:], e.ld, first+vec.Factors-from, e.ld-right, 1)
	}
}

// update does the same for all rows after a block.
func (e *blocked) update(first, right, workers int) {
	const some = 64
	x := e.a[first*e.ld+right:]
	row := first + vec.Factors
	vec.ParallelErr((len(e.order)-row+some-1)/some, workers, func(k int) error {
		from := row + k*some
		rows := min(some, len(e.order)-from)
		vec.Eliminate(e.a[from*e.ld+right:], e.l[from*vec.Factors:], x, e.ld, rows, e.ld-right, vec.Factors)
		return nil
	})
}

// residues maps coordinates, times one power of two, to residues.
type residues struct {
	m   modulus
	pow [256]uint32 // 2^e
}

func newResidues(src *Source) *residues {
	r := &residues{m: modulus{p: vec.Prime, src: src}}
	r.pow[0] = 1
	for e := 1; e < len(r.pow); e++ {
		r.pow[e] = r.pow[e-1] * 2 % vec.Prime
	}
	if !src.plain() || src.F32 == nil {
		r.m.powers()
	}
	return r
}

// row writes the residues of point i to dst.
func (r *residues) row(i int, dst []float32) {
	s := r.m.src
	if !s.plain() || s.F32 == nil {
		for c, v := range r.m.row(i, make([]float64, len(dst))) {
			dst[c] = float32(v)
		}
		return
	}
	for c, x := range s.F32[i*s.Width : (i+1)*s.Width] {
		b := math.Float32bits(x)
		e, m := b>>23&0xff, b&(1<<23-1)
		if e == 0 {
			e = 1
		} else {
			m |= 1 << 23
		}
		v := float32(m % vec.Prime * r.pow[e] % vec.Prime)
		if b>>31 != 0 {
			v = -v
		}
		dst[c] = v
	}
}

// canonical is the least residue ≥ 0.
func canonical(v float32) int {
	r := int(v) % vec.Prime
	if r < 0 {
		r += vec.Prime
	}
	return r
}

// inverseModulo returns 1/v modulo the prime, by Fermat's theorem.
func inverseModulo(v int) float32 {
	r := 1
	for e := vec.Prime - 2; e > 0; e >>= 1 {
		if e&1 != 0 {
			r = r * v % vec.Prime
		}
		v = v * v % vec.Prime
	}
	return vec.Residue(float32(r))
}

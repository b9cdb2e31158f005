package hull

import (
	"context"
	"math"
	"slices"

	"keyhull/internal/vec"
)

// Cloud is a set of distinct points in the metric that distances are measured
// in: point i is row i of Hi + Lo (n×Dim; Lo may be nil) within Err in each
// coordinate, times 2^Exp. Numbers should be near 1, the largest at least.
type Cloud struct {
	Dim    int
	Hi, Lo []float64
	Err    float64
	Exp    int
	Source *Source  // the exact numbers,
	Rows   []int32  // and where in it each point is
	Known  *Outcome // what is known of these points, or nil

	w       frame // Hi less its mean, rounded
	err     float64
	largest float64
}

// Length is F·2^E, F = 0 or 1/2 ≤ F < 1, in units of 2^Exp.
type Length struct {
	F float64
	E int
}

func (c *Cloud) n() int              { return len(c.Hi) / c.Dim }
func (c *Cloud) row(i int) []float64 { return c.Hi[i*c.Dim : (i+1)*c.Dim] }

// Keep drops all points but those of the given rows, in increasing order.
func (c *Cloud) Keep(rows []int32) {
	c.Rows = rows
	if len(rows) == c.n() {
		return
	}
	pick := func(x []float64) []float64 {
		var y []float64
		for _, i := range rows {
			y = append(y, x[int(i)*c.Dim:(int(i)+1)*c.Dim]...)
		}
		return y
	}
	c.Hi = pick(c.Hi)
	if c.Lo != nil {
		c.Lo = pick(c.Lo)
	}
}

// other is a point that is not p.
func (c *Cloud) other(p int) int {
	if p == 0 {
		return 1
	}
	return 0
}

// centre fills w.
func (c *Cloud) centre() {
	d := c.Dim
	c.w = frame{dim: d, w: slices.Clone(c.Hi), maxW: make([]float64, d), err: make([]float64, d)}
	lo, hi, mean := slices.Clone(c.row(0)), slices.Clone(c.row(0)), make([]float64, d)
	vec.Range(lo, hi, mean, c.Hi)
	for k := range mean {
		mean[k] /= float64(c.n())
		c.largest = max(c.largest, -lo[k], hi[k])
	}
	vec.Centre(c.w.w, mean, make([]float64, d), c.w.maxW)
	c.err = c.Err
	for _, v := range c.Lo {
		c.err = max(c.err, math.Abs(v)+c.Err)
	}
	for k, m := range c.w.maxW {
		c.w.err[k] = c.err + unit*m
	}
}

// Distances returns how far each of the given points is from the convex hull
// of the other points: a proved lower bound, within 1e-12 relative of the best
// possible. start gives a direction for each in which it lies outside, or nil.
//
// Floats find the nearest point and prove it where they can; exact arithmetic
// takes over where they cannot, unless that would take seconds a point.
func (c *Cloud) Distances(ctx context.Context, points []int32, start func(p int32) []float64, workers int) ([]Length, error) {
	out := make([]Length, len(points))
	c.centre()
	var cover *cover
	if c.Known != nil {
		cover = c.Known.cover()
	} else {
		cover = every(c.n())
	}
	const chunk = 64
	free := make(chan *measurer, workers)
	err := vec.ParallelErr((len(points)+chunk-1)/chunk, workers, func(k int) error {
		var w *measurer
		select {
		case w = <-free:
		default:
			w = &measurer{c: c, swift: newSwift(c, cover)}
		}
		for i := k * chunk; i < min((k+1)*chunk, len(points)); i++ {
			out[i] = w.distance(int(points[i]), start(points[i]))
		}
		free <- w
		return ctx.Err()
	})
	return out, err
}

// measurer is what one worker finds distances with.
type measurer struct {
	c       *Cloud
	swift   *swift
	nearest *nearest
}

func (w *measurer) distance(p int, start []float64) Length {
	var corral []int32
	if w.swift != nil {
		if l, ok := w.swift.distance(p, start); ok {
			return l
		}
		corral = w.swift.corral()
	}
	if w.nearest == nil {
		w.nearest = newNearest(w.c)
	}
	return w.nearest.distance(p, start, corral)
}

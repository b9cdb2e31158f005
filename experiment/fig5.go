package experiment

import (
	"context"
	"fmt"
	"math"

	"keyhull/run"
)

// Fig5 takes planes through the line of 1 = [1, 1, 1], points on them, and
// looks where LayerNorm sends those.
type Fig5 struct {
	Planes int    `json:"planes"`
	Points int    `json:"points"` // on each plane
	Seed   uint64 `json:"seed"`
}

// Fig5Result holds one plane's points and, for every plane, how many points
// their images are.
type Fig5Result struct {
	Config Fig5 `json:"config"`
	// Points are on the first plane; Images are theirs, in the same order.
	Points [][3]float64 `json:"points"`
	Images [][3]float64 `json:"images"`
	// Distinct is the number of different images for each plane, counted in
	// whole numbers, without rounding.
	Distinct []int `json:"distinct"`
	// Spread is the largest distance of a float64 image to the exact one.
	Spread  float64 `json:"spread"`
	Seconds float64 `json:"seconds"`
}

// whole is a point with whole coordinates, so that nothing is rounded.
type whole [3]int64

const unit = 64 // of a whole point's coordinates, for people

// Run computes all planes.
func (c Fig5) Run(ctx context.Context, pool run.Pool) (Result, error) {
	planes, took, err := run.Map(ctx, pool, "fig5", c, c.Planes, c.plane)
	if err != nil {
		return nil, err
	}
	r := &Fig5Result{Config: c, Seconds: took.Seconds(), Points: planes[0].Points, Images: planes[0].Images}
	for _, p := range planes {
		r.Distinct = append(r.Distinct, p.Distinct[0])
		r.Spread = max(r.Spread, p.Spread)
	}
	return r, nil
}

// plane draws points a·1 + b·v of the plane i, with v its own.
func (c Fig5) plane(_ context.Context, i int) (Fig5Result, error) {
	rng := stream(c.Seed, i)
	v := whole{rng.Int64N(9) + 1, -rng.Int64N(9), rng.Int64N(9) - 12}
	var r Fig5Result
	seen := map[[2]int64][3]float64{} // exact direction → first float64 image
	for range c.Points {
		a, b := rng.Int64N(4*unit+1)-2*unit, rng.Int64N(unit/4)+1
		if rng.IntN(2) == 0 {
			b = -b
		}
		p := whole{a + b*v[0], a + b*v[1], a + b*v[2]}
		image := p.layerNorm()
		if first, ok := seen[p.direction()]; ok {
			r.Spread = max(r.Spread, distance(first, image))
		} else {
			seen[p.direction()] = image
		}
		r.Points = append(r.Points, p.float())
		r.Images = append(r.Images, image)
	}
	r.Distinct = []int{len(seen)}
	return r, nil
}

// direction identifies the image of p under LayerNorm exactly: the
// coordinates within the hyperplane, without their common divisor. Two points
// have the same image just if they have the same direction.
func (p whole) direction() [2]int64 {
	y := [2]int64{p[0] - p[2], p[1] - p[2]}
	g, h := y[0], y[1]
	for h != 0 {
		g, h = h, g%h
	}
	g = max(g, -g, 1)
	return [2]int64{y[0] / g, y[1] / g}
}

func (p whole) float() [3]float64 {
	return [3]float64{float64(p[0]) / unit, float64(p[1]) / unit, float64(p[2]) / unit}
}

// layerNorm returns (p − mean) / deviation in float64.
func (p whole) layerNorm() [3]float64 {
	x := p.float()
	m := (x[0] + x[1] + x[2]) / 3
	sq := 0.0
	for k := range x {
		x[k] -= m
		sq += x[k] * x[k]
	}
	for k := range x {
		x[k] /= math.Sqrt(sq / 3)
	}
	return x
}

func distance(a, b [3]float64) float64 {
	return math.Hypot(math.Hypot(a[0]-b[0], a[1]-b[1]), a[2]-b[2])
}

// Table has a row for every point of the first plane.
func (r *Fig5Result) Table() Table {
	t := Table{Header: []string{"x1", "x2", "x3", "image1", "image2", "image3"}}
	for i, p := range r.Points {
		q := r.Images[i]
		t.add(p[0], p[1], p[2], q[0], q[1], q[2])
	}
	return t
}

// Finding: every plane must have exactly two images.
func (r *Fig5Result) Finding() Finding {
	two := 0
	for _, n := range r.Distinct {
		if n == 2 {
			two++
		}
	}
	f := Finding{Verdict: NotReproduced, Seconds: r.Seconds, Ours: object{
		"planes": r.Config.Planes, "points_a_plane": r.Config.Points, "planes_with_two_images": two, "largest_float64_spread": r.Spread}}
	if two == r.Config.Planes {
		f.Verdict = Reproduced
	}
	f.Headline = fmt.Sprintf("planes with two images: %s", share(two, r.Config.Planes).short())
	f.Note = fmt.Sprintf("%d of %d random planes have exactly two images, %s, counted exactly; float64 images stray by at most %.1g",
		two, r.Config.Planes, share(two, r.Config.Planes).percent(), r.Spread)
	return f
}

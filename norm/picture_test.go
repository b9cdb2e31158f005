package norm

import (
	"bytes"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"keyhull"
)

var update = flag.Bool("update", false, "write the pictures of docs/layernorm.md")

// TestPictures holds the pictures of docs/layernorm.md, whose verdicts are
// computed, against the files; -update writes them.
func TestPictures(t *testing.T) {
	for name, draw := range map[string]func(*testing.T) []byte{
		"norm-project.svg": projectPicture, "norm-hull.svg": hullPicture, "norm-limits.svg": limitsPicture,
	} {
		got, path := draw(t), "../docs/"+name
		if *update {
			if err := os.WriteFile(path, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if want, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not what the code draws (%v): go test ./norm -run Pictures -update", path, err)
		}
	}
}

// panel is a square part of a picture in units of its own, y up.
type panel struct {
	svg       *strings.Builder
	x, y, one float64 // place of the origin, length of 1, in pixels
}

func (p panel) at(x, y float64) (float64, float64) { return p.x + x*p.one, p.y - y*p.one }

func (p panel) mark(x, y float64, hidden bool) {
	x, y = p.at(x, y)
	if hidden {
		fmt.Fprintf(p.svg, "<path class=\"hidden\" d=\"M%.1f %.1fl7 7m0 -7l-7 7\"/>\n", x-3.5, y-3.5)
	} else {
		fmt.Fprintf(p.svg, "<circle class=\"vertex\" cx=\"%.1f\" cy=\"%.1f\" r=\"4\"/>\n", x, y)
	}
}

func (p panel) line(class string, points ...float64) {
	fmt.Fprintf(p.svg, "<polyline class=\"%s\" points=\"", class)
	for i := 0; i < len(points); i += 2 {
		x, y := p.at(points[i], points[i+1])
		fmt.Fprintf(p.svg, "%.1f,%.1f ", x, y)
	}
	p.svg.WriteString("\"/>\n")
}

func (p panel) ellipse(class string, a, b float64) {
	fmt.Fprintf(p.svg, "<ellipse class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" rx=\"%.1f\" ry=\"%.1f\"/>\n", class, p.x, p.y, a*p.one, b*p.one)
}

func (p panel) text(x, y float64, class, text string) {
	x, y = p.at(x, y)
	fmt.Fprintf(p.svg, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\">%s</text>\n", class, x, y, text)
}

// keys marks keys by their verdicts and draws the hull through the vertices.
func (p panel) keys(t *testing.T, x []float64, keys keyhull.Keys) (hidden int) {
	r := decide(t, keys)
	type corner struct{ angle, x, y float64 }
	var hull []corner
	for i, k := range r.Keys {
		if !k.Verdict.Unselectable() {
			hull = append(hull, corner{math.Atan2(x[2*i+1], x[2*i]), x[2*i], x[2*i+1]})
		}
	}
	for i := range hull { // the origin is inside, so vertices follow by angle
		for j := range i {
			if hull[i].angle < hull[j].angle {
				hull[i], hull[j] = hull[j], hull[i]
			}
		}
	}
	var outline []float64
	for _, c := range append(hull, hull[0]) {
		outline = append(outline, c.x, c.y)
	}
	p.line("hull", outline...)
	for i, k := range r.Keys {
		p.mark(x[2*i], x[2*i+1], k.Verdict.Unselectable())
	}
	return r.Counts().Unselectable()
}

const (
	wide, high = 260.0, 320.0 // of a panel
	style      = `<style>
text{font:14px system-ui,sans-serif;fill:#222;text-anchor:middle}
.title{font-weight:600}
.paper{fill:#fff}.vertex{fill:#0072b2}.hidden{stroke:#d55e00;stroke-width:2.5;fill:none}
.hull{stroke:#0072b2;stroke-opacity:.5;fill:#0072b2;fill-opacity:.07}
.guide{stroke:#777;fill:none;stroke-dasharray:3 4}.axis{stroke:#555;stroke-width:1.5;fill:none}
.query{stroke:#222;stroke-width:2;fill:none}.raw{fill:none;stroke:#555;stroke-width:1.5}
@media(prefers-color-scheme:dark){text{fill:#eee}.paper{fill:#16191d}.vertex{fill:#56b4e9}.hidden{stroke:#ff9d5c}
.hull{stroke:#56b4e9;fill:#56b4e9;fill-opacity:.12}.guide{stroke:#999}.axis,.raw{stroke:#bbb}.query{stroke:#fff}}
</style>
`
)

// picture starts a picture of some panels and returns them; done ends it.
func picture(title, desc string, panels int) (ps []panel, done func() []byte) {
	svg := new(strings.Builder)
	w := wide * float64(panels)
	fmt.Fprintf(svg, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" role=\"img\" aria-labelledby=\"t d\">\n"+
		"<title id=\"t\">%s</title>\n<desc id=\"d\">%s</desc>\n%s<rect class=\"paper\" width=\"%.0f\" height=\"%.0f\" rx=\"8\"/>\n", w, high, title, desc, style, w, high)
	for i := range panels {
		ps = append(ps, panel{svg, wide * (float64(i) + 0.5), 165, 105})
	}
	return ps, func() []byte { return []byte(svg.String() + "</svg>\n") }
}

// caption writes what a panel is, and how many of its n keys are hidden.
func (p panel) caption(title string, n, hidden int) {
	p.text(0, 1.36, "title", title)
	p.text(0, -1.33, "", fmt.Sprintf("%d of %d unselectable", hidden, n))
}

func cloud(seed uint64, n, d int) []float64 {
	rng := rand.New(rand.NewPCG(seed, 1))
	x := make([]float64, n*d)
	for i := range x {
		x[i] = 0.45 * rng.NormFloat64()
	}
	return x
}

// hullPicture: the same keys raw and scaled, and a key with the query that
// selects it.
func hullPicture(t *testing.T) []byte {
	const n = 16
	ps, done := picture("Scaling makes every key a vertex",
		"Left: sixteen keys in the plane; those inside the hull of the others are unselectable. "+
			"Right: the same keys scaled to one norm; each is a vertex, and the query that equals a key selects it.", 2)
	x := cloud(4, n, 2)
	ps[0].caption("raw keys", n, ps[0].keys(t, x, keyhull.Float64(x, 2)))
	out, s := make([]float64, 2*n), make([]float64, n)
	ScaleForward(out, s, x, n, 2, 0)
	for i := range out {
		out[i] /= math.Sqrt2
	}
	ps[1].ellipse("guide", 1, 1)
	ps[1].caption("scaled keys", n, ps[1].keys(t, out, normed(t, x, 2, Scale, 0)))
	k := out[:2]
	ps[1].line("query", 0, 0, k[0], k[1])
	ps[1].line("query", k[0]-0.6*k[1], k[1]+0.6*k[0], k[0]+0.6*k[1], k[1]-0.6*k[0])
	ps[1].text(0.42*k[0]+0.16*k[1], 0.42*k[1]-0.16*k[0]-0.04, "", "q")
	return done()
}

// limitsPicture: three ways to lose the guarantee.
func limitsPicture(t *testing.T) []byte {
	const n = 24
	ps, done := picture("Where the guarantee ends",
		"Left: keys on a sphere in three dimensions, as a head of two dimensions sees them: a filled disc. "+
			"Middle: eps pulls short keys inside. Right: a gain that differs within a rotated pair, then RoPE.", 3)
	x, s := cloud(7, n, 3), make([]float64, n)
	ScaleForward(x, s, x, n, 3, 0)
	flat := make([]float64, 0, 2*n)
	for i := range n {
		flat = append(flat, x[3*i]/math.Sqrt(3), x[3*i+1]/math.Sqrt(3))
	}
	ps[0].ellipse("guide", 1, 1)
	ps[0].caption("a narrow head", n, ps[0].keys(t, flat, keyhull.Float64(flat, 2)))

	short, out := cloud(9, n, 2), make([]float64, 2*n)
	const eps = 0.01
	ScaleForward(out, s, short, n, 2, eps)
	for i := range out {
		out[i] /= math.Sqrt2
	}
	ps[1].ellipse("guide", 1, 1)
	ps[1].caption("eps > 0", n, ps[1].keys(t, out, normed(t, short, 2, Scale, eps)))

	ScaleForward(out, s, short, n, 2, 0)
	for i := range out {
		out[i] *= []float64{1, 0.6}[i%2] / math.Sqrt2
	}
	out = rope(out, 2)
	ps[2].ellipse("guide", 1, 1)
	ps[2].ellipse("guide", 0.6, 0.6)
	ps[2].caption("unpaired gain, then RoPE", n, ps[2].keys(t, out, keyhull.Float64(out, 2)))
	return done()
}

// projectPicture: a few keys in three dimensions, their projections, and the
// circle that LayerNorm puts them on. The direction 1 points up.
func projectPicture(t *testing.T) []byte {
	ps, done := picture("LayerNorm is project, then scale",
		"Keys in three dimensions drop along the direction 1 onto the plane orthogonal to it; "+
			"scaling then moves each away from the centre, or towards it, onto one circle.", 2)
	x := []float64{0.9, 0.2, 0.95, -0.2, 0.75, 0.5, 0.8, -0.1, -0.45, -0.1, 0.25, 0.85, -0.75, -0.5, 0.2, 0.4, -0.5, 0.65}
	view := func(r []float64) (float64, float64) { // the plane is seen from the side
		u, v, up := (r[0]-r[1])/math.Sqrt2, (r[0]+r[1]-2*r[2])/math.Sqrt(6), (r[0]+r[1]+r[2])/math.Sqrt(3)
		return u, 0.35*v + 0.9*up
	}
	n := len(x) / 3
	flat, out, m, s := make([]float64, 3*n), make([]float64, 3*n), make([]float64, n), make([]float64, n)
	ProjectForward(flat, x, n, 3)
	LayerNormForward(out, m, s, x, nil, nil, n, 3, 0)
	for i, p := range ps {
		p.text(0, 1.36, "title", []string{"1. project: drop along 1", "2. scale: to norm √d"}[i])
		p.ellipse([]string{"hull", "guide"}[i], 1, 0.35)
		p.line("axis", 0, -0.3, 0, 1.1)
		p.text(0.1, 1.02, "", "1")
		for j := range n {
			u, v := view(flat[3*j:])
			if i == 0 {
				a, b := view(x[3*j:])
				p.line("guide", a, b, u, v)
				c, d := p.at(a, b)
				fmt.Fprintf(p.svg, "<circle class=\"raw\" cx=\"%.1f\" cy=\"%.1f\" r=\"4\"/>\n", c, d)
				p.mark(u, v, false)
				continue
			}
			a, b := view(out[3*j:])
			p.line("guide", u, v, a/math.Sqrt(3), b/math.Sqrt(3))
			c, d := p.at(u, v)
			fmt.Fprintf(p.svg, "<circle class=\"raw\" cx=\"%.1f\" cy=\"%.1f\" r=\"4\"/>\n", c, d)
			p.mark(a/math.Sqrt(3), b/math.Sqrt(3), false)
		}
	}
	ps[0].text(0, -1.33, "", "rings: keys; dots: projected")
	ps[1].text(0, -1.33, "", "rings: projected; dots: on the circle")
	return done()
}

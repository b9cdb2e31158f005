package report

import (
	"fmt"
	"math"
	"strings"
)

// The size of a chart, which the page stretches, and the room around its plot.
const (
	chartWidth, chartHeight         = 440, 290
	leftRoom, rightRoom             = 56, 14
	topRoom, bottomRoom             = 12, 44
	plotWidth, plotHeight   float64 = chartWidth - leftRoom - rightRoom, chartHeight - topRoom - bottomRoom
)

// chart is a figure as the template draws it.
type chart struct {
	Title, Says    string // Says is the finding, for those who do not see it
	X, Y           string // what the axes show
	XTicks, YTicks []tick
	Areas, Lines   []curve
	Dots           []dot
	Legend         []legend
	Grades         string // what dots of rising colour stand for; "" if nothing
	x, y           axis
}

type tick struct {
	At    float64
	Label string
}

type curve struct{ Class, Points string }

type dot struct {
	X, Y        float64
	Class, Fill string
	Title       string
}

type legend struct{ Class, Text string }

// axis maps a range to 0 … 1.
type axis struct {
	low, high float64
	log       bool
}

func (a axis) at(v float64) float64 {
	if a.log {
		return math.Log(v/a.low) / math.Log(a.high/a.low)
	}
	return (v - a.low) / (a.high - a.low)
}

func newChart(title, x, y string, xs, ys axis) *chart {
	return &chart{Title: title, X: x, Y: y, x: xs, y: ys}
}

func (c *chart) place(x, y float64) (float64, float64) {
	return round(leftRoom + plotWidth*c.x.at(x)), round(topRoom + plotHeight*(1-c.y.at(y)))
}

func round(x float64) float64 { return math.Round(10*x) / 10 }

// points writes places as SVG has them.
func (c *chart) points(xs, ys []float64) string {
	var b strings.Builder
	for i := range xs {
		x, y := c.place(xs[i], ys[i])
		fmt.Fprintf(&b, "%g,%g ", x, y)
	}
	return strings.TrimSpace(b.String())
}

// line draws a curve, with its points where there are few.
func (c *chart) line(class, text string, xs, ys []float64) {
	c.Lines = append(c.Lines, curve{class, c.points(xs, ys)})
	if len(xs) == 1 {
		x, y := c.place(xs[0], ys[0])
		c.Dots = append(c.Dots, dot{X: x, Y: y, Class: "one " + class})
	}
	c.Legend = append(c.Legend, legend{class, text})
}

// area fills what is between two curves.
func (c *chart) area(class, text string, xs, low, high []float64) {
	there, back := c.points(xs, high), strings.Fields(c.points(xs, low))
	for i := len(back) - 1; i >= 0; i-- {
		there += " " + back[i]
	}
	c.Areas = append(c.Areas, curve{class, there})
	c.Legend = append(c.Legend, legend{class + " area", text})
}

func (c *chart) dot(class, fill, title string, x, y float64) {
	px, py := c.place(x, y)
	c.Dots = append(c.Dots, dot{px, py, class, fill, title})
}

// shareTicks labels the vertical axis in percent.
func (c *chart) shareTicks(of axis) (list []tick) {
	step := roundStep((of.high - of.low) / 5)
	for i := math.Ceil(of.low/step - 1e-9); i*step <= of.high*(1+1e-9); i++ {
		v := max(0, i*step) // no −0
		list = append(list, tick{of.at(v), strings.TrimSuffix(fmt.Sprintf("%.4g", 100*v), ".") + "\u00a0%"})
	}
	return list
}

// wholeTicks labels whole numbers, few enough to read; on a log axis 1, 2, 5, 10, …
func wholeTicks(of axis) (list []tick) {
	if of.log {
		for ten := 1.0; ten <= of.high; ten *= 10 {
			for _, v := range []float64{ten, 2 * ten, 5 * ten} {
				if v >= of.low && v <= of.high {
					list = append(list, tick{of.at(v), fmt.Sprintf("%g", v)})
				}
			}
		}
		return list
	}
	step := max(1, roundStep((of.high-of.low)/10))
	for v := max(0, math.Ceil(of.low/step)*step); v <= of.high; v += step {
		list = append(list, tick{of.at(v), fmt.Sprintf("%g", v)})
	}
	return list
}

// roundStep is the least 1, 2 or 5 times a power of 10 that is at least x.
func roundStep(x float64) float64 {
	ten := math.Pow(10, math.Floor(math.Log10(x)))
	for _, m := range []float64{1, 2, 5} {
		if m*ten >= x*(1-1e-9) {
			return m * ten
		}
	}
	return 10 * ten
}

// shares is an axis from 0 to a round share at or above the most.
func shares(most float64) axis {
	if most <= 0 {
		return axis{0, 1, false}
	}
	step := roundStep(most / 5)
	return axis{0, min(1, step*math.Ceil(most/step-1e-9)), false}
}

package figure

import (
	"math"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
)

// span is the part of an axis that is shown.
type span struct{ low, high float64 }

func (s *span) include(x float64) { s.low, s.high = min(s.low, x), max(s.high, x) }

// padded makes room at both ends, also where all values are equal.
func (s span) padded(log bool) span {
	const part = 0.05
	if log {
		factor := math.Pow(s.high/s.low, part)
		if s.low == s.high {
			factor = 2
		}
		return span{s.low / factor, s.high * factor}
	}
	room := part * (s.high - s.low)
	if room == 0 {
		room = max(math.Abs(s.low)/10, 1e-9)
	}
	return span{s.low - room, s.high + room}
}

// set makes it the range of an axis with round ticks.
func (s span) set(a *plot.Axis, log bool) {
	a.Min, a.Max = s.low, s.high
	a.Tick.Marker = plot.ConstantTicks(s.ticks(log, 7))
	if log {
		a.Scale = plot.LogScale{}
	}
}

// ticks returns at most about most round numbers with their labels.
func (s span) ticks(log bool, most int) []plot.Tick {
	values := s.round(most)
	if log {
		if fit := s.decades(); len(fit) >= 3 {
			values = fit
		}
	}
	var list []plot.Tick
	for _, v := range values {
		list = append(list, plot.Tick{Value: v, Label: number(v)})
	}
	return list
}

// round returns the multiples of a step 1, 2 or 5 times a power of ten.
func (s span) round(most int) []float64 {
	unit := math.Pow(10, math.Floor(math.Log10((s.high-s.low)/float64(most))))
	step := 10 * unit
	for _, m := range []float64{1, 2, 5} {
		if (s.high-s.low)/(m*unit) <= float64(most) {
			step = m * unit
			break
		}
	}
	var list []float64
	for k := math.Ceil(s.low/step - 1e-9); k <= s.high/step+1e-9; k++ {
		list = append(list, k*step+0)
	}
	return list
}

// decades returns 1, 2, 3 and 5 times powers of ten, or where these are too
// many only some of them.
func (s span) decades() []float64 {
	factors := []float64{1, 2, 3, 5}
	switch ratio := s.high / s.low; {
	case ratio > 2000:
		factors = factors[:1]
	case ratio > 50:
		factors = []float64{1, 2, 5}
	}
	first, last := math.Floor(math.Log10(s.low)), math.Log10(s.high)
	stride := max(1, math.Ceil((last-first)/8))
	var list []float64
	for e := first; e <= last; e += stride {
		for _, f := range factors {
			if v := f * math.Pow(10, e); v >= s.low && v <= s.high {
				list = append(list, v)
			}
		}
	}
	return list
}

// number writes at most six digits, with commas between thousands.
func number(x float64) string {
	if math.Abs(x) < 1000 || math.Abs(x) >= 1e9 {
		return strconv.FormatFloat(rounded(x), 'g', -1, 64)
	}
	digits := strconv.FormatFloat(x, 'f', 0, 64)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// rounded keeps six digits: 0.3 rather than 0.30000000000000004.
func rounded(x float64) float64 {
	v, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 6, 64), 64)
	check(err)
	return v
}

// addGrid draws faint lines at the ticks.
func addGrid(p *plot.Plot) {
	grid := plotter.NewGrid()
	grid.Vertical.Color, grid.Horizontal.Color = faint, faint
	grid.Vertical.Width, grid.Horizontal.Width = 0.5, 0.5
	p.Add(grid)
}

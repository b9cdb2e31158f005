package figure

import (
	"fmt"
	"math"
	"strings"

	"keyhull/experiment"
)

// The size of a text chart.
const (
	chartWidth  = 80 // columns
	chartHeight = 12 // lines: a heading, rows, the axis, and its steps
	chartRows   = chartHeight - 3
	chartMargin = 8 // columns of the y axis
)

// Chart draws the mean of the first variant's seeds for a terminal: 12 lines
// of at most 80 columns, each ending in a newline, with block characters if
// unicode is true and ASCII otherwise. The axes are those of the figure. It
// returns what Check refuses as an error.
func Chart(r *experiment.Curves, unicode bool) (string, error) {
	if err := r.Check(); err != nil {
		return "", fmt.Errorf("no chart: %w", err)
	}
	mean := r.Variants[0].Mean()
	if len(mean) == 0 {
		return "", fmt.Errorf("no chart: %s of %s has no step that all seeds share", r.Quantity, r.Variants[0].Norm)
	}
	first := *r
	first.Variants, first.Paper = r.Variants[:1], nil
	x, y := spans(&first)
	c := chart{mean: mean, x: x, y: y, log: r.Log, set: ascii}
	if unicode {
		c.set = blocks
	}
	var b strings.Builder
	fmt.Fprintln(&b, c.heading(r))
	for row := range chartRows {
		fmt.Fprintln(&b, c.row(chartRows-1-row))
	}
	fmt.Fprintf(&b, "%*s%s%s\n", chartMargin-1, "", c.set.corner, strings.Repeat(c.set.floor, chartWidth-chartMargin))
	fmt.Fprintln(&b, c.steps())
	return b.String(), nil
}

// charset is what a chart is made of: a column is filled from empty to full.
type charset struct {
	levels              []string
	tick, corner, floor string
	wall                string
}

var (
	blocks = charset{[]string{" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"}, "┤", "└", "─", "│"}
	ascii  = charset{[]string{" ", ".", ":", "#"}, "+", "+", "-", "|"}
)

type chart struct {
	mean []experiment.MeanPoint
	x, y span
	log  bool
	set  charset
}

// heading names the quantity and where it ended.
func (c chart) heading(r *experiment.Curves) string {
	v := r.Variants[0]
	last := c.mean[len(c.mean)-1]
	text := fmt.Sprintf("%s, %s", r.Quantity, v.Norm)
	if n := len(v.Seeds); n > 1 {
		text += fmt.Sprintf(", mean of %d seeds", n)
	}
	text += fmt.Sprintf(": %s at step %s", number(round3(last.Mean.Value)), number(float64(last.Step)))
	if len([]rune(text)) > chartWidth {
		text = string([]rune(text)[:chartWidth])
	}
	return text
}

// row draws one line of the area under the curve; row 0 is the lowest.
func (c chart) row(row int) string {
	var b strings.Builder
	b.WriteString(c.margin(row))
	for column := range chartWidth - chartMargin {
		height := c.height(c.at(column)) * chartRows
		fill := min(max(height-float64(row), 0), 1)
		b.WriteString(c.set.levels[int(math.Round(fill*float64(len(c.set.levels)-1)))])
	}
	return strings.TrimRight(b.String(), " ")
}

// margin labels the row that holds a tick of the y axis.
func (c chart) margin(row int) string {
	for _, t := range c.y.ticks(c.log, 5) {
		if at := c.height(t.Value) * chartRows; int(at) == row {
			return fmt.Sprintf("%*s%s", chartMargin-1, t.Label+" ", c.set.tick)
		}
	}
	return strings.Repeat(" ", chartMargin-1) + c.set.wall
}

// height is the part of the chart's height at which a value stands.
func (c chart) height(value float64) float64 {
	low, high := c.y.low, c.y.high
	if c.log {
		low, high, value = math.Log(low), math.Log(high), math.Log(value)
	}
	return (value - low) / (high - low)
}

// at is the value at a column: between the two nearest steps, in proportion.
func (c chart) at(column int) float64 {
	step := c.x.low + (c.x.high-c.x.low)*float64(column)/float64(chartWidth-chartMargin-1)
	before := c.mean[0]
	for _, p := range c.mean {
		if float64(p.Step) > step {
			if p.Step == before.Step {
				return p.Mean.Value
			}
			part := (step - float64(before.Step)) / float64(p.Step-before.Step)
			return before.Mean.Value + part*(p.Mean.Value-before.Mean.Value)
		}
		before = p
	}
	return before.Mean.Value
}

// steps is the line below the axis.
func (c chart) steps() string {
	line := []rune(strings.Repeat(" ", chartWidth))
	for _, t := range c.x.ticks(false, 6) {
		at := chartMargin + int(math.Round((t.Value-c.x.low)/(c.x.high-c.x.low)*(chartWidth-chartMargin-1)))
		label := []rune(t.Label)
		copy(line[max(0, min(at-len(label)/2, chartWidth-len(label))):], label)
	}
	return strings.TrimRight(string(line), " ")
}

func round3(x float64) float64 {
	if x == 0 {
		return 0
	}
	unit := math.Pow(10, math.Floor(math.Log10(math.Abs(x)))-2)
	return math.Round(x/unit) * unit
}

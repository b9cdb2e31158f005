package report

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"keyhull/experiment"
)

// Numbers is the table behind a figure, short enough to be read.
type Numbers struct {
	Caption string // what it shows of all
	Columns []string
	Rows    [][]string
}

// So many rows are shown.
const (
	mostSteps = 12
	mostRows  = 40
)

// numbers arranges a table for people, by the kind of its header. labels names
// the variants of curves.
func numbers(t experiment.Table, labels map[string]string) *Numbers {
	switch {
	case curves(t):
		return curveNumbers(t, labels)
	case slices.Equal(t.Header[:min(5, len(t.Header))], []string{"d", "n", "runs", "with_unselectable", "fraction"}):
		return mapNumbers(t)
	}
	return plainNumbers(t)
}

// plainNumbers has the first rows; of a table over steps those of the last step.
func plainNumbers(t experiment.Table) *Numbers {
	rows, which := t.Rows, "first"
	if n := len(rows); n > 0 && t.Header[0] == "step" {
		first := slices.IndexFunc(rows, func(row []string) bool { return row[0] == rows[n-1][0] })
		rows, which = rows[first:], "last"
	}
	rows = rows[:min(mostRows, len(rows))]
	n := &Numbers{Caption: fmt.Sprintf("All %d rows", len(rows)), Columns: each(t.Header, words)}
	if len(rows) < len(t.Rows) {
		n.Caption = fmt.Sprintf("The %s %d of %d rows", which, len(rows), len(t.Rows))
	}
	for _, row := range rows {
		n.Rows = append(n.Rows, each(row, rounded))
	}
	return n
}

func words(name string) string { return strings.ReplaceAll(name, "_", " ") }

func each(list []string, change func(string) string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = change(s)
	}
	return out
}

// rounded is a number with four digits; all else stays.
func rounded(text string) string {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || !strings.ContainsAny(text, ".e") {
		return text
	}
	return strconv.FormatFloat(v, 'g', 4, 64)
}

// crossed is a table in the making: values by row and column, in the order in
// which they come.
type crossed struct {
	rows, columns []string
	at            map[[2]string]string
}

func (c *crossed) add(row, column, value string) {
	if c.at == nil {
		c.at = map[[2]string]string{}
	}
	if !slices.Contains(c.rows, row) {
		c.rows = append(c.rows, row)
	}
	if !slices.Contains(c.columns, column) {
		c.columns = append(c.columns, column)
	}
	c.at[[2]string{row, column}] = value
}

// numbers returns some of the rows under a corner and names of the columns.
func (c *crossed) numbers(caption, corner string, rows []string, name func(string) string) *Numbers {
	n := &Numbers{Caption: caption, Columns: append([]string{corner}, each(c.columns, name)...)}
	for _, row := range rows {
		cells := []string{row}
		for _, column := range c.columns {
			cells = append(cells, cmp.Or(c.at[[2]string{row, column}], "—"))
		}
		n.Rows = append(n.Rows, cells)
	}
	return n
}

// curveNumbers has a column a variant and a row a step, evenly spaced ones: the
// means over seeds with their intervals.
func curveNumbers(t experiment.Table, labels map[string]string) *Numbers {
	var c crossed
	for _, row := range t.Rows {
		if row[1] == "mean" {
			c.add(row[2], row[0], within(row[3], row[4], row[5]))
		}
	}
	rows := spread(c.rows, mostSteps)
	caption := fmt.Sprintf("%s: mean over seeds (95 %% interval) at %d of %d steps", words(t.Header[3]), len(rows), len(c.rows))
	return c.numbers(caption, "step", rows, func(norm string) string { return cmp.Or(labels[norm], norm) })
}

// spread returns at most so many of a list, evenly spaced, with both ends.
func spread(list []string, most int) []string {
	if len(list) <= most {
		return list
	}
	some := make([]string, most)
	for i := range some {
		some[i] = list[i*(len(list)-1)/(most-1)]
	}
	return some
}

// within is a value with its interval, if that has a width.
func within(value, low, high string) string {
	if low == high {
		return rounded(value)
	}
	return fmt.Sprintf("%s (%s to %s)", rounded(value), rounded(low), rounded(high))
}

// mapNumbers has a column a dimension and a row a number of keys.
func mapNumbers(t experiment.Table) *Numbers {
	var c crossed
	for _, row := range t.Rows {
		share, _ := strconv.ParseFloat(row[4], 64)
		c.add(row[1], row[0], strconv.FormatFloat(100*share, 'g', 3, 64))
	}
	return c.numbers("Share of key sets with an unselectable key, in %, by dimension d and number of keys n", "n", c.rows, func(d string) string { return "d = " + d })
}

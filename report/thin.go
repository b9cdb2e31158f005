package report

import (
	"bytes"
	"slices"
	"strconv"

	"keyhull/experiment"
)

// mostTable is the size up to which a table becomes part of the page whole,
// bytes before packing.
const mostTable = 1 << 20

// thin leaves steps out of a table of curves that is too large for the page:
// every so manieth stays, and the last. Other tables stay as they are.
func thin(text []byte) (some []byte, every int) {
	if len(text) <= mostTable {
		return text, 1
	}
	t, err := parseTable(text)
	if err != nil || !curves(t) {
		return text, 1
	}
	places := stepsOf(t)
	every = 1 + len(text)/mostTable
	kept := experiment.Table{Header: t.Header}
	for _, row := range t.Rows {
		at := places[row[2]]
		if at%every == 0 || at == len(places)-1 || row[1] == "paper" {
			kept.Rows = append(kept.Rows, row)
		}
	}
	var b bytes.Buffer
	if err := kept.Write(&b); err != nil {
		return text, 1
	}
	return b.Bytes(), every
}

// curves reports whether a table is one of [experiment.Curves].
func curves(t experiment.Table) bool {
	return len(t.Header) == 6 && slices.Equal(t.Header[:3], []string{"norm", "series", "step"})
}

// stepsOf numbers the steps of a table in their order.
func stepsOf(t experiment.Table) map[string]int {
	var steps []int
	for _, row := range t.Rows {
		if step, err := strconv.Atoi(row[2]); err == nil {
			steps = append(steps, step)
		}
	}
	slices.Sort(steps)
	places := map[string]int{}
	for i, step := range slices.Compact(steps) {
		places[strconv.Itoa(step)] = i
	}
	return places
}

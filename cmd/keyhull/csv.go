package main

import (
	"encoding/csv"
	"strconv"
	"strings"

	"keyhull"
)

// writeCSV writes one row a key.
func writeCSV(o *output, f *findings) error {
	w := csv.NewWriter(o)
	head := []string{"set"}
	for _, axis := range f.over {
		head = append(head, axis.Name)
	}
	head = append(head, "index", "verdict", "margin", "relative_margin", "copies", "basis_sizes")
	if f.causal {
		head = append(head, "death")
	}
	if f.radius > 0 {
		head = append(head, "best_attention")
	}
	w.Write(head)
	for set := range f.sets {
		a := &f.sets[set]
		for i := range a.Keys {
			row := f.csvRow(set, i, &a.Keys[i])
			if a.causal != nil {
				row = append(row, position(a.causal[i].Death))
			}
			if a.attention != nil {
				row = append(row, number(a.attention[i]))
			}
			w.Write(row)
		}
	}
	w.Flush()
	return w.Error()
}

func (f *findings) csvRow(set, i int, k *keyhull.Key) []string {
	var sizes []int
	for _, basis := range k.Bases {
		sizes = append(sizes, len(basis))
	}
	margin, relative := number(k.Margin), number(k.RelativeMargin)
	if f.margins == "none" {
		margin, relative = "", ""
	}
	row := []string{strconv.Itoa(set)}
	for _, at := range f.over.Place(set) {
		row = append(row, strconv.Itoa(at))
	}
	return append(row, strconv.Itoa(i), k.Verdict.String(), margin, relative, words(k.Copies), words(sizes))
}

func number(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

// position shows a position, nothing for "never".
func position(p int) string {
	if p < 0 {
		return ""
	}
	return strconv.Itoa(p)
}

// words joins numbers with spaces, so that a list is one cell.
func words(list []int) string {
	parts := make([]string, len(list))
	for i, n := range list {
		parts[i] = strconv.Itoa(n)
	}
	return strings.Join(parts, " ")
}

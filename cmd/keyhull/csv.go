package main

import (
	"encoding/csv"
	"strconv"
	"strings"

	"keyhull"
	"keyhull/decide"
)

// writeCSV writes one row a key.
func writeCSV(o *output, f *decide.Found) error {
	w := csv.NewWriter(o)
	head := []string{"set"}
	for _, axis := range f.Over {
		head = append(head, axis.Name)
	}
	head = append(head, "index", "verdict", "margin", "relative_margin", "copies", "basis_sizes")
	if f.Causal {
		head = append(head, "death")
	}
	if f.Radius > 0 {
		head = append(head, "best_attention")
	}
	w.Write(head)
	for set := range f.Sets {
		a := &f.Sets[set]
		for i := range a.Keys {
			row := csvRow(f, set, i, &a.Keys[i])
			if a.Causal != nil {
				row = append(row, position(a.Causal[i].Death))
			}
			if a.Attention != nil {
				row = append(row, number(a.Attention[i]))
			}
			w.Write(row)
		}
	}
	w.Flush()
	return w.Error()
}

func csvRow(f *decide.Found, set, i int, k *keyhull.Key) []string {
	var sizes []int
	for _, basis := range k.Bases {
		sizes = append(sizes, len(basis))
	}
	margin, relative := number(k.Margin), number(k.RelativeMargin)
	if f.Margins == "none" {
		margin, relative = "", ""
	}
	row := []string{strconv.Itoa(set)}
	for _, at := range f.Over.Place(set) {
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

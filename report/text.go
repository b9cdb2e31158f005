package report

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// LeftOut is the reason of what nobody asked for. Other reasons are shown.
const LeftOut = "left out by --only"

// WriteText writes the report for a terminal: the claims and what came of
// them, what is absent for a reason, and the tables.
func (v *View) WriteText(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, a := range v.Done {
		fmt.Fprintf(t, "%s\t%s\t%s\n", a.Name, a.Outcome, a.Headline)
	}
	for _, a := range v.Absent {
		if a.Reason != LeftOut {
			fmt.Fprintf(t, "%s\tabsent\t%s\n", a.Name, a.Reason)
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, a := range v.Done {
		if err := a.writeTable(w); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "\n%d absent, each with its reason on the page\n", len(v.Absent))
	return err
}

// writeTable writes the table of a result that has one for people.
func (a *Artifact) writeTable(w io.Writer) error {
	if a.Table == nil {
		return nil
	}
	fmt.Fprintf(w, "\n%s\n", a.Title)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range append([][]string{a.Table.Columns}, a.Table.Rows...) {
		fmt.Fprintln(t, strings.Join(row, "\t"))
	}
	return t.Flush()
}

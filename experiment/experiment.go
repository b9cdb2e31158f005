// Package experiment holds one file for each figure or table: what is
// computed, and what the outcome says about the paper's claim. Results are
// plain data; drawing them is for packages figure and report.
package experiment

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"

	"keyhull/run"
)

// Experiment is a configuration that can be run. The result depends on the
// configuration alone.
type Experiment interface {
	Run(ctx context.Context, pool run.Pool) (Result, error)
}

// Result is the outcome of an experiment.
type Result interface {
	// Table holds every number that a figure shows.
	Table() Table
	// Finding says what the result means for the claim.
	Finding() Finding
}

// The verdicts on a claim.
const (
	Reproduced    = "reproduced"
	NotReproduced = "not reproduced"
	OtherCause    = "explained by another cause"
)

// Finding is a result held against the claim.
type Finding struct {
	Ours     object // numbers, each estimate with its interval
	Verdict  string
	Open     bool    // not reproduced, nor refuted: the data do not tell
	Headline string  // the statistic with its interval, in a few words
	Note     string  // the same in a sentence
	Seconds  float64 // of computing, summed over cores
}

// Table is a result as rows of numbers.
type Table struct {
	Header []string
	Rows   [][]string
}

func (t *Table) add(values ...any) {
	row := make([]string, len(values))
	for i, v := range values {
		if f, ok := v.(float64); ok {
			row[i] = strconv.FormatFloat(f, 'g', -1, 64)
		} else {
			row[i] = fmt.Sprint(v)
		}
	}
	t.Rows = append(t.Rows, row)
}

// Write writes the table as CSV.
func (t Table) Write(w io.Writer) error {
	c := csv.NewWriter(w)
	if err := c.Write(t.Header); err != nil {
		return err
	}
	return c.WriteAll(t.Rows)
}

package run

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
)

// Values are what was measured at a step, by name. What was not measured is
// not there.
type Values map[string]float64

// usual are the names that every kind of run uses, in the order of files.
var usual = []string{"train_loss", "test_loss", "train_accuracy", "test_accuracy", "angle_mean", "angle_std", "lr", "tokens"}

const stepName = "step"

// names lists the names in the order of files: the usual ones, then by alphabet.
func (v Values) names() []string {
	return slices.SortedFunc(maps.Keys(v), func(a, b string) int {
		return cmp.Or(cmp.Compare(place(a), place(b)), cmp.Compare(a, b))
	})
}

func place(name string) int {
	if i := slices.Index(usual, name); i >= 0 {
		return i
	}
	return len(usual)
}

// line returns the line of a step for metrics.jsonl. A value that is no finite
// number can not stand there.
func line(step int, values Values) ([]byte, error) {
	text := strconv.AppendInt([]byte(`{"`+stepName+`":`), int64(step), 10)
	for _, name := range values.names() {
		v := values[name]
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, failf("a lower learning rate may help", "%s is %v at step %d: training has diverged", name, v, step)
		}
		text = append(append(append(text, ','), marshal(name)...), ':')
		text = append(text, marshal(v)...)
	}
	return append(text, "}\n"...), nil
}

// Row is one logged step.
type Row struct {
	Step   int
	Values Values
}

// table returns rows as CSV: a column for each name that any row has, an empty
// cell where a row has it not.
func table(rows []Row) []byte {
	names := Metrics{Rows: rows}.Names()
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.Write(append([]string{stepName}, names...))
	for _, row := range rows {
		cells := []string{strconv.Itoa(row.Step)}
		for _, name := range names {
			cell := ""
			if v, ok := row.Values[name]; ok {
				cell = string(marshal(v))
			}
			cells = append(cells, cell)
		}
		w.Write(cells)
	}
	w.Flush() // a buffer takes all
	return b.Bytes()
}

// Metrics is what a seed has logged so far.
type Metrics struct {
	Seed uint64
	Rows []Row // by step
	path string
}

// Names lists what was measured at any step.
func (m Metrics) Names() []string {
	all := Values{}
	for _, row := range m.Rows {
		maps.Copy(all, row.Values)
	}
	return all.names()
}

// Series returns the steps at which a value was measured, and its values. It
// is an error if there are none.
func (m Metrics) Series(name string) (steps []int, values []float64, err error) {
	for _, row := range m.Rows {
		if v, ok := row.Values[name]; ok {
			steps, values = append(steps, row.Step), append(values, v)
		}
	}
	if len(steps) == 0 {
		err = failf(fmt.Sprintf("it has %v", m.Names()), "%s: has no %q", m.path, name)
	}
	return steps, values, err
}

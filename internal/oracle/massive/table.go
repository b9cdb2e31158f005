package main

import (
	"fmt"
	"io"
	"time"

	"keyhull"
	"keyhull/internal/oracle"
)

// tally sums up the instances of one family.
type tally struct {
	instances, twins, brute  int
	keys, distinct           int
	scan, walk, exact, plane int
	floatKeys                int           // distinct keys of instances without an exact one
	floatTime, exactTime     time.Duration // of instances without, with an exact key
	besideExact              int           // distinct keys not exact, beside exact ones
	failures                 []failure
}

// failure is a discrepancy and the instance that shows it.
type failure struct {
	index int
	in    *oracle.Instance
	what  string
}

func (t *tally) count(r *keyhull.Result) {
	t.instances++
	t.keys += r.N
	t.distinct += r.Stats.Distinct
	t.scan += r.Stats.Scan
	t.walk += r.Stats.Walk
	t.exact += r.Stats.Exact
	t.plane += r.Stats.Plane
}

func (t *tally) spent(r *keyhull.Result, took time.Duration) {
	if r.Stats.Exact == 0 {
		t.floatTime += took
		t.floatKeys += r.Stats.Distinct
		return
	}
	t.exactTime += took
	t.besideExact += r.Stats.Distinct - r.Stats.Exact
}

func (t *tally) add(o *tally) {
	t.instances += o.instances
	t.twins += o.twins
	t.brute += o.brute
	t.keys += o.keys
	t.distinct += o.distinct
	t.scan += o.scan
	t.walk += o.walk
	t.exact += o.exact
	t.plane += o.plane
	t.floatKeys += o.floatKeys
	t.floatTime += o.floatTime
	t.exactTime += o.exactTime
	t.besideExact += o.besideExact
	t.failures = append(t.failures, o.failures...)
}

// floatCost is the time a key of an instance that floats decide.
func (t *tally) floatCost() time.Duration { return t.floatTime / time.Duration(max(1, t.floatKeys)) }

// exactCost is the time of a key decided exactly, set-up included: what is left
// when the others cost what they cost elsewhere.
func (t *tally) exactCost() time.Duration {
	left := t.exactTime - time.Duration(t.besideExact)*t.floatCost()
	return max(0, left) / time.Duration(max(1, t.exact))
}

const (
	head = "%-18s %9s %8s %7s %10s %8s %8s %8s %8s %10s %10s %9s\n"
	line = "%-18s %9d %8d %7d %10d %7.2f%% %7.2f%% %7.2f%% %7.3f%% %10s %10s %9d\n"
)

// report prints the table and the failures, and returns the exit code.
func report(w io.Writer, tallies []tally, took time.Duration) int {
	fmt.Fprintf(w, head, "family", "instances", "copies", "brute", "keys", "sorted", "scan", "walk", "exact", "float/key", "exact/key", "failures")
	var all tally
	for f := range tallies {
		if tallies[f].instances > 0 || len(tallies[f].failures) > 0 {
			tallies[f].print(w, oracle.Families[f].Name)
		}
		all.add(&tallies[f])
	}
	all.print(w, "all")
	fmt.Fprintf(w, "\ncopies: permuted and affinely mapped; brute: compared with exact linear programs.\n")
	fmt.Fprintf(w, "%d key sets decided and certified, %d compared with a copy, %d with brute force, in %v: %d failures.\n",
		all.instances+all.twins, all.twins, all.brute, took.Round(time.Second/10), len(all.failures))
	for f := range tallies {
		tallies[f].show(w)
	}
	if len(all.failures) > 0 {
		return 1
	}
	return 0
}

// shown is how many failures of a family are printed in full.
const shown = 5

func (t *tally) show(w io.Writer) {
	for i, f := range t.failures {
		if i == shown {
			fmt.Fprintf(w, "\n… and %d more of %s\n", len(t.failures)-i, f.in.Family)
			return
		}
		fmt.Fprintf(w, "\ninstance %d: %s\n%v\n", f.index, f.what, f.in)
	}
}

func (t *tally) print(w io.Writer, name string) {
	share := func(n int) float64 { return 100 * float64(n) / float64(max(1, t.distinct)) }
	fmt.Fprintf(w, line, name, t.instances, t.twins, t.brute, t.keys, share(t.plane), share(t.scan), share(t.walk), share(t.exact),
		short(t.floatCost()), short(t.exactCost()), len(t.failures))
}

func short(d time.Duration) string {
	if d == 0 {
		return "-"
	}
	return fmt.Sprintf("%.3gµs", float64(d)/1e3)
}

package main

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	cells "keyhull/run"
	"keyhull/sweep"
)

func (f folderStatus) print(w io.Writer, dir string) {
	if f.Plan != nil {
		f.printPlan(w, dir)
	} else if f.Kept > 0 {
		fmt.Fprintf(w, "%s kept\n", count(f.Kept, "cell"))
	}
	for _, r := range f.Runs {
		printSeeds(w, r)
	}
}

func (f folderStatus) printPlan(w io.Writer, dir string) {
	p := f.Plan
	fmt.Fprintf(w, "keyhull %s\n", strings.Join(f.Command, " "))
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, g := range p.Groups {
		fmt.Fprintf(t, "  %s\t%d of %s\n", g.Name, g.Cells-g.Missing, count(g.Cells, "cell"))
	}
	t.Flush()
	for _, a := range p.Attempts {
		fmt.Fprintf(w, "attempt %d: %s in %s, begun %s, %d missing\n", a.Number, count(a.Size, "cell"), count(a.Tasks, "task"), a.Began.Format(time.DateTime), a.Missing)
	}
	f.printSlurm(w)
	if f.Plan.Missing > 0 {
		f.printLost(w, dir)
	}
	switch {
	case p.Finished && p.Missing == 0:
		fmt.Fprintf(w, "finished: %s has what it printed\n", filepath.Join(dir, "plan", "output"))
	case p.Missing == 0:
		fmt.Fprintf(w, "all cells are there: keyhull resume %s draws and prints\n", quote(dir))
	case p.Left > 0:
		fmt.Fprintf(w, "about %s left at this pace\n", round(p.Left))
	}
}

// printSlurm counts what runs and waits.
func (f folderStatus) printSlurm(w io.Writer) {
	if f.Silent != "" {
		fmt.Fprintf(w, "Slurm says nothing: %s\n", f.Silent)
	}
	counts, order := map[string]int{}, []string{}
	for _, r := range f.Slurm {
		if !r.Alive() {
			continue
		}
		key := "job " + r.Job + ": " + strings.ToLower(r.State)
		if r.Why != "None" {
			key += " (" + r.Why + ")"
		}
		if counts[key]++; counts[key] == 1 {
			order = append(order, key)
		}
	}
	for _, key := range order {
		fmt.Fprintf(w, "%s, %s\n", key, count(counts[key], "task"))
	}
	if slices.ContainsFunc(f.Slurm, sweep.QueueRow.Held) {
		fmt.Fprintln(w, "held tasks wait for somebody: the same submit again has them go on")
	}
}

// mostShown is of how many tasks a text says why.
const mostShown = 10

// alive reports whether Slurm says that a task runs or waits.
func (f folderStatus) alive(l sweep.Lost) bool {
	return slices.ContainsFunc(f.Slurm, func(r sweep.QueueRow) bool {
		return r.Alive() && r.Job == l.Array && r.Index == strconv.Itoa(l.Index)
	})
}

// printLost says of tasks with missing cells what they said last.
func (f folderStatus) printLost(w io.Writer, dir string) {
	shown := 0
	for _, l := range f.Plan.Lost {
		if f.alive(l) {
			continue // it has time yet
		}
		if shown++; shown > mostShown {
			fmt.Fprintln(w, "  and more: --format json lists them")
			break
		}
		says := "no log"
		if l.Log != "" {
			says = l.Log + ": " + l.Says
		}
		fmt.Fprintf(w, "  task %d, %s is missing: %s\n", l.Task, l.Cell, says)
	}
	if path, says := sweep.Folder(dir).LogOfCollector(); path != "" {
		fmt.Fprintf(w, "  %s: %s\n", path, says)
	}
}

func printSeeds(w io.Writer, r runStatus) {
	fmt.Fprintf(w, "%s\n", r.Folder)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	defer t.Flush()
	for _, s := range r.Seeds {
		at := fmt.Sprintf("step %d", max(0, s.Step))
		if s.Steps > 0 {
			at += fmt.Sprintf(" of %d", s.Steps)
		}
		fmt.Fprintf(t, "  seed %d\t%s\t%s\n", s.Seed, at, restOf(s))
	}
}

// restOf says what is left of a seed's training, and when it was last heard of.
func restOf(s cells.SeedStatus) string {
	if s.Done {
		return "done"
	}
	text := "not begun"
	if s.Kept >= 0 {
		text = fmt.Sprintf("checkpoint of step %d", s.Kept)
	}
	if !s.Touched.IsZero() {
		text += ", last heard of " + s.Touched.Format(time.DateTime)
	}
	if s.Left > 0 {
		text += ", about " + round(s.Left) + " left when it runs"
	}
	return text
}

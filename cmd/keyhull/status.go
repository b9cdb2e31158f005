package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	cells "keyhull/run"
	"keyhull/sweep"
)

// statusCommand is one call of keyhull status.
type statusCommand struct {
	env    *env
	format string
}

// runStatus is a folder of training runs.
type runStatus struct {
	Folder string             `json:"folder"`
	Seeds  []cells.SeedStatus `json:"seeds"`
}

// folderStatus is all that a folder says.
type folderStatus struct {
	Command []string         `json:"command,omitempty"` // that was submitted
	Plan    *sweep.Status    `json:"plan,omitempty"`
	Slurm   []sweep.QueueRow `json:"slurm,omitempty"`
	Kept    int              `json:"kept_cells,omitempty"`
	Runs    []runStatus      `json:"runs,omitempty"`

	Silent string `json:"slurm_says_nothing,omitempty"` // why Slurm says nothing
}

func newStatusCommand(e *env) *cobra.Command {
	s := &statusCommand{env: e}
	cmd := &cobra.Command{
		Use:   "status DIR",
		Short: "Say how far the work in a folder is",
		Long: `Say how far the work with results in DIR is: of a command that was submitted,
which cells are there, which tasks lack some and what they said last; of
training runs, which seeds are at which step. The folder is what counts; where
Slurm is at hand it is asked which tasks run or wait.`,
		Example: "  keyhull status shared/fig1c",
		Args:    wantArgs("DIR"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.run(cmd.Context(), args[0])
		},
	}
	choiceFlag(cmd, &s.format, "format", "text", "text, json", "text, json")
	return cmd
}

func (s *statusCommand) run(ctx context.Context, dir string) error {
	found, err := s.read(ctx, dir)
	if err != nil {
		return err
	}
	if found.Plan == nil && found.Runs == nil && found.Kept == 0 {
		return failf("give the folder of --out", "%s: holds no work of keyhull that can go on", dir)
	}
	if s.format == "json" {
		return json.NewEncoder(s.env.out).Encode(found)
	}
	found.print(s.env.out, dir)
	return nil
}

func (s *statusCommand) read(ctx context.Context, dir string) (found folderStatus, err error) {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return found, failf("check the path", "no folder %s", dir)
	}
	folder := sweep.Folder(dir)
	p, err := folder.Plan()
	if err == nil {
		found.Command = p.Args
		var status sweep.Status
		if status, err = folder.Status(p, time.Now()); err != nil {
			return found, err
		}
		found.Plan = &status
		found.Slurm, found.Silent = s.ask(ctx, folder)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return found, err
	}
	for _, name := range cells.RunFolders(dir) {
		seeds, ok, err := cells.FolderStatus(filepath.Join(dir, name))
		if err != nil {
			return found, err
		}
		if ok && len(seeds) > 0 {
			found.Runs = append(found.Runs, runStatus{name, seeds})
		}
	}
	found.Kept, err = cells.KeptCells(filepath.Join(dir, ".cells"))
	return found, err
}

// ask takes what Slurm says of a plan's jobs, if there are any.
func (s *statusCommand) ask(ctx context.Context, folder sweep.Folder) (rows []sweep.QueueRow, silent string) {
	rows, err := folder.Running(func(names ...string) ([]sweep.QueueRow, error) {
		return sweep.Slurm{}.Queue(ctx, names...)
	})
	if err != nil {
		silent = err.Error()
	}
	return rows, silent
}

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

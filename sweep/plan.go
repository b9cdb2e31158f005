// Package sweep has the cells of a command computed by many processes that share
// nothing but the folder of its results: tasks of Slurm, of Kubernetes, or any
// others.
//
// A plan says which cells there are. It is found by running the command with
// every cell put off, so that it is never written twice. A task runs the command
// with its own cells alone. When all cells have their results the command is run
// as it always is: what it draws and prints is what it would have drawn and
// printed without a plan.
//
// Results in the folder are the truth. What a scheduler says about a task is a
// hint: two copies of one may run at once, and one that it calls failed may have
// written all of its results.
package sweep

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/google/renameio/v2/maybe"

	"keyhull/run"
	"keyhull/weights"
)

// Plan is a command whose cells are computed by many processes. It is a file in
// the folder of the results.
type Plan struct {
	Run     string      `json:"run"`     // a name of its own, by which jobs are found again
	Args    []string    `json:"command"` // without the program's name
	From    string      `json:"working_folder"`
	Version string      `json:"version"`
	Program string      `json:"program_sha256"` // another program may compute other numbers
	Kernels string      `json:"kernels"`        // so may kernels of another level
	Options Options     `json:"options"`
	Groups  []run.Group `json:"groups"` // their folders are relative to the results'
}

// Options say how a plan is put into tasks.
type Options struct {
	Tasks    int      `json:"tasks,omitempty"`          // of an attempt; 0 leaves it to PerTask
	PerTask  int      `json:"cells_per_task,omitempty"` // 0 means as few as mostTasks allows
	AtOnce   int      `json:"at_once,omitempty"`        // tasks of an array that run at once; 0 for all
	Attempts int      `json:"attempts"`                 // of a cell
	Sbatch   []string `json:"sbatch,omitempty"`         // the site's options, as "--partition=long"
}

// mostTasks is how many tasks an attempt has where nobody says.
const mostTasks = 100

// tasks is the number of tasks for so many cells.
func (o Options) tasks(cells int) int {
	switch {
	case o.Tasks > 0:
		return min(o.Tasks, cells)
	case o.PerTask > 0:
		return (cells + o.PerTask - 1) / o.PerTask
	}
	return min(mostTasks, cells)
}

// Len is the number of cells.
func (p *Plan) Len() (n int) {
	for _, g := range p.Groups {
		n += g.Len()
	}
	return n
}

// Cell names a cell for people.
func (p *Plan) Cell(i int) string {
	for _, g := range p.Groups {
		if i < g.Len() {
			return g.Cell(i)
		}
		i -= g.Len()
	}
	panic("sweep: no such cell")
}

// Folder is where a command's results are, and in plan/ its plan. Several
// processes, on several machines, may use it at the same time.
type Folder string

const planDir = "plan"

func (f Folder) in(name string) string { return filepath.Join(string(f), planDir, name) }

// Plan reads the plan; its error is fs.ErrNotExist where there is none.
func (f Folder) Plan() (*Plan, error) {
	p := new(Plan)
	return p, f.read("plan.json", p)
}

func (f Folder) read(name string, value any) error {
	text, err := os.ReadFile(f.in(name))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, value); err != nil {
		return &weights.Error{Msg: fmt.Sprintf("%s: cannot be read: %v", f.in(name), err),
			Hint: "remove the folder " + f.in("") + " and submit again: results stay", Err: err}
	}
	return nil
}

// write writes a file whole; another process that writes it writes the same.
func (f Folder) write(name string, value any) error {
	text, err := json.MarshalIndent(value, "", " ")
	if err == nil {
		err = os.MkdirAll(f.in("logs"), 0o777)
	}
	if err == nil {
		err = maybe.WriteFile(f.in(name), append(text, '\n'), 0o666)
	}
	return err
}

// Write writes the plan, and what was printed under an earlier one is forgotten.
func (f Folder) Write(p *Plan) error {
	if err := f.write("plan.json", p); err != nil {
		return err
	}
	err := os.Remove(f.in(outputName))
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return err
}

// Command runs a plan's command with a sweep, or as it always is if that is nil.
type Command func(ctx context.Context, s run.Sweep) error

// Discover adds the groups that the plan does not have yet. Work that depends on
// cells which are missing is found when these are there.
func (f Folder) Discover(ctx context.Context, p *Plan, command Command) error {
	err := command(ctx, &recorder{f, p})
	if errors.Is(err, run.ErrIncomplete) {
		err = nil
	}
	return err
}

// recorder is a sweep that computes nothing.
type recorder struct {
	folder Folder
	plan   *Plan
}

func (r *recorder) Here(g run.Group) ([]int, error) {
	g, err := r.folder.relative(g)
	for _, old := range r.plan.Groups {
		g = g.Without(old)
	}
	if err == nil && g.Len() > 0 {
		r.plan.Groups = append(r.plan.Groups, g)
	}
	return nil, err
}

func (r *recorder) Failed(string, error) {}
func (r *recorder) Done() bool           { return false }

func (f Folder) relative(g run.Group) (run.Group, error) {
	dir, err := filepath.Abs(g.Dir)
	if err == nil {
		g.Dir, err = filepath.Rel(string(f), dir)
	}
	g.Dir = filepath.ToSlash(g.Dir)
	return g, err
}

// Missing lists the cells of a plan that have no result, in order.
func (f Folder) Missing(p *Plan) (missing []int, err error) {
	before := 0
	for _, g := range p.Groups {
		n := g.Len()
		g.Dir = filepath.Join(string(f), filepath.FromSlash(g.Dir))
		some, err := g.Missing()
		if err != nil {
			return nil, err
		}
		for _, i := range some {
			missing = append(missing, before+i)
		}
		before += n
	}
	return missing, nil
}

func sorted(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }

package sweep

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"

	"keyhull/weights"
)

// Attempt is a set of cells that were missing and are put into tasks 0 to
// Tasks−1. Its file never changes.
type Attempt struct {
	Number int       `json:"attempt"` // from 1
	Tasks  int       `json:"tasks"`
	Cells  string    `json:"cells"` // of the plan, as "0-57,60"
	Began  time.Time `json:"began"`
}

// Jobs are what a scheduler calls the tasks of an attempt.
type Jobs struct {
	Arrays     []Array `json:"arrays"`
	Collectors []Array `json:"collectors"` // those after the first were needed since tasks came back
}

// Array is a job array that runs tasks First, First+1, … of an attempt.
type Array struct {
	Name  string `json:"name"`
	ID    string `json:"id"`
	First int    `json:"first,omitempty"`
	Tasks int    `json:"tasks,omitempty"`
}

func attemptName(n int) string { return fmt.Sprintf("attempt-%d.json", n) }
func jobsName(n int) string    { return fmt.Sprintf("attempt-%d.jobs.json", n) }

// Attempts reads all attempts, in order.
func (f Folder) Attempts() (list []Attempt, err error) {
	for n := 1; ; n++ {
		var a Attempt
		err := f.read(attemptName(n), &a)
		if errors.Is(err, fs.ErrNotExist) {
			return list, nil
		}
		if err == nil && (a.Number != n || a.Tasks < 1) {
			err = &weights.Error{Msg: f.in(attemptName(n)) + ": is no attempt", Hint: "remove it and submit again: results stay"}
		}
		if err != nil {
			return nil, err
		}
		list = append(list, a)
	}
}

// Jobs reads what is known about an attempt's jobs; none if nothing is.
func (f Folder) Jobs(attempt int) (j Jobs, err error) {
	err = f.read(jobsName(attempt), &j)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return j, err
}

// errBegun is the error of an attempt that another process began.
var errBegun = errors.New("was begun by another process")

// begin writes an attempt, unless there is one of that number.
func (f Folder) begin(a Attempt) error {
	text, err := json.MarshalIndent(a, "", " ")
	if err != nil {
		return err
	}
	temporary, err := os.CreateTemp(f.in(""), ".attempt-*")
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name())
	_, err = temporary.Write(append(text, '\n'))
	if err = errors.Join(err, temporary.Chmod(0o644), temporary.Sync(), temporary.Close()); err != nil {
		return err
	}
	err = os.Link(temporary.Name(), f.in(attemptName(a.Number)))
	if errors.Is(err, fs.ErrExist) {
		err = fmt.Errorf("attempt %d %w", a.Number, errBegun)
	}
	return err
}

// cells lists the cells of an attempt.
func (a Attempt) cells(p *Plan) ([]int, error) {
	list, err := numbers(a.Cells, p.Len())
	if err == nil && len(list) < a.Tasks {
		err = fmt.Errorf("%d cells for %d tasks", len(list), a.Tasks)
	}
	if err != nil {
		return nil, &weights.Error{Msg: fmt.Sprintf("attempt %d does not fit the plan: %v", a.Number, err), Hint: "submit again: results stay"}
	}
	return list, nil
}

// Task lists the cells of a task: every so many-th, since neighbours take about
// as long as each other.
func (a Attempt) Task(p *Plan, k int) (list []int, err error) {
	all, err := a.cells(p)
	if err == nil && (k < 0 || k >= a.Tasks) {
		err = &weights.Error{Msg: fmt.Sprintf("attempt %d has tasks 0 to %d, none %d", a.Number, a.Tasks-1, k)}
	}
	for i := k; err == nil && i < len(all); i += a.Tasks {
		list = append(list, all[i])
	}
	return list, err
}

// tries counts for each cell how many attempts had it.
func tries(p *Plan, attempts []Attempt) ([]uint8, error) {
	count := make([]uint8, p.Len())
	for _, a := range attempts {
		list, err := a.cells(p)
		if err != nil {
			return nil, err
		}
		for _, i := range list {
			count[i] = min(count[i], 254) + 1
		}
	}
	return count, nil
}

// Next begins another attempt of the cells that are missing, but for those that
// had as many as the plan allows. ok is false where no cell is left to be tried.
func (f Folder) Next(p *Plan, missing []int) (a Attempt, ok bool, err error) {
	a, ok, err = f.Preview(p, missing)
	if ok && err == nil {
		err = f.begin(a)
	}
	return a, ok, err
}

// Preview is Next without a trace.
func (f Folder) Preview(p *Plan, missing []int) (a Attempt, ok bool, err error) {
	attempts, err := f.Attempts()
	if err != nil {
		return a, false, err
	}
	count, err := tries(p, attempts)
	if err != nil {
		return a, false, err
	}
	left := slices.DeleteFunc(slices.Clone(missing), func(i int) bool { return int(count[i]) >= p.Options.Attempts })
	if len(left) == 0 {
		return a, false, nil
	}
	return Attempt{Number: len(attempts) + 1, Tasks: p.Options.tasks(len(left)), Cells: ranges(left), Began: time.Now().Round(time.Second)}, true, nil
}

// Tried is the largest number of attempts that a cell has had.
func (f Folder) Tried(p *Plan) (int, error) {
	attempts, err := f.Attempts()
	if err != nil || len(attempts) == 0 {
		return 0, err
	}
	count, err := tries(p, attempts)
	if len(count) == 0 {
		return 0, err
	}
	return int(slices.Max(count)), err
}

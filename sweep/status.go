package sweep

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Status is how far a plan is, as its folder says.
type Status struct {
	Cells    int             `json:"cells"`
	Missing  int             `json:"missing"`
	Finished bool            `json:"finished"` // the command has been through
	Groups   []GroupStatus   `json:"groups"`
	Attempts []AttemptStatus `json:"attempts,omitempty"`
	Lost     []Lost          `json:"lost,omitempty"` // tasks of the last attempt with cells missing, at most mostLost
	Left     time.Duration   `json:"nanoseconds_left,omitempty"`
}

// GroupStatus counts the cells of a group.
type GroupStatus struct {
	Name    string `json:"name"`
	Cells   int    `json:"cells"`
	Missing int    `json:"missing"`
}

// AttemptStatus counts what is missing of an attempt.
type AttemptStatus struct {
	Attempt
	Size    int `json:"size"` // cells
	Missing int `json:"missing"`
}

// Lost is a task with cells missing: one that waits or runs, or has failed.
type Lost struct {
	Task  int    `json:"task"`
	Cell  string `json:"cell"` // its first that is missing
	Log   string `json:"log"`  // "" if none was written
	Says  string `json:"says"` // the last line there
	Array string `json:"array"`
	Index int    `json:"index"`
}

const mostLost = 1000

// Status reads how far a plan is.
func (f Folder) Status(p *Plan, now time.Time) (s Status, err error) {
	missing, err := f.Missing(p)
	if err != nil {
		return s, err
	}
	if s.Finished, err = f.Finished(); err != nil {
		return s, err
	}
	s.Cells, s.Missing, s.Groups = p.Len(), len(missing), groupStatus(p, missing)
	attempts, err := f.Attempts()
	if err != nil {
		return s, err
	}
	for _, a := range attempts {
		list, err := a.cells(p)
		if err != nil {
			return s, err
		}
		gone := both(list, missing)
		s.Attempts = append(s.Attempts, AttemptStatus{a, len(list), len(gone)})
		if a.Number == len(attempts) {
			s.Left = left(a, len(list), len(gone), now)
			s.Lost, err = f.lost(p, a, list, gone)
			if err != nil {
				return s, err
			}
		}
	}
	return s, nil
}

func groupStatus(p *Plan, missing []int) (list []GroupStatus) {
	end, at := 0, 0
	for _, g := range p.Groups {
		s := GroupStatus{Name: g.Name, Cells: g.Len()}
		for end += g.Len(); at < len(missing) && missing[at] < end; at++ {
			s.Missing++
		}
		list = append(list, s)
	}
	return list
}

// both returns the numbers that two growing lists have in common.
func both(a, b []int) (list []int) {
	for i, k := 0, 0; i < len(a) && k < len(b); {
		switch {
		case a[i] < b[k]:
			i++
		case a[i] > b[k]:
			k++
		default:
			list = append(list, a[i])
			i, k = i+1, k+1
		}
	}
	return list
}

// left estimates how long the rest of an attempt takes, at the pace so far.
func left(a Attempt, cells, missing int, now time.Time) time.Duration {
	done := cells - missing
	if done == 0 || missing == 0 || !now.After(a.Began) {
		return 0
	}
	return time.Duration(float64(now.Sub(a.Began)) / float64(done) * float64(missing))
}

// lost lists tasks of an attempt that have cells missing.
func (f Folder) lost(p *Plan, a Attempt, cells, missing []int) (list []Lost, err error) {
	jobs, err := f.Jobs(a.Number)
	if err != nil {
		return nil, err
	}
	seen := map[int]bool{}
	for _, cell := range missing {
		at, _ := slices.BinarySearch(cells, cell)
		task := at % a.Tasks
		if seen[task] || len(list) == mostLost {
			continue
		}
		seen[task] = true
		list = append(list, f.lostTask(p.Cell(cell), task, jobs))
	}
	return list, nil
}

func (f Folder) lostTask(cell string, task int, jobs Jobs) Lost {
	l := Lost{Task: task, Cell: cell}
	for _, array := range jobs.Arrays {
		if task >= array.First && task < array.First+array.Tasks {
			l.Array, l.Index = array.ID, task-array.First
			path := filepath.Join("logs", fmt.Sprintf("%s_%d.log", l.Array, l.Index))
			if text, err := tail(f.in(path)); err == nil {
				l.Log, l.Says = filepath.Join(planDir, path), lastLine(text)
			}
		}
	}
	return l
}

// tail reads the last bytes of a file.
func tail(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	text := make([]byte, min(4096, info.Size()))
	n, err := f.ReadAt(text, info.Size()-int64(len(text)))
	return string(text[:n]), err
}

// Running asks Slurm about the tasks of the last attempt and what collects them;
// none if nothing was handed in. It is a hint, no more.
func (f Folder) Running(queue func(names ...string) ([]QueueRow, error)) ([]QueueRow, error) {
	attempts, err := f.Attempts()
	if err != nil || len(attempts) == 0 {
		return nil, err
	}
	jobs, err := f.Jobs(len(attempts))
	if err != nil || len(jobs.Arrays) == 0 {
		return nil, err
	}
	var names []string
	for _, a := range slices.Concat(jobs.Arrays, jobs.Collectors) {
		names = append(names, a.Name)
	}
	return queue(names...)
}

// LogOfCollector is the last line that a job which collects has written; "" if
// none has.
func (f Folder) LogOfCollector() (path, says string) {
	found, _ := filepath.Glob(filepath.Join(f.in("logs"), "collect-*.log"))
	var newest time.Time
	for _, name := range found {
		info, err := os.Stat(name)
		if err != nil || errors.Is(err, fs.ErrNotExist) || info.ModTime().Before(newest) {
			continue
		}
		if text, err := tail(name); err == nil {
			path, says, newest = filepath.Join(planDir, "logs", filepath.Base(name)), lastLine(text), info.ModTime()
		}
	}
	return path, says
}

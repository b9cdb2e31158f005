package sweep

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"github.com/google/renameio/v2/maybe"

	"keyhull/weights"
)

// Scripts are those that Submit would hand in, with names for the ids that it
// would get.
func (s Slurm) Scripts(ctx context.Context, f Folder, p *Plan, a Attempt) (list []string) {
	all := arrays(p, a, s.maxArraySize(ctx))
	for i := range all {
		list = append(list, s.arrayScript(f, p, a.Number, all[i]))
		all[i].ID = "JOB"
		if len(all) > 1 {
			all[i].ID = fmt.Sprintf("JOB%d", i+1)
		}
	}
	return append(list, s.collectScript(f, p, a.Number, collectorName(p, a.Number, 1), all))
}

// Submit hands an attempt in, and behind it a job that collects. What was handed
// in before is found again, in the folder or by its name, and left alone.
func (s Slurm) Submit(ctx context.Context, f Folder, p *Plan, a Attempt) (Jobs, error) {
	jobs, err := f.Jobs(a.Number)
	if err != nil || len(jobs.Collectors) > 0 {
		return jobs, err
	}
	if err := os.MkdirAll(f.in("logs"), 0o777); err != nil {
		return jobs, err
	}
	for _, array := range arrays(p, a, s.maxArraySize(ctx))[len(jobs.Arrays):] {
		if array.ID, err = s.submit(ctx, array.Name, s.arrayScript(f, p, a.Number, array)); err != nil {
			return jobs, err
		}
		jobs.Arrays = append(jobs.Arrays, array)
		if err := f.write(jobsName(a.Number), jobs); err != nil {
			return jobs, err
		}
	}
	return s.follow(ctx, f, p, a, jobs)
}

// follow hands in one more job that collects when the tasks have ended.
func (s Slurm) follow(ctx context.Context, f Folder, p *Plan, a Attempt, jobs Jobs) (Jobs, error) {
	c := Array{Name: collectorName(p, a.Number, len(jobs.Collectors)+1)}
	var err error
	if c.ID, err = s.submit(ctx, c.Name, s.collectScript(f, p, a.Number, c.Name, jobs.Arrays)); err != nil {
		return jobs, err
	}
	jobs.Collectors = append(jobs.Collectors, c)
	return jobs, f.write(jobsName(a.Number), jobs)
}

// Alive lists what Slurm knows of an attempt's tasks and of what collects them,
// and reports whether any may still run.
func (s Slurm) Alive(ctx context.Context, p *Plan, a Attempt, jobs Jobs) ([]QueueRow, bool, error) {
	rows, err := s.rows(ctx, append(arrays(p, a, s.maxArraySize(ctx)), jobs.Collectors...))
	return rows, anyAlive(rows), err
}

func (s Slurm) rows(ctx context.Context, arrays []Array) (rows []QueueRow, err error) {
	var names []string
	for _, a := range arrays {
		names = append(names, a.Name)
	}
	if len(names) == 0 {
		return nil, nil
	}
	err = s.patiently(ctx, func() error {
		rows, err = s.Queue(ctx, names...)
		return err
	})
	return rows, err
}

func anyAlive(rows []QueueRow) bool { return slices.ContainsFunc(rows, QueueRow.Alive) }

// Collect goes on behind an attempt whose tasks have ended: it submits what is
// missing again, as often as the plan allows, and reports whether nothing is.
// It says in a few words what it did. Two that collect the same attempt do no
// harm.
func (s Slurm) Collect(ctx context.Context, f Folder, p *Plan, number int, command Command) (complete bool, did string, err error) {
	attempts, err := f.Attempts()
	if err != nil {
		return false, "", err
	}
	if number < 1 || number > len(attempts) {
		return false, "", &weights.Error{Msg: fmt.Sprintf("there is no attempt %d", number)}
	}
	if last := attempts[len(attempts)-1]; last.Number > number {
		_, err := s.Submit(ctx, f, p, last) // which whoever began it may have died before
		return false, fmt.Sprintf("attempt %d goes on", last.Number), err
	}
	a := attempts[number-1]
	jobs, err := f.Jobs(number)
	if err != nil {
		return false, "", err
	}
	rows, err := s.rows(ctx, jobs.Arrays)
	if err != nil {
		return false, "", err
	}
	if anyAlive(rows) {
		_, err := s.follow(ctx, f, p, a, jobs)
		return false, "tasks run again: this job comes back when they have ended", err
	}
	missing, err := f.Update(ctx, p, command)
	if err != nil || len(missing) == 0 {
		return err == nil, "", err
	}
	if slices.ContainsFunc(rows, QueueRow.cancelled) {
		return false, "", &weights.Error{Msg: fmt.Sprintf("tasks of attempt %d were cancelled: nothing is submitted again", number),
			Hint: "the same submit again goes on"}
	}
	return s.advance(ctx, f, p, missing)
}

// advance submits the next attempt of what is missing.
func (s Slurm) advance(ctx context.Context, f Folder, p *Plan, missing []int) (complete bool, did string, err error) {
	a, ok, err := f.Next(p, missing)
	if errors.Is(err, errBegun) {
		return false, err.Error(), nil
	}
	if err != nil {
		return false, "", err
	}
	if !ok {
		return false, "", &weights.Error{Msg: fmt.Sprintf("%d of %d cells are missing after %d attempts, the first: %s", len(missing), p.Len(), p.Options.Attempts, p.Cell(missing[0])),
			Hint: fmt.Sprintf("keyhull status %s says why; keyhull resume %s computes them here", f, f)}
	}
	_, err = s.Submit(ctx, f, p, a)
	return false, fmt.Sprintf("%d cells are missing: attempt %d", len(missing), a.Number), err
}

// Update looks for cells that the plan does not have yet, keeps it, and lists
// all that are missing.
func (f Folder) Update(ctx context.Context, p *Plan, command Command) ([]int, error) {
	groups := len(p.Groups)
	if err := f.Discover(ctx, p, command); err != nil {
		return nil, err
	}
	if len(p.Groups) > groups {
		if err := f.write("plan.json", p); err != nil {
			return nil, err
		}
	}
	return f.Missing(p)
}

// outputName is the file that holds what the command printed, once all is done.
const outputName = "output"

// Finish keeps what the command printed.
func (f Folder) Finish(output []byte) error { return maybe.WriteFile(f.in(outputName), output, 0o666) }

// Finished reports whether the command has been through.
func (f Folder) Finished() (bool, error) {
	_, err := os.Stat(f.in(outputName))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

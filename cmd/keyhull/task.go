package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"
)

// task is one call of keyhull task, which schedulers give: a process that
// computes some cells of a plan.
type task struct {
	env                   *env
	attempt, index, first int
}

func newTaskCommand(e *env) *cobra.Command {
	t := &task{env: e}
	cmd := &cobra.Command{
		Use:     "task DIR",
		Short:   "Compute the cells of one task of a plan, as a scheduler's job",
		Example: "  keyhull task shared/fig1c --attempt 1 --index 0",
		Hidden:  true,
		Args:    wantArgs("DIR"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := t.check(cmd); err != nil {
				return err
			}
			return t.run(cmd.Context(), args[0])
		},
	}
	flags := cmd.Flags()
	flags.IntVar(&t.attempt, "attempt", 0, "of attempt `N`")
	flags.IntVar(&t.index, "index", 0, "task `N`, behind --first; else SLURM_ARRAY_TASK_ID or\nJOB_COMPLETION_INDEX says so")
	flags.IntVar(&t.first, "first", 0, "task `N` of the attempt is the array's first")
	return cmd
}

func (t *task) check(cmd *cobra.Command) error {
	if t.attempt < 1 {
		return usagef("for example --attempt 1", "--attempt %d: want 1 or more", t.attempt)
	}
	if cmd.Flags().Changed("index") {
		return nil
	}
	for _, name := range []string{"SLURM_ARRAY_TASK_ID", "JOB_COMPLETION_INDEX"} {
		if text := os.Getenv(name); text != "" {
			var err error
			if t.index, err = strconv.Atoi(text); err != nil {
				return usagef("give --index N", "%s is %q", name, text)
			}
			return nil
		}
	}
	return usagef("for example --index 0", "--index: which task?")
}

func (t *task) run(ctx context.Context, dir string) error {
	t.env.coresOfTask()
	p, err := t.env.openPlan(dir)
	if err != nil {
		return err
	}
	if err := p.sameProgram(); err != nil {
		return err
	}
	attempts, err := p.folder.Attempts()
	if err != nil {
		return err
	}
	if t.attempt > len(attempts) {
		return failf("keyhull status says which there are", "%s: has no attempt %d", p.folder, t.attempt)
	}
	list, err := attempts[t.attempt-1].Task(p.Plan, t.first+t.index)
	if err != nil {
		return err
	}
	node, _ := os.Hostname()
	fmt.Fprintf(t.env.err, "%s: attempt %d, task %d, %s, on %s\n", time.Now().Format(time.DateTime), t.attempt, t.first+t.index, count(len(list), "cell"), node)
	err = p.folder.Compute(ctx, p.Plan, list, p.command(io.Discard))
	if err != nil && outOfTime(ctx) {
		t.requeue(ctx)
	}
	return err
}

// mostRequeues is how often a task whose time is over has itself run again.
const mostRequeues = 20

// requeue has this job run again, from its checkpoint: its time limit comes
// near, which is no failure.
func (t *task) requeue(ctx context.Context) {
	job := os.Getenv("SLURM_JOB_ID")
	again, _ := strconv.Atoi(os.Getenv("SLURM_RESTART_COUNT"))
	if job == "" || again >= mostRequeues {
		return
	}
	s, err := slurm()
	if err == nil {
		err = s.Requeue(context.WithoutCancel(ctx), job)
	}
	if err != nil {
		fmt.Fprintln(t.env.err, "not requeued:", err) // the next attempt has it again
	}
}

// newCollectCommand makes keyhull collect, which runs behind an attempt.
func newCollectCommand(e *env) *cobra.Command {
	var attempt int
	cmd := &cobra.Command{
		Use:     "collect DIR",
		Short:   "Submit what is missing again, or finish, as a scheduler's job",
		Example: "  keyhull collect shared/fig1c --attempt 1",
		Hidden:  true,
		Args:    wantArgs("DIR"),
		RunE: func(cmd *cobra.Command, args []string) error {
			e.coresOfTask()
			return e.collect(cmd.Context(), args[0], attempt)
		},
	}
	cmd.Flags().IntVar(&attempt, "attempt", 0, "behind attempt `N`")
	return cmd
}

func (e *env) collect(ctx context.Context, dir string, attempt int) error {
	p, err := e.openPlan(dir)
	if err != nil {
		return err
	}
	if err := p.sameProgram(); err != nil {
		return err
	}
	s, err := slurm()
	if err != nil {
		return err
	}
	s.Tries = 10 // the controller may be away for an hour
	complete, did, err := s.Collect(ctx, p.folder, p.Plan, attempt, p.command(io.Discard))
	if err != nil || !complete {
		fmt.Fprint(e.err, did, "\n")
		return err
	}
	return p.finish(ctx)
}

package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"keyhull/sweep"
)

// submitCommand is one call of keyhull submit slurm or kubernetes.
type submitCommand struct {
	env     *env
	options sweep.Options
	dryRun  bool
	pods    sweep.Kubernetes
}

func newSubmitCommand(e *env) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "submit",
		Short:   "Have a command's cells computed by a cluster",
		Example: "  keyhull submit slurm --tasks 20 -- reproduce --only fig1c --out shared/fig1c",
		Args:    wantArgs(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return usagef("for example keyhull submit slurm -- reproduce --out DIR", "submit to what? slurm or kubernetes")
		},
	}
	cmd.AddCommand(newSubmitSlurmCommand(e), newSubmitKubernetesCommand(e))
	return cmd
}

func newSubmitSlurmCommand(e *env) *cobra.Command {
	s := &submitCommand{env: e}
	cmd := &cobra.Command{
		Use:   "slurm [flags] -- COMMAND …",
		Short: "Have a command's cells computed by Slurm",
		Long: `Have the cells of a command computed by job arrays of Slurm, and return at once:
reproduce, heatmap, majority, train, audit. Its --out must be on a disk that all
nodes share, and so must keyhull and what the command reads. A job behind the
arrays submits again what is missing, and at last runs the command, which finds
all cells there; what it prints stands in plan/output then. The results are
those of the same command without submit.

keyhull status DIR says how far it is, and keyhull resume DIR finishes here what
is missing. The same submit again has what is missing computed anew.`,
		Example: "  keyhull submit slurm --sbatch=--time=2:00:00 -- majority --out shared/run",
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.slurm(cmd.Context(), args)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.BoolVar(&s.dryRun, "dry-run", false, "print the scripts, and submit nothing")
	flags.StringArrayVar(&s.options.Sbatch, "sbatch", nil, "an `OPTION` of sbatch, as --sbatch=--partition=long;\nmay be given several times")
	s.register(cmd)
	return cmd
}

// register adds the flags that say how cells are put into tasks.
func (s *submitCommand) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.IntVar(&s.options.Tasks, "tasks", 0, "put the cells into `N` tasks; 0 means one a\ncell, at most 100")
	flags.IntVar(&s.options.PerTask, "cells-per-task", 0, "or `N` cells into a task")
	flags.IntVar(&s.options.AtOnce, "at-once", 0, "run at most `N` tasks at once; 0 means all")
	flags.IntVar(&s.options.Attempts, "attempts", 3, "try a cell `N` times")
}

func (s *submitCommand) check(args []string) error {
	o := s.options
	switch {
	case len(args) == 0:
		return usagef("for example keyhull submit slurm -- reproduce --out DIR", "which command?")
	case o.Tasks < 0 || o.PerTask < 0 || o.AtOnce < 0 || o.Tasks > 0 && o.PerTask > 0:
		return usagef("give one of --tasks and --cells-per-task", "--tasks %d, --cells-per-task %d, --at-once %d: want 0 or more, and one of the first two", o.Tasks, o.PerTask, o.AtOnce)
	case o.Attempts < 1 || o.Attempts > 100:
		return usagef("3 is usual", "--attempts %d: want 1 to 100", o.Attempts)
	}
	for i, option := range o.Sbatch {
		if strings.ContainsAny(option, "\n\r") {
			return usagef("give --sbatch several times", "--sbatch: %q has several lines", option)
		}
		if !strings.HasPrefix(option, "-") {
			o.Sbatch[i] = "--" + option
		}
	}
	return nil
}

func (s *submitCommand) slurm(ctx context.Context, args []string) error {
	if err := s.check(args); err != nil {
		return err
	}
	engine, err := slurm()
	if err == nil && !s.dryRun {
		err = engine.Here()
	}
	if err != nil {
		return err
	}
	p, missing, err := s.plan(ctx, args, func(p *planned) error { return s.idle(ctx, engine, p) })
	if err != nil || len(missing) == 0 {
		return err
	}
	if s.dryRun {
		return s.print(ctx, engine, p, missing)
	}
	a, _, err := p.folder.Next(p.Plan, missing)
	if err != nil {
		return err
	}
	jobs, err := engine.Submit(ctx, p.folder, p.Plan, a)
	if err != nil {
		return failf("give the same command again: what was handed in is found", "attempt %d: %w", a.Number, err)
	}
	return s.submitted(p, a, jobs, len(missing))
}

// idle returns an error where tasks of an earlier attempt may still run. What it
// takes for them to go on it does.
func (s *submitCommand) idle(ctx context.Context, engine sweep.Slurm, p *planned) error {
	attempts, err := p.folder.Attempts()
	if err != nil || len(attempts) == 0 || s.dryRun {
		return err
	}
	last := attempts[len(attempts)-1]
	jobs, err := p.folder.Jobs(last.Number)
	if err != nil {
		return err
	}
	rows, alive, err := engine.Alive(ctx, p.Plan, last, jobs)
	if err != nil || !alive {
		return err
	}
	if _, err := engine.Submit(ctx, p.folder, p.Plan, last); err != nil { // what was not handed in
		return err
	}
	released, err := engine.Release(ctx, rows)
	if err != nil {
		return err
	}
	more := ""
	if released > 0 {
		more = fmt.Sprintf("; %s that Slurm held after a failed launch go on now", count(released, "task"))
	}
	return failf("keyhull status "+quote(string(p.folder))+" says how far it is, and which jobs", "%s: attempt %d still runs%s", p.folder, last.Number, more)
}

// print writes the scripts of the next attempt.
func (s *submitCommand) print(ctx context.Context, engine sweep.Slurm, p *planned, missing []int) error {
	a, ok, err := p.folder.Preview(p.Plan, missing)
	if err != nil || !ok {
		return err
	}
	fmt.Fprintf(s.env.out, "# %s in %s; JOB stands for the id that sbatch prints\n", count(len(missing), "cell"), count(a.Tasks, "task"))
	for _, script := range engine.Scripts(ctx, p.folder, p.Plan, a) {
		fmt.Fprintf(s.env.out, "\n%s", script)
	}
	return nil
}

// submitted says what runs now.
func (s *submitCommand) submitted(p *planned, a sweep.Attempt, jobs sweep.Jobs, missing int) error {
	var ids []string
	for _, array := range jobs.Arrays {
		ids = append(ids, array.ID)
	}
	fmt.Fprintf(s.env.out, "%s in %s: job %s, and job %s collects\nkeyhull status %s says how far it is; scancel %s %s ends it\n",
		count(missing, "cell"), count(a.Tasks, "task"), strings.Join(ids, ", "), jobs.Collectors[0].ID, quote(string(p.folder)), strings.Join(ids, " "), jobs.Collectors[0].ID)
	return nil
}

package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
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
reproduce, heatmap, majority, train. Its --out must be on a disk that all nodes
share, and so must keyhull and what the command reads. A job behind the arrays
submits again what is missing, and at last runs the command, which finds all
cells there; what it prints stands in plan/output then. The results are those of
the same command without submit.

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

// plan makes the plan, or takes up the one that is there, and lists what is
// missing. may says whether the one that is there may be touched. A dry run
// leaves nothing behind.
func (s *submitCommand) plan(ctx context.Context, args []string, may func(*planned) error) (*planned, []int, error) {
	args = slices.Clone(args)
	if args[0] == "keyhull" {
		args = args[1:]
	}
	dir, err := outOf(s.env, args)
	if err != nil {
		return nil, nil, err
	}
	p := &planned{env: s.env, folder: sweep.Folder(dir)}
	if p.Plan, err = s.newPlan(args); err != nil {
		return nil, nil, err
	}
	if err := p.takeUp(may); err != nil {
		return nil, nil, err
	}
	missing, err := s.update(ctx, p)
	if err != nil {
		return nil, nil, err
	}
	if p.Len() == 0 {
		return nil, nil, failf("give the command without submit", "%s: has no cells to be computed", strings.Join(args, " "))
	}
	if len(missing) == 0 {
		fmt.Fprintf(s.env.out, "all %s are there: keyhull resume %s draws and prints\n", count(p.Len(), "cell"), p.folder)
	}
	return p, missing, nil
}

func (s *submitCommand) newPlan(args []string) (*sweep.Plan, error) {
	var name [4]byte
	rand.Read(name[:])
	from, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	sum, err := programSum()
	b := readBuild()
	return &sweep.Plan{Run: hex.EncodeToString(name[:]), Args: args, From: from, Version: b.Version, Program: sum, Kernels: b.CPU, Options: s.options}, err
}

// takeUp goes on with the plan in the folder if it is of the same command and
// program. Another plan is replaced if it is of the same command, or finished.
func (p *planned) takeUp(may func(*planned) error) error {
	old := &planned{env: p.env, folder: p.folder}
	var err error
	if old.Plan, err = p.folder.Plan(); errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	finished, err := p.folder.Finished()
	if err != nil {
		return err
	}
	same := slices.Equal(old.Args, p.Args)
	if !same && !finished {
		return failf("keyhull resume "+quote(string(p.folder))+" finishes it; or give another --out", "%s: holds the plan of another command: %s", p.folder, strings.Join(old.Args, " "))
	}
	missing, err := old.folder.Missing(old.Plan)
	if err == nil && len(missing) > 0 { // else whatever still runs does nothing
		err = may(old)
	}
	if err != nil {
		return err
	}
	p.replace = !same || old.Program != p.Program || old.Kernels != p.Kernels
	if p.replace {
		return nil
	}
	old.Options, old.From = p.Options, p.From
	p.Plan = old.Plan
	tried, err := p.folder.Tried(p.Plan)
	p.Options.Attempts += tried
	return err
}

// update fills the plan and writes it.
func (s *submitCommand) update(ctx context.Context, p *planned) ([]int, error) {
	if s.dryRun {
		return s.rehearse(ctx, p)
	}
	if p.replace {
		if err := os.RemoveAll(filepath.Join(string(p.folder), "plan")); err != nil {
			return nil, err
		}
	}
	missing, err := p.folder.Update(ctx, p.Plan, p.command(io.Discard))
	if err == nil && p.Len() > 0 {
		err = p.folder.Write(p.Plan)
	}
	return missing, err
}

// rehearse fills the plan in a folder that is removed again, unless there is one
// already.
func (s *submitCommand) rehearse(ctx context.Context, p *planned) ([]int, error) {
	there := p.folder
	if _, err := os.Stat(string(there)); errors.Is(err, fs.ErrNotExist) {
		temporary, err := os.MkdirTemp("", "keyhull-plan-")
		if err != nil {
			return nil, err
		}
		defer os.RemoveAll(temporary)
		p.folder = sweep.Folder(temporary)
	}
	err := p.folder.Discover(ctx, p.Plan, p.command(io.Discard))
	p.folder = there
	if err != nil {
		return nil, err
	}
	return there.Missing(p.Plan)
}

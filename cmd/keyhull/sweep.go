package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"keyhull/internal/vec"
	cells "keyhull/run"
	"keyhull/sweep"
)

// swept are the commands that are cut into cells.
var swept = []string{"keyhull reproduce", "keyhull heatmap", "keyhull majority", "keyhull train gpt2", "keyhull train bert", "keyhull audit"}

// computed is the end of a command's work, after which it draws and prints; it
// does not where cells are computed elsewhere.
func (e *env) computed(err error) error {
	if err == nil && e.sweep != nil {
		return cells.ErrIncomplete
	}
	return err
}

// inner runs another command line as a part of this command.
func (e *env) inner(ctx context.Context, args []string, s cells.Sweep, out io.Writer) error {
	in := &env{in: e.in, out: newOutput(out), err: e.err, sweep: s, workers: e.workers}
	root := newRootCommand(in)
	root.SetArgs(args)
	return cmp.Or(root.ExecuteContext(ctx), in.out.Flush())
}

// planned is a plan with its folder, in a process that works at it.
type planned struct {
	env    *env
	folder sweep.Folder
	*sweep.Plan
	replace bool // the plan that is in the folder
}

// openPlan reads the plan in a folder, and goes to where its command was given.
func (e *env) openPlan(dir string) (*planned, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	p := &planned{env: e, folder: sweep.Folder(dir)}
	p.Plan, err = p.folder.Plan()
	if errors.Is(err, fs.ErrNotExist) {
		return nil, failf("give the command that filled it again: it goes on; keyhull submit makes a plan", "%s: has no plan", dir)
	}
	if err == nil && os.Chdir(p.From) != nil {
		err = failf("it must be there on every machine", "%s: was submitted from %s, which cannot be entered here", dir, p.From)
	}
	return p, err
}

// command runs the plan's command, in the plan's folder even if that was moved.
func (p *planned) command(out io.Writer) sweep.Command {
	return func(ctx context.Context, s cells.Sweep) error {
		args := p.Args
		if dir, err := outOf(p.env, args); err != nil || dir != string(p.folder) {
			args = append(slices.Clone(args), "--out", string(p.folder))
		}
		return p.env.inner(ctx, args, s, out)
	}
}

// finish runs the command as it always is, keeps what it prints, and prints it.
func (p *planned) finish(ctx context.Context) error {
	var printed bytes.Buffer
	if err := p.command(&printed)(ctx, nil); err != nil {
		return err
	}
	if err := p.folder.Finish(printed.Bytes()); err != nil {
		return err
	}
	_, err := p.env.out.Write(printed.Bytes())
	return err
}

// outOf returns the folder that a command line names with --out.
func outOf(e *env, args []string) (string, error) {
	cmd, rest, err := newRootCommand(&env{in: e.in, out: newOutput(io.Discard), err: io.Discard}).Find(args)
	if err != nil {
		return "", err
	}
	if !slices.Contains(swept, cmd.CommandPath()) || slices.Contains(args, "--") {
		return "", usagef("for example keyhull submit slurm -- reproduce --out DIR", "%s: is not cut into cells; %s are", strings.Join(args, " "), strings.ReplaceAll(strings.Join(swept, ", "), "keyhull ", ""))
	}
	if err := cmd.ParseFlags(rest); err != nil {
		return "", cmd.FlagErrorFunc()(cmd, err)
	}
	out := cmd.Flag("out").Value.String()
	if out == "" {
		return "", usagef("give --out DIR, on a disk that all machines share", "%s: keeps nothing without --out", strings.Join(args, " "))
	}
	return filepath.Abs(out)
}

// sameProgram makes sure that this program computes what the plan's does.
func (p *planned) sameProgram() error {
	sum, err := programSum()
	if err != nil {
		return err
	}
	if sum != p.Program {
		return failf("submit again, so that one program computes all", "%s: was planned by another keyhull, %s; this one is %s", p.folder, p.Version, readBuild().Version)
	}
	if level := vec.Level(); level != p.Kernels {
		return failf("submit into another folder, from the least of the machines or with KEYHULL_CPU="+level,
			"%s: was planned with %s kernels; this machine has %s, which round differently", p.folder, p.Kernels, level)
	}
	return nil
}

func programSum() (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", err
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	_, err = io.Copy(h, f)
	return hex.EncodeToString(h.Sum(nil)), err
}

// coresOfTask has a task use the cores that its scheduler gives it, not all of
// the machine's.
func (e *env) coresOfTask() {
	if n, err := strconv.Atoi(os.Getenv("SLURM_CPUS_ON_NODE")); err == nil && n > 0 {
		e.workers = n
		runtime.GOMAXPROCS(n)
	}
}

func slurm() (sweep.Slurm, error) {
	program, err := os.Executable()
	return sweep.Slurm{Program: program}, err
}

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

	"keyhull/sweep"
)

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

package main

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
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

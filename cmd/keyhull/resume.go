package main

import (
	"context"

	"github.com/spf13/cobra"
)

func newResumeCommand(e *env) *cobra.Command {
	var workers int
	cmd := &cobra.Command{
		Use:   "resume DIR",
		Short: "Finish here what was submitted to a cluster",
		Long: `Run the command whose cells were submitted, with its results in DIR: the cells
that are there are taken, those that are missing are computed here, and then it
draws and prints. No scheduler is needed; tasks that still run do no harm.

A command that was never submitted goes on when it is given again.`,
		Example: "  keyhull resume shared/fig1c",
		Args:    wantArgs("DIR"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if workers < 0 {
				return usagef("0 means all cores", "--workers %d: want 0 or more", workers)
			}
			e.workers = workers
			return e.resume(cmd.Context(), args[0])
		},
	}
	cmd.Flags().IntVar(&workers, "workers", 0, "use `N` cores; 0 means all")
	return cmd
}

func (e *env) resume(ctx context.Context, dir string) error {
	p, err := e.openPlan(dir)
	if err != nil {
		return err
	}
	if err := p.sameProgram(); err != nil {
		return err
	}
	return p.finish(ctx)
}

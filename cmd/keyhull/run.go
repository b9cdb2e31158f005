package main

import (
	"context"
	"io"
	"strings"

	"github.com/spf13/cobra"

	cells "keyhull/run"
)

// commands makes the subcommands, in the order of the help text.
func commands() []func(*env) *cobra.Command {
	return []func(*env) *cobra.Command{
		newReproduceCommand,
		newReportCommand,
		newDecideCommand,
		newVerifyCommand,
		newAuditCommand,
		newVocabCommand,
		newHeatmapCommand,
		newMajorityCommand,
		newTrainCommand,
		newServeCommand,
		newSubmitCommand,
		newStatusCommand,
		newResumeCommand,
		newTaskCommand,
		newCollectCommand,
		newVersionCommand,
		newCompletionCommand,
	}
}

// env is where a command reads and writes: the result goes to out, progress
// and failures to err.
type env struct {
	in  io.Reader
	out *output
	err io.Writer

	sweep   cells.Sweep // nil where a command computes all of its cells
	workers int         // instead of --workers, unless it is 0
}

// run executes one command line and returns the exit code: 0 done, 1 failed,
// 2 wrong usage, 128 + N ended by signal N, so 130 for Ctrl-C.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	e := &env{in: stdin, out: newOutput(stdout), err: stderr}
	root := newRootCommand(e)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if flushed := e.out.Flush(); err == nil {
		err = flushed
	}
	return e.exit(ctx, err)
}

func newRootCommand(e *env) *cobra.Command {
	root := &cobra.Command{
		Use:   "keyhull",
		Short: "Which attention keys can never receive the highest attention, with proof",
		Long: `keyhull decides which attention keys can never receive the highest attention.

A query q scores key k by q·k. Some query gives a key the highest score exactly
when the key is a vertex of the convex hull of all keys. keyhull says for every
key whether it is one, proves each answer, and says how far it is from the
border.`,
		Example:               "  keyhull decide keys.npy",
		DisableFlagsInUseLine: true,
		SilenceErrors:         true,
		SilenceUsage:          true,
		CompletionOptions:     cobra.CompletionOptions{DisableDefaultCmd: true},
		Args:                  knownCommand,
		RunE:                  needCommand,
	}
	root.SuggestionsMinimumDistance = 2
	root.SetIn(e.in)
	root.SetOut(e.out)
	root.SetErr(e.err)
	root.SetFlagErrorFunc(flagError)
	for _, newCommand := range commands() {
		root.AddCommand(newCommand(e))
	}
	return root
}

func knownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := "see keyhull help"
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		hint = "did you mean " + strings.Join(near, " or ") + "?"
	}
	return usagef(hint, "unknown command %q", args[0])
}

func needCommand(cmd *cobra.Command, _ []string) error {
	return usagef("see keyhull help", "no command given")
}

func flagError(cmd *cobra.Command, err error) error {
	return usagef("see "+cmd.CommandPath()+" --help", "%w", err)
}

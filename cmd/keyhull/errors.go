package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"github.com/spf13/cobra"

	"keyhull/weights"
)

// failure is an error with what to try. Usage failures exit with 2.
type failure struct {
	err   error
	hint  string // may be empty
	usage bool
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// failf returns a failure: one line of what and where, and a hint (or "").
func failf(hint, format string, args ...any) error {
	return &failure{err: fmt.Errorf(format, args...), hint: hint}
}

// usagef is failf for a wrong command line.
func usagef(hint, format string, args ...any) error {
	return &failure{err: fmt.Errorf(format, args...), hint: hint, usage: true}
}

// errFailed ends a command with exit code 1 when it has said why itself.
var errFailed = errors.New("failed")

// exit reports err on standard error and returns the exit code.
func (e *env) exit(ctx context.Context, err error) int {
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errFailed), errors.Is(err, syscall.EPIPE):
		return 1
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		fmt.Fprintln(e.err, "interrupted")
		return exitCode(ctx)
	}
	fmt.Fprintln(e.err, "error:", err)
	if hint := hintOf(err); hint != "" {
		fmt.Fprintln(e.err, "hint:", hint)
	}
	var f *failure
	if errors.As(err, &f) && f.usage {
		return 2
	}
	return 1
}

// hintOf says what to try about err, as far as it is known.
func hintOf(err error) string {
	var f *failure
	if errors.As(err, &f) && f.hint != "" {
		return f.hint
	}
	var w *weights.Error
	if errors.As(err, &w) && w.Hint != "" {
		return w.Hint
	}
	return systemHint(err)
}

func systemHint(err error) string {
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return "the disk is full: free some space or write elsewhere"
	case errors.Is(err, syscall.EFBIG):
		return "no file may be that large here: see ulimit -f, or write elsewhere"
	case errors.Is(err, syscall.ENOTDIR):
		return "a file stands where a folder is needed: give another path"
	case errors.Is(err, syscall.EISDIR):
		return "give the name of a file"
	case errors.Is(err, syscall.EROFS), errors.Is(err, fs.ErrPermission):
		return "choose a path that you have access to"
	case errors.Is(err, fs.ErrNotExist):
		return "check the path"
	}
	return ""
}

// wantArgs returns a check that a command gets the arguments named, in order.
func wantArgs(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		hint := "usage: " + cmd.UseLine()
		if len(args) < len(names) {
			return usagef(hint, "%s: %s is missing", cmd.Name(), names[len(args)])
		}
		if len(args) > len(names) {
			return usagef(hint, "%s: unexpected argument %q", cmd.Name(), args[len(names)])
		}
		return nil
	}
}

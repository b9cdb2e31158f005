package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// signalled is why a context was cancelled.
type signalled struct{ os.Signal }

func (s signalled) Error() string { return fmt.Sprintf("interrupted by signal %v", s.Signal) }

// interruptible returns a context that Ctrl-C ends, and each signal by which a
// scheduler tells a process to leave. What trains keeps a checkpoint then. A
// second Ctrl-C kills at once; a scheduler's signals may come several times.
func interruptible() context.Context {
	ctx, cancel := context.WithCancelCause(context.Background())
	told := make(chan os.Signal, 1)
	signal.Notify(told, append(leave, os.Interrupt)...)
	go func() {
		s := <-told
		signal.Reset(os.Interrupt)
		cancel(signalled{s})
	}()
	return ctx
}

// exitCode is that of a process that a signal has ended: 130 for Ctrl-C, 143 for
// SIGTERM.
func exitCode(ctx context.Context) int {
	var s signalled
	if !errors.As(context.Cause(ctx), &s) {
		return 130
	}
	if n, ok := s.Signal.(syscall.Signal); ok {
		return 128 + int(n)
	}
	return 130
}

//go:build unix

package main

import (
	"context"
	"errors"
	"os"
	"syscall"
)

var leave = []os.Signal{syscall.SIGTERM, syscall.SIGUSR1}

// outOfTime reports whether SIGUSR1 has ended a context: that the time limit
// comes near.
func outOfTime(ctx context.Context) bool {
	var s signalled
	return errors.As(context.Cause(ctx), &s) && s.Signal == syscall.SIGUSR1
}

package main

import (
	"context"
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"keyhull/serve"
)

func newServeCommand(e *env) *cobra.Command {
	opt := serve.Options{Version: readBuild().Version}
	cmd := &cobra.Command{
		Use:   "serve [DIR]",
		Short: "Show the runs in a folder as a live page, and decide keys sent to it",
		Long: `Show the runs in DIR, or in the folder where you are, as a live page: which
there are, how far each is, its curves as it trains, several in one chart, and
the finished reports. The page also decides keys from a file that you drop on
it. Programs use the same API, which /api/v1/openapi.json describes.

The address is printed. It is this machine's own unless --addr says otherwise;
then, or with --token, visitors must show a token, which is part of the address.
Ctrl-C ends it. DIR is only read.`,
		Example: "  keyhull serve runs --addr 127.0.0.1:8080",
		Args:    atMostOne("DIR"),
		RunE: func(cmd *cobra.Command, args []string) error {
			opt.Dir = "."
			if len(args) > 0 {
				opt.Dir = args[0]
			}
			return e.serve(cmd.Context(), opt)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&opt.Addr, "addr", "127.0.0.1:0", "listen at `HOST:PORT`; port 0 is any\nfree one")
	flags.StringVar(&opt.Token, "token", "", "visitors must show this `TOKEN`; beyond this machine\na random one is made if none is given")
	return cmd
}

const restingHeap = 32 << 20

func (e *env) serve(ctx context.Context, opt serve.Options) error {
	server, err := serve.Listen(opt)
	if err != nil {
		return err
	}
	fmt.Fprintln(e.out, server.URL())
	if err := e.out.Flush(); err != nil {
		return err
	}
	// A server at rest holds a few MiB, so that a decision, which takes 2, would
	// have the garbage collected time and again. These bytes, which nobody
	// touches and the system need not have, set the least heap.
	rest := make([]byte, restingHeap)
	defer runtime.KeepAlive(rest)
	return server.Serve(ctx)
}

// atMostOne is a check that a command gets one argument or none.
func atMostOne(name string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > 1 {
			return usagef("usage: "+cmd.UseLine(), "%s: unexpected argument %q after %s", cmd.Name(), args[1], name)
		}
		return nil
	}
}

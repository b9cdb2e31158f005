package main

import (
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"keyhull/report"
)

func newReportCommand(e *env) *cobra.Command {
	out := ""
	cmd := &cobra.Command{
		Use:   "report DIR",
		Short: "Write the page of a finished reproduction again, for example after an upgrade",
		Long: `Write the page of a folder that keyhull reproduce has filled, from the results,
figures and tables that are in it, and print the claims. Nothing is computed
again.

The page is one file with everything in it. It opens from disk and can be sent
around alone.`,
		Example: "  keyhull report keyhull-out --out report.html",
		Args:    wantArgs("DIR"),
		RunE: func(cmd *cobra.Command, args []string) error {
			file := out
			if file == "" {
				file = filepath.Join(args[0], "index.html")
			}
			return e.writeReport(args[0], file)
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "write the page to `FILE` instead of DIR/index.html")
	return cmd
}

// writeReport writes the page of a finished folder and prints the report.
func (e *env) writeReport(dir, file string) error {
	view, err := report.Open(dir)
	if err != nil {
		return failf("give a folder that keyhull reproduce has written", "%w", err)
	}
	if err := replaceFile(file, view.WriteHTML); err != nil {
		return err
	}
	if err := view.WriteText(e.out); err != nil {
		return err
	}
	fmt.Fprintln(e.out, file)
	return nil
}

package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"keyhull/internal/vec"
)

// build says which keyhull this is and what it runs on.
type build struct {
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"` // of git
	Modified bool   `json:"modified,omitempty"` // built from changed files
	Go       string `json:"go"`
	OS       string `json:"os"`
	Arch     string `json:"arch"`
	CPU      string `json:"cpu"` // level of the kernels in use
}

func readBuild() build {
	b := build{
		Version: "unknown", Go: runtime.Version(),
		OS: runtime.GOOS, Arch: runtime.GOARCH, CPU: vec.Level(),
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	b.Version = cmp.Or(info.Main.Version, "(devel)")
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Revision = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	return b
}

func (b build) String() string {
	text := "keyhull " + b.Version
	if b.Revision != "" {
		text += "\nrevision " + b.Revision
		if b.Modified {
			text += " (with changes)"
		}
	}
	return fmt.Sprintf("%s\n%s %s/%s\nkernels %s", text, b.Go, b.OS, b.Arch, b.CPU)
}

func newVersionCommand(e *env) *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:     "version",
		Short:   "Print version, revision, Go version and kernels in use",
		Example: "  keyhull version --format json",
		Args:    wantArgs(),
		RunE: func(*cobra.Command, []string) error {
			b := readBuild()
			if format == "text" {
				fmt.Fprintln(e.out, b)
				return nil
			}
			enc := json.NewEncoder(e.out)
			enc.SetIndent("", "  ")
			return enc.Encode(b)
		},
	}
	choiceFlag(cmd, &format, "format", "text", "text, json", "text, json")
	return cmd
}

package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/term"
)

// output is standard output: buffered, and with colours on a terminal only.
type output struct {
	*bufio.Writer
	colour bool
}

func newOutput(w io.Writer) *output {
	return &output{Writer: bufio.NewWriter(named{w}), colour: isTerminal(w) && wantsColour()}
}

// named says in errors that it is standard output that could not be written.
type named struct{ io.Writer }

func (n named) Write(p []byte) (int, error) {
	count, err := n.Writer.Write(p)
	if err != nil {
		err = fmt.Errorf("standard output: %w", cause(err))
	}
	return count, err
}

// cause strips the operation and paths that package os puts before an error.
func cause(err error) error {
	var path *os.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return path.Err
	case errors.As(err, &link):
		return link.Err
	}
	return err
}

// wantsColour follows https://no-color.org and leaves dumb terminals alone.
func wantsColour() bool {
	return os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

func isTerminal(w any) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// The styles of ANSI terminals that are used.
const (
	bold   = "1"
	faint  = "2"
	red    = "31"
	green  = "32"
	yellow = "33"
)

// style returns text in the style given, plain where there are no colours.
func (o *output) style(code, text string) string {
	if !o.colour || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

package weights

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// Error is a failure in a user's file: one line that says what and where, and
// one that says what to try.
type Error struct {
	Msg  string
	Hint string // may be empty
	Err  error  // cause, may be nil
}

// Error returns the first line, without the hint.
func (e *Error) Error() string { return e.Msg }

// Unwrap returns the cause, for errors.Is(err, fs.ErrNotExist) and the like.
func (e *Error) Unwrap() error { return e.Err }

func failf(hint, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{Msg: err.Error(), Hint: hint, Err: errors.Unwrap(err)}
}

// located puts the place, fit for a line, before the message of err, and makes
// an *Error of it.
func located(place string, err error) *Error {
	var e *Error
	if !errors.As(err, &e) {
		e = &Error{Msg: err.Error(), Err: err}
	}
	return &Error{Msg: place + ": " + e.Msg, Hint: e.Hint, Err: e.Err}
}

// shown returns a name fit for one line of text: quoted if it is empty or has
// unusual characters, cut if it is very long.
func shown(name string) string {
	const most = 120
	odd := func(r rune) bool {
		return !unicode.IsPrint(r) || unicode.IsSpace(r) || strings.ContainsRune("\"'`,;", r) || r == unicode.ReplacementChar
	}
	cut := ""
	if len(name) > most {
		name, cut = name[:most], "…"
	}
	if name == "" || strings.ContainsFunc(name, odd) {
		name = strconv.Quote(name)
	}
	return name + cut
}

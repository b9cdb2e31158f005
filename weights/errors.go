package weights

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

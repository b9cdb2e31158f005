package text

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"unicode/utf8"

	"keyhull/weights"
)

// most is how many bytes of text a file may hold, unpacked.
const most = 1 << 30

// openText opens a file of UTF-8 text, plain or gzip, told by its first bytes.
// Reading fails, with an error of type [*weights.Error], on what is damaged, no
// UTF-8, or longer than most.
func openText(path string) (io.ReadCloser, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fileError(path, err)
	}
	t := &textFile{path: path, file: f, from: bufio.NewReaderSize(f, 1<<16), line: 1}
	if head, _ := t.from.(*bufio.Reader).Peek(2); bytes.Equal(head, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(t.from)
		if err != nil {
			f.Close()
			return nil, fileError(path, err)
		}
		t.from = z
	}
	return t, nil
}

// textFile checks what is read from a file.
type textFile struct {
	path string
	file *os.File
	from io.Reader
	read int64
	line int    // of the next byte
	part []byte // of a character that the last read cut
}

func (t *textFile) Close() error { return t.file.Close() }

func (t *textFile) Read(p []byte) (int, error) {
	n, err := t.from.Read(p)
	t.read += int64(n)
	if t.read > most {
		return 0, &weights.Error{Msg: fmt.Sprintf("%s: more than %d MiB of text", t.path, most>>20), Hint: "split it into several files"}
	}
	if err != nil && err != io.EOF {
		return n, fileError(t.path, err)
	}
	return n, t.check(p[:n], err)
}

// check returns end unless what was read is no UTF-8.
func (t *textFile) check(read []byte, end error) error {
	b := append(t.part, read...)
	for len(b) > 0 {
		r, size := utf8.DecodeRune(b)
		if r == utf8.RuneError && size == 1 {
			if end == nil && !utf8.FullRune(b) {
				break
			}
			return &weights.Error{Msg: fmt.Sprintf("%s: line %d is no UTF-8", t.path, t.line), Hint: "convert the file, for example with iconv"}
		}
		if r == '\n' {
			t.line++
		}
		b = b[size:]
	}
	t.part = append(t.part[:0], b...)
	return end
}

// readText returns a whole file that openText opens, without a byte order mark.
func readText(path string) ([]byte, error) {
	r, err := openText(path)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	text, err := io.ReadAll(r)
	return bytes.TrimPrefix(text, []byte("\ufeff")), err
}

// mostTokens is how many bytes a file of a tokenizer may have; those of large
// vocabularies have 30 MiB.
const mostTokens = 256 << 20

// readSmall returns a whole file of a tokenizer, as it is.
func readSmall(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fileError(path, err)
	}
	if !info.Mode().IsRegular() || info.Size() > mostTokens {
		return nil, failf(tokenizerHint, "%s: no file, or more than %d MiB", path, mostTokens>>20)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fileError(path, err)
	}
	return raw, nil
}

// readSmallText returns a whole file of a tokenizer, without a byte order mark.
func readSmallText(path string) ([]byte, error) {
	raw, err := readSmall(path)
	if err != nil {
		return nil, err
	}
	if !utf8.Valid(raw) {
		return nil, failf(tokenizerHint, "%s: no UTF-8", path)
	}
	return bytes.TrimPrefix(raw, []byte("\ufeff")), nil
}

// located puts a file's name before the message of err.
func located(path string, err error) error {
	var e *weights.Error
	if !errors.As(err, &e) {
		e = &weights.Error{Msg: cutShort(err.Error()), Hint: tokenizerHint, Err: err}
	}
	return &weights.Error{Msg: path + ": " + e.Msg, Hint: e.Hint, Err: e.Err}
}

// failf returns an error of one line, and what to try.
func failf(hint, format string, args ...any) error {
	return &weights.Error{Msg: fmt.Sprintf(format, args...), Hint: hint}
}

// shown returns a part of a file fit for one line of text: quoted, and cut if
// it is very long.
func shown(part string) string {
	const longest = 120
	if len(part) > longest {
		return strconv.Quote(part[:longest]) + "…"
	}
	return strconv.Quote(part)
}

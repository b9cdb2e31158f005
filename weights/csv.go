package weights

import (
	"bufio"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
)

// lineMost bounds a line of text: a row of some 3 million numbers.
const lineMost = 64 << 20

// readCSV goes through the text once to check it and to count, and leaves the
// numbers to a second pass into a slice of the right length.
//
// The text is UTF-8. Its first line decides what separates cells: semicolon,
// tab or comma, the first of these that it has, else blanks; and it is a
// header, left out, if no cell in it is a number or begins like one. Empty lines, and what
// follows a '#', are left out. Cells may stand in double quotes. Numbers are
// written as in Go, Python or C (1, -2.5, 1e-3, 0x1p-4, nan, inf), with a
// point, and become the nearest float64.
func readCSV(src source) ([]tensor, error) {
	rows, cols, err := scanCSV(src, func([]float64) error { return nil })
	if err != nil {
		return nil, err
	}
	if rows == 0 {
		return nil, failf("one row of numbers a key is needed", "is empty: it has no line of numbers")
	}
	parse := func(dst []float64) error {
		at := 0
		_, _, err := scanCSV(src, func(row []float64) error {
			if len(row) > len(dst)-at {
				return failf("", "changed while it was read")
			}
			at += copy(dst[at:], row)
			return nil
		})
		if err == nil && at != len(dst) {
			err = failf("", "changed while it was read")
		}
		return err
	}
	return []tensor{{Info: Info{DType: Float64, Shape: []int{rows, cols}}, parse: parse}}, nil
}

// table is the state of one pass.
type table struct {
	line      int  // of the file, from 1
	first     int  // the first line that is no comment, 0 before it
	separator byte // ' ' for any blanks
	rows      int
	row       []float64
	cells     []string
}

// scanCSV calls each with every row of numbers, in a slice that it uses again.
func scanCSV(src source, each func(row []float64) error) (rows, cols int, err error) {
	lines := bufio.NewScanner(io.NewSectionReader(src, 0, src.size))
	lines.Buffer(make([]byte, min(chunk, src.size+1)), lineMost)
	var t table
	for lines.Scan() {
		t.line++
		isRow, err := t.read(lines.Text())
		if err == nil && isRow {
			t.rows++
			err = each(t.row)
		}
		if err != nil {
			return 0, 0, err
		}
	}
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return 0, 0, failf("write one key a line", "line %d is longer than %s", t.line+1, bytesText(lineMost))
	} else if err != nil {
		return 0, 0, readError(err)
	}
	return t.rows, len(t.row), nil
}

// read takes one line, and reports whether t.row now holds its numbers.
func (t *table) read(line string) (bool, error) {
	if t.line == 1 {
		if strings.HasPrefix(line, "\xff\xfe") || strings.HasPrefix(line, "\xfe\xff") {
			return false, failf("save it as UTF-8", "is text in UTF-16")
		}
		line = strings.TrimPrefix(line, "\ufeff")
	}
	line, ok := uncommented(line)
	if !ok {
		return false, failf("close it, or remove the quotes", "line %d: a quote is not closed", t.line)
	}
	if strings.TrimSpace(line) == "" {
		return false, nil
	}
	header := t.first == 0
	if header {
		t.first = t.line
		t.separator = separatorOf(line)
	}
	before := len(t.cells)
	t.cells = split(t.cells[:0], line, t.separator)
	if header && !slices.ContainsFunc(t.cells, numeric) {
		return false, nil
	}
	if !header && len(t.cells) != before {
		return false, failf("give every row the same number of columns",
			"line %d has %s, line %d has %d", t.line, columns(len(t.cells)), t.first, before)
	}
	return true, t.numbers()
}

func columns(n int) string { return strconv.Itoa(n) + " column" + plural(n) }

// numeric reports whether cell is meant as a number, well written or not.
func numeric(cell string) bool {
	_, err := strconv.ParseFloat(cell, 64)
	return err == nil || cell != "" && strings.IndexByte("0123456789+-.", cell[0]) >= 0
}

func (t *table) numbers() error {
	t.row = t.row[:0]
	for i, cell := range t.cells {
		v, err := strconv.ParseFloat(cell, 64)
		switch {
		case errors.Is(err, strconv.ErrRange):
			return failf("scale the values", "line %d, column %d: %s is too large for float64", t.line, i+1, shown(cell))
		case err != nil && cell == "":
			return failf("write a number in every column, without row or column names (pandas: index=False, header=False)", "line %d, column %d: the cell is empty", t.line, i+1)
		case err != nil:
			return failf("write numbers only, with a decimal point; a header is one first line without numbers",
				"line %d, column %d: %s is not a number", t.line, i+1, strconv.Quote(shorten(cell)))
		}
		t.row = append(t.row, v)
	}
	return nil
}

func shorten(cell string) string {
	if len(cell) > 60 {
		return cell[:60] + "…"
	}
	return cell
}

// uncommented cuts line at the first '#' that is not in quotes, and reports
// whether all quotes in it are closed.
func uncommented(line string) (string, bool) {
	if strings.IndexByte(line, '"') < 0 {
		line, _, _ = strings.Cut(line, "#")
		return line, true
	}
	quoted := false
	for i := range len(line) {
		switch {
		case line[i] == '"':
			quoted = !quoted
		case line[i] == '#' && !quoted:
			return line[:i], true
		}
	}
	return line, !quoted
}

func separatorOf(line string) byte {
	outside := strings.Builder{}
	for i, part := range strings.Split(line, `"`) {
		if i%2 == 0 {
			outside.WriteString(part)
		}
	}
	text := strings.TrimSpace(outside.String())
	for _, c := range []byte(";\t,") {
		if strings.IndexByte(text, c) >= 0 {
			return c
		}
	}
	return ' '
}

// split appends the cells of line, without blanks and quotes around them.
func split(cells []string, line string, separator byte) []string {
	isEnd := func(c byte) bool { return c == separator || separator == ' ' && (c == '\t' || c == '\r') }
	start, quoted := 0, false
	for i := 0; i <= len(line); i++ {
		if i < len(line) && (quoted || !isEnd(line[i])) {
			quoted = quoted != (line[i] == '"')
			continue
		}
		cell := strings.TrimSpace(line[start:i])
		start = i + 1
		if cell == "" && separator == ' ' {
			continue
		}
		if len(cell) >= 2 && cell[0] == '"' && cell[len(cell)-1] == '"' {
			cell = strings.TrimSpace(cell[1 : len(cell)-1])
		}
		cells = append(cells, cell)
	}
	return cells
}

func plural(n int) string {
	if n == 1 {
		return ""
	}
	return "s"
}

package serve

import (
	"bytes"
	"encoding/json"
	"io"
	"strconv"

	"keyhull/run"
)

// chunk is how much of a metrics file is read at once.
const chunk = 256 << 10

// read returns the whole lines of a seed between two offsets, as JSON objects
// with commas between, at most a chunk, and where they end. cut reports
// that the offset is no line's start: the file was cut back, and the client
// must begin anew. A line that cannot be read ends what there is.
func (s *Server) read(p run.Place, seed uint64, from, to int64) (rows []byte, end int64, cut bool, err error) {
	f, info, err := s.openRegular(p.Metrics(seed))
	if err != nil {
		s.good.Delete(p.Metrics(seed))
		return nil, from, from > 0, err
	}
	defer f.Close()
	if to = min(to, info.Size()); to < from {
		return nil, from, true, nil
	}
	if from > 0 {
		var before [1]byte
		if _, err := f.ReadAt(before[:], from-1); err != nil || before[0] != '\n' {
			return nil, from, true, nil
		}
	}
	text := make([]byte, min(chunk, to-from))
	n, err := f.ReadAt(text, from)
	if err != nil && err != io.EOF {
		return nil, from, false, err
	}
	text = s.whole(p.Metrics(seed), text[:n], from)
	end = from + int64(len(text))
	text = bytes.ReplaceAll(text, []byte("\r"), nil) // which ends a line of an event
	return bytes.ReplaceAll(bytes.TrimSuffix(text, []byte("\n")), []byte("\n"), []byte(",")), end, false, nil
}

// whole returns the whole lines that text begins with, as far as they can be
// read. How far each file was found good is kept, so that its lines are parsed
// once however many look at them; after that a glance is enough, which finds that
// the file was cut back and has something else there now.
func (s *Server) whole(name string, text []byte, from int64) []byte {
	good, _ := s.good.Load(name)
	whole := text[:bytes.LastIndexByte(text, '\n')+1]
	if until, ok := good.(int64); ok && from+int64(len(text)) <= until && objects(whole) {
		return whole
	}
	_, end, err := run.ParseRows(text)
	if err != nil {
		return readable(text)
	}
	s.good.Store(name, from+int64(end))
	return text[:end]
}

// objects reports whether each line is a JSON object.
func objects(text []byte) bool {
	for line := range bytes.Lines(text) {
		if line[0] != '{' || !json.Valid(line) {
			return false
		}
	}
	return true
}

// readable returns the lines before the first that cannot be read.
func readable(text []byte) []byte {
	good := 0
	for line := range bytes.Lines(text) {
		if _, whole, err := run.ParseRows(text[:good+len(line)]); err != nil || whole < good+len(line) {
			break
		}
		good += len(line)
	}
	return text[:good]
}

// wholeLines is where the last whole line of the first size bytes ends.
func (s *Server) wholeLines(p run.Place, seed uint64, size int64) int64 {
	f, _, err := s.openRegular(p.Metrics(seed))
	if err != nil {
		return 0
	}
	defer f.Close()
	from := max(0, size-tailMost)
	text := make([]byte, size-from)
	n, _ := f.ReadAt(text, from)
	if last := bytes.LastIndexByte(text[:n], '\n'); last >= 0 {
		return from + int64(last) + 1
	}
	return 0
}

// rowsOf is the JSON of a seed's rows.
func rowsOf(seed uint64, rows []byte) []byte {
	b := append(strconv.AppendUint([]byte(`{"seed":`), seed, 10), `,"rows":[`...)
	return append(append(b, rows...), "]}"...)
}

// resetOf is the JSON of a seed whose rows a client must forget.
func resetOf(seed uint64) []byte {
	return append(strconv.AppendUint([]byte(`{"seed":`), seed, 10), '}')
}

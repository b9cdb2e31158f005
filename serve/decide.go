package serve

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"keyhull/decide"
	"keyhull/weights"
)

// decide answers with verdicts and proofs: what `keyhull decide --format json`
// prints.
func (s *Server) decide(w http.ResponseWriter, r *http.Request) {
	isJSON := strings.HasPrefix(r.Header.Get("Content-Type"), "application/json")
	most := int64(bodyMost)
	if isJSON {
		most = jsonMost
	}
	body, free, err := s.bodies.read(w, r, most)
	defer free()
	if err != nil {
		badBody(w, err, most)
		return
	}
	to := http.NewResponseController(w)
	to.SetReadDeadline(time.Time{}) // all is read; a decision may wait
	text := texts.Get().(*bytes.Buffer)
	err = s.answer(r.Context(), text, r.URL.Query(), body, isJSON)
	answer := text.Bytes()
	to.SetWriteDeadline(time.Now().Add(answerTime + time.Second*time.Duration(len(answer)/answerRate)))
	switch {
	case err == nil:
		s.deliver(w, answer)
		keep(text)
	case errors.Is(err, errBusy):
		busy(w, 2, err.Error())
	case errors.Is(err, context.DeadlineExceeded):
		refuse(w, http.StatusUnprocessableEntity, "keyhull decide on the command line has no limit", "not decided within %v", decideTime)
	default:
		fail(w, err)
	}
}

// texts are the memory of answers, to be used again.
var texts = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// keep gives the memory of an answer back if it is small. Nobody may read the
// answer any more.
func keep(text *bytes.Buffer) {
	if text.Cap() <= smallAnswer {
		text.Reset()
		texts.Put(text)
	}
}

// deliver writes an answer if there is room to hold it until it is taken.
func (s *Server) deliver(w http.ResponseWriter, answer []byte) {
	free, ok := s.answers.hold(int64(len(answer)))
	if !ok {
		busy(w, 5, "too many answers wait to be taken")
		return
	}
	defer free()
	send(w, answer)
}

func badBody(w http.ResponseWriter, err error, most int64) {
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		refuse(w, http.StatusRequestEntityTooLarge, "keyhull decide on the command line has no limit", "more than %d MiB", most>>20)
	case errors.Is(err, errFull):
		busy(w, 5, err.Error())
	default:
		refuse(w, http.StatusBadRequest, "send it again", "the body did not come whole")
	}
}

// answer decides when it is the question's turn, and writes the JSON to text,
// which is empty. What is not small waits for its turn with what is not.
func (s *Server) answer(ctx context.Context, text *bytes.Buffer, values url.Values, body []byte, isJSON bool) (err error) {
	do := func(ctx context.Context, heavy bool) error {
		q, err := ask(values, body, isJSON)
		if err != nil {
			return err
		}
		m, err := q.shape()
		if err != nil {
			return err
		}
		if !heavy && q.heavy(m) {
			return errHeavy
		}
		return q.answer(ctx, text, m)
	}
	if len(body) <= smallBody {
		err = s.lanes.small.do(ctx, func(ctx context.Context) error { return do(ctx, false) })
	}
	if len(body) > smallBody || err == errHeavy {
		err = s.lanes.large.do(ctx, func(ctx context.Context) error { return do(ctx, true) })
	}
	return err
}

var errHeavy = errors.New("takes long")

// heavy reports whether a decision may take more than some milliseconds.
func (q *question) heavy(m shaped) bool {
	work := float64(m.sets) * float64(m.n) * float64(m.n) * float64(m.dim)
	return work > smallWork || q.Best > 0 || q.Causal && work > smallWork/8
}

// answer decides, on one core, and writes the JSON to text.
func (q *question) answer(ctx context.Context, text *bytes.Buffer, m shaped) error {
	matrix, err := m.read()
	if err == nil {
		err = decide.Finite(q.file, matrix)
	}
	if err != nil {
		return err
	}
	found, err := decide.Matrix(ctx, q.file, matrix, q.options())
	if err != nil {
		return undecided(ctx, err)
	}
	return found.WriteJSON(ctx, bufio.NewWriter(text), func(int) {})
}

// undecided is a client's mistake (a norm that is not defined for its keys)
// unless the time was over.
func undecided(ctx context.Context, err error) error {
	var e *weights.Error
	if ctx.Err() != nil || errors.As(err, &e) {
		return err
	}
	return &weights.Error{Msg: err.Error(), Err: err}
}

// shaped is a matrix that can be read, of a size that may be.
type shaped struct {
	sets, n, dim int
	read         func() (*weights.Matrix, error)
}

// shape looks at the size of what was sent before anything is read.
func (q *question) shape() (shaped, error) {
	if q.file == "" {
		return q.listed()
	}
	f, err := weights.OpenAt(q.file, bytes.NewReader(q.body), int64(len(q.body)))
	if err != nil {
		return shaped{}, err
	}
	s := shaped{sets: 1, n: 1, dim: 1, read: func() (*weights.Matrix, error) { return f.Matrix(q.tensor) }}
	for _, t := range f.Tensors {
		rank := len(t.Shape)
		if t.Name != q.tensor && (q.tensor != "" || len(f.Tensors) > 1) || rank < 2 {
			continue
		}
		s.n, s.dim = t.Shape[rank-2], t.Shape[rank-1]
		for _, n := range t.Shape[:rank-2] {
			s.sets = min(s.sets, numbersMost+1) * min(n, numbersMost+1)
		}
	}
	return s, s.check()
}

func (q *question) listed() (shaped, error) {
	if len(q.Keys) == 0 || len(q.Keys[0]) == 0 {
		return shaped{}, failf("give at least one key of one coordinate", "there are no keys")
	}
	s := shaped{sets: 1, n: len(q.Keys), dim: len(q.Keys[0])}
	if err := s.check(); err != nil {
		return s, err
	}
	data := make([]float64, 0, s.n*s.dim)
	for i, key := range q.Keys {
		if len(key) != s.dim {
			return s, failf("all keys have as many coordinates", "key %d has %d coordinates, key 0 %d", i, len(key), s.dim)
		}
		data = append(data, key...)
	}
	s.read = func() (*weights.Matrix, error) {
		return &weights.Matrix{Sets: 1, N: s.n, Dim: s.dim, F64: data}, nil
	}
	return s, nil
}

// check refuses what would take long, or much memory.
func (s shaped) check() error {
	keys, most := float64(s.sets)*float64(s.n), fmt.Sprintf("%d keys and %d numbers are decided here, keyhull decide on the command line has no limit", keysMost, numbersMost)
	if keys > keysMost || keys*float64(s.dim) > numbersMost {
		return failf(most, "%d sets of %d keys with %d coordinates are too many", s.sets, s.n, s.dim)
	}
	return nil
}

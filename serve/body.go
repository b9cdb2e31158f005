package serve

import (
	"errors"
	"io"
	"net/http"
)

// budget bounds the memory of bodies, or of answers, that are held at once. Small ones have
// room of their own, so that large ones are not in their way; what counts is
// what has come, so that slow ones are not either.
type budget struct{ small, large gauge }

var errFull = errors.New("too many bodies are held")

// hold counts n bytes of an answer until free is called; it reports whether
// there is room for them.
func (b *budget) hold(n int64) (free func(), ok bool) {
	pool := &b.small
	if n > smallAnswer {
		pool = &b.large
	}
	if !pool.take(n) {
		return nil, false
	}
	return func() { pool.now.Add(-n) }, true
}

// read reads a body of at most most bytes. What it holds counts until free is
// called, which is to be done in any case.
func (b *budget) read(w http.ResponseWriter, r *http.Request, most int64) (body []byte, free func(), err error) {
	var small, large int64
	free = func() { b.small.now.Add(-small); b.large.now.Add(-large) }
	in := http.MaxBytesReader(w, r.Body, most)
	for {
		if len(body) == cap(body) {
			size, pool, held := int64(max(4096, 2*cap(body))), &b.small, &small
			if size > smallBody {
				pool, held = &b.large, &large
			}
			if !pool.take(size) {
				return nil, free, errFull
			}
			*held += size
			body = append(make([]byte, 0, size), body...)
		}
		n, err := in.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		if err == io.EOF {
			return body, free, nil
		}
		if err != nil {
			return nil, free, err
		}
	}
}

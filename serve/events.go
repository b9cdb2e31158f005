package serve

import (
	"net/http"
	"time"

	"keyhull/run"
)

// streamsMost bounds the streams that are open at once; beatTime is after how
// much silence a comment is sent, by which a client that is gone is noticed.
const (
	streamsMost = 2000
	beatTime    = 15 * time.Second
)

// stream is the writing side of one client's events.
type stream struct {
	w    http.ResponseWriter
	to   *http.ResponseController
	have cursor
}

// events streams what a run logs from a cursor on: that of Last-Event-ID, which
// a browser sends when it comes again, else ?since=.
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	p, ok := s.scan.find(r.PathValue("run"))
	if !ok {
		noRun(w, r)
		return
	}
	since := r.URL.Query().Get("since")
	if last := r.Header.Get("Last-Event-ID"); last != "" {
		since = last
	}
	have, err := parseCursor(since)
	if err != nil {
		fail(w, err)
		return
	}
	if !s.streams.enter() {
		busy(w, 10, "too many streams are open")
		return
	}
	defer s.streams.leave()
	w.Header().Set("Content-Type", "text/event-stream")
	st := &stream{w, http.NewResponseController(w), have}
	st.to.SetReadDeadline(time.Time{}) // the request is read
	s.relay(st, p, r)
}

// relay brings a client to where the follower is, then passes events on. It
// returns when the client is gone or too slow, and when the server ends.
func (s *Server) relay(st *stream, p run.Place, r *http.Request) {
	f, c, at, said := s.join(r.PathValue("run"), p)
	defer f.leave(c)
	if !st.write(newEvent("state", st.have, said).text) || !s.catchUp(st, p, at) {
		return
	}
	beat := time.NewTicker(beatTime)
	defer beat.Stop()
	for {
		select {
		case e, ok := <-c.events:
			if !ok {
				st.write([]byte("event: lag\ndata: {\"since\":\"" + st.have.String() + "\"}\n\n"))
				return
			}
			if !st.write(e.text) {
				return
			}
			st.have, _ = parseCursor(e.at)
		case <-beat.C:
			if !st.write([]byte(":\n\n")) {
				return
			}
		case <-r.Context().Done():
			return
		}
	}
}

// catchUp writes what a client has not, up to where the follower is.
func (s *Server) catchUp(st *stream, p run.Place, to cursor) bool {
	for _, seed := range p.Seeds() {
		if st.have[seed] > to[seed] && !st.reset(seed) {
			return false
		}
		for st.have[seed] < to[seed] {
			rows, end, cut, err := s.read(p, seed, st.have[seed], to[seed])
			if !cut && (err != nil || end == st.have[seed]) {
				break // what is there cannot be read now; the follower goes on
			}
			if cut {
				if !st.reset(seed) {
					return false
				}
				continue
			}
			st.have[seed] = end
			if !st.write(newEvent("rows", st.have, rowsOf(seed, rows)).text) {
				return false
			}
		}
	}
	return true
}

func (st *stream) reset(seed uint64) bool {
	delete(st.have, seed)
	return st.write(newEvent("reset", st.have, resetOf(seed)).text)
}

// write gives a client some time to take what is written.
func (st *stream) write(text []byte) bool {
	st.to.SetWriteDeadline(time.Now().Add(writeTime))
	if _, err := st.w.Write(text); err != nil {
		return false
	}
	return st.to.Flush() == nil
}

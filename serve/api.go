package serve

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"keyhull/report"
	"keyhull/weights"
)

//go:embed openapi.json
var openAPI []byte

type route struct {
	method, path string
	handle       http.HandlerFunc
}

const api = "/api/v1"

// routes are all that the server answers. openapi.json has those below api.
func (s *Server) routes() []route {
	return []route{
		{"GET", "/{$}", s.page("live.html", "text/html; charset=utf-8")},
		{"GET", "/style.css", s.page("style.css", "text/css; charset=utf-8")},
		{"GET", "/live.css", s.page("live.css", "text/css; charset=utf-8")},
		{"GET", "/make.js", s.page("make.js", "text/javascript; charset=utf-8")},
		{"GET", "/curves.js", s.page("curves.js", "text/javascript; charset=utf-8")},
		{"GET", "/live.js", s.page("live.js", "text/javascript; charset=utf-8")},
		{"GET", "/live_common.js", s.page("live_common.js", "text/javascript; charset=utf-8")},
		{"GET", "/live_compare.js", s.page("live_compare.js", "text/javascript; charset=utf-8")},
		{"GET", "/live_decide.js", s.page("live_decide.js", "text/javascript; charset=utf-8")},
		{"GET", "/explore", s.explore},
		{"GET", filesPath + "{path...}", s.files},
		{"GET", api + "/runs", s.runs},
		{"GET", api + "/runs/{run}", s.run},
		{"GET", api + "/runs/{run}/metrics", s.metrics},
		{"GET", api + "/runs/{run}/events", s.events},
		{"POST", api + "/decide", s.decide},
		{"GET", api + "/openapi.json", func(w http.ResponseWriter, r *http.Request) { send(w, openAPI) }},
	}
}

// page serves a file of the live page.
func (s *Server) page(name, kind string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		data, err := report.LiveFile(name)
		if err != nil {
			fail(w, err)
			return
		}
		w.Header().Set("Content-Type", kind)
		w.Write(data)
	}
}

// ownPolicy is for a page of ours that is one file: its own policy, which the
// browser obeys too, names its script by hash.
const ownPolicy = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// explore serves the explorable hull.
func (s *Server) explore(w http.ResponseWriter, r *http.Request) {
	var b bytes.Buffer
	if err := report.WriteExplore(&b); err != nil {
		fail(w, err)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", ownPolicy)
	w.Write(b.Bytes())
}

// send writes JSON.
func send(w http.ResponseWriter, data []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.Write(data)
}

// problem is what the API says of a failure.
type problem struct {
	Error string `json:"error"`
	Hint  string `json:"hint,omitempty"`
}

// refuse answers with a status and a problem.
func refuse(w http.ResponseWriter, status int, hint, format string, args ...any) {
	data, _ := json.Marshal(problem{fmt.Errorf(format, args...).Error(), hint})
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(append(data, '\n'))
}

// busy asks a client to come again.
func busy(w http.ResponseWriter, seconds int, what string) {
	w.Header().Set("Retry-After", strconv.Itoa(seconds))
	refuse(w, http.StatusServiceUnavailable, "try again a little later", "%s", what)
}

// fail answers with what went wrong: a client's mistake where the error has a
// hint, else the server's.
func fail(w http.ResponseWriter, err error) {
	var e *weights.Error
	if errors.As(err, &e) {
		refuse(w, http.StatusBadRequest, e.Hint, "%w", err)
		return
	}
	refuse(w, http.StatusInternalServerError, "", "%w", err)
}

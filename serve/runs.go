package serve

import (
	"encoding/json"
	"math"
	"net/http"
	"sync"
	"time"

	"keyhull/run"
)

// How many bytes of rows one answer has at most, about, and how many answers
// with rows are made at once.
const (
	metricsMost = 1 << 20
	readsMost   = 256
)

// list is the last answer that lists all runs: making one reads the end of
// every seed's file.
type list struct {
	mu   sync.Mutex
	text []byte
	at   time.Time
}

// runs lists all runs and reports.
func (s *Server) runs(w http.ResponseWriter, r *http.Request) {
	send(w, s.lastList()) // outside its lock: a client may read slowly
}

func (s *Server) lastList() []byte {
	s.list.mu.Lock()
	defer s.list.mu.Unlock()
	if s.list.at.IsZero() || time.Since(s.list.at) > scanTime {
		s.list.text, s.list.at = s.listed(), time.Now()
	}
	return s.list.text
}

func (s *Server) listed() []byte {
	there := s.scan.look()
	all := struct {
		Keyhull   string   `json:"keyhull"`
		Dir       string   `json:"dir"`
		Runs      []Run    `json:"runs"`
		Reports   []Report `json:"reports"`
		Truncated bool     `json:"truncated"`
	}{s.opt.Version, s.scan.base, []Run{}, append([]Report{}, there.Reports...), there.Truncated}
	for _, dir := range there.Runs {
		all.Runs = append(all.Runs, s.status(s.scan.name(dir), run.Place{FS: s.root.FS(), Dir: dir}))
	}
	return marshal(all)
}

// run says how far one run is, with its configuration.
func (s *Server) run(w http.ResponseWriter, r *http.Request) {
	p, ok := s.scan.find(r.PathValue("run"))
	if !ok {
		noRun(w, r)
		return
	}
	config, err := p.Config()
	if err != nil || !json.Valid(config) {
		config = []byte("null")
	}
	send(w, marshal(struct {
		Run
		Config json.RawMessage `json:"config"`
	}{s.status(r.PathValue("run"), p), config}))
}

// metrics hands out what the seeds have logged from a cursor on, as it stands
// in their files.
func (s *Server) metrics(w http.ResponseWriter, r *http.Request) {
	p, ok := s.scan.find(r.PathValue("run"))
	if !ok {
		noRun(w, r)
		return
	}
	have, err := parseCursor(r.URL.Query().Get("since"))
	if err != nil {
		fail(w, err)
		return
	}
	if !s.reads.enter() {
		busy(w, 1, "too many metrics are being read")
		return
	}
	defer s.reads.leave()
	text := append([]byte(`{"run":`), marshal(r.PathValue("run"))...)
	text = append(text, `,"seeds":[`...)
	more, first := false, true
	for _, seed := range p.Seeds() {
		for {
			if len(text) > metricsMost {
				more = true
				break
			}
			rows, end, cut, err := s.read(p, seed, have[seed], math.MaxInt64)
			if err != nil || !cut && end == have[seed] {
				break
			}
			piece := resetOf(seed)
			if have[seed] = end; cut {
				delete(have, seed)
			} else {
				piece = rowsOf(seed, rows)
			}
			if !first {
				text = append(text, ",\n"...)
			}
			text, first = append(text, piece...), false
		}
	}
	text = append(append(text, `],"next":`...), marshal(have.String())...)
	text = append(append(text, `,"more":`...), marshal(more)...)
	send(w, append(text, "}\n"...))
}

func noRun(w http.ResponseWriter, r *http.Request) {
	refuse(w, http.StatusNotFound, "GET "+api+"/runs lists all", "there is no run %.80q", r.PathValue("run"))
}

func marshal(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic("internal error: " + err.Error()) // finite numbers and strings only
	}
	return data
}

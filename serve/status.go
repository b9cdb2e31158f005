package serve

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"time"

	"keyhull/run"
)

// The states of a run and of a seed.
const (
	running = "running" // a process holds its lock
	done    = "done"
	stopped = "stopped"
)

// Run says how far a run is.
type Run struct {
	Run         string     `json:"run"`             // its name in the API
	State       string     `json:"state"`           // running, done, stopped
	Steps       int        `json:"steps,omitempty"` // of each seed, if the configuration says so
	Norm        string     `json:"norm,omitempty"`  // before attention, if the configuration says so
	SecondsLeft *float64   `json:"seconds_left,omitempty"`
	Changed     *time.Time `json:"changed,omitempty"` // when a seed last logged
	Seeds       []Seed     `json:"seeds"`
}

// Seed says how far a seed is.
type Seed struct {
	Seed  uint64     `json:"seed"`
	State string     `json:"state"`
	Step  int        `json:"step"` // last logged; -1 if none
	Last  run.Values `json:"last"` // each value that the last lines have, as it was last measured
	bytes int64
	at    time.Time
}

// State is what the event of that name says.
type State struct {
	State       string      `json:"state"`
	SecondsLeft *float64    `json:"seconds_left,omitempty"`
	Seeds       []SeedState `json:"seeds"`
}

// SeedState is the state of a seed.
type SeedState struct {
	Seed  uint64 `json:"seed"`
	State string `json:"state"`
}

// tailMost is how much of the end of a metrics file is read for its last
// values.
const tailMost = 64 << 10

// status looks at a run's folder.
func (s *Server) status(name string, p run.Place) Run {
	r := Run{Run: name, Seeds: []Seed{}}
	r.configured(p)
	states := map[string]int{}
	for _, seed := range p.Seeds() {
		one := s.seed(p, seed)
		states[one.State]++
		if !one.at.IsZero() && (r.Changed == nil || one.at.After(*r.Changed)) {
			r.Changed = &one.at
		}
		r.Seeds = append(r.Seeds, one)
	}
	switch {
	case states[running] > 0:
		r.State = running
		r.SecondsLeft = s.follow.pace.left(&r)
	case p.Finished() || states[done] == len(r.Seeds):
		r.State = done
	default:
		r.State = stopped
	}
	return r
}

// configured takes from config.json what all kinds of runs have.
func (r *Run) configured(p run.Place) {
	text, err := p.Config()
	if err != nil {
		return
	}
	var c struct {
		Steps float64         `json:"steps"`
		Norm  json.RawMessage `json:"norm"`
		Model struct {
			Norm struct {
				Kind string `json:"kind"`
			} `json:"norm_1"`
		} `json:"model"`
	}
	if json.Unmarshal(text, &c) != nil {
		return
	}
	if c.Steps >= 1 && c.Steps < 1e12 {
		r.Steps = int(c.Steps)
	}
	if json.Unmarshal(c.Norm, &r.Norm) != nil {
		r.Norm = c.Model.Norm.Kind
	}
}

// seed looks at a seed's folder.
func (s *Server) seed(p run.Place, seed uint64) Seed {
	one := Seed{Seed: seed, State: s.state(p, seed), Step: -1, Last: run.Values{}}
	f, info, err := s.openRegular(p.Metrics(seed))
	if err != nil {
		return one
	}
	defer f.Close()
	one.bytes, one.at = info.Size(), info.ModTime()
	for _, row := range lastRows(f, info.Size()) {
		one.Step = row.Step
		maps.Copy(one.Last, row.Values)
	}
	return one
}

func (s *Server) state(p run.Place, seed uint64) string {
	switch {
	case p.Done(seed):
		return done
	case run.Locked(filepath.Join(s.root.Name(), filepath.FromSlash(p.Lock(seed)))):
		return running
	}
	return stopped
}

// openRegular opens a file of the folder if it is a plain one.
func (s *Server) openRegular(name string) (*os.File, fs.FileInfo, error) {
	info, err := s.root.Stat(name)
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("is no regular file")
	}
	if err != nil {
		return nil, nil, err
	}
	f, err := s.root.Open(name)
	if err != nil {
		return nil, nil, err
	}
	if info, err = f.Stat(); err != nil {
		f.Close()
		return nil, nil, err
	}
	return f, info, nil
}

// lastRows reads the lines in the last bytes of a file; none where one of them
// cannot be read.
func lastRows(f io.ReaderAt, size int64) []run.Row {
	from := max(0, size-tailMost)
	text := make([]byte, size-from)
	n, _ := f.ReadAt(text, from)
	text = text[:n]
	if from > 0 {
		text = text[lineStart(text):]
	}
	rows, _, err := run.ParseRows(text)
	if err != nil {
		return nil
	}
	return rows
}

// pace remembers when each running seed was first and last seen at a step, to
// say how long a run takes to its end.
type pace struct {
	mu   sync.Mutex
	runs map[string]map[uint64]*leg
}

// leg is the way of a seed while it was looked at.
type leg struct {
	firstStep, lastStep int
	first, last         time.Time // when those steps were written
}

// left estimates the seconds to the end of the seed that takes longest; nil
// if that is not known yet. Seeds that have not begun do not count.
func (p *pace) left(r *Run) *float64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.runs == nil {
		p.runs = map[string]map[uint64]*leg{}
	}
	legs := p.runs[r.Run]
	if legs == nil {
		legs = map[uint64]*leg{}
		p.runs[r.Run] = legs
	}
	var most *float64
	for _, s := range r.Seeds {
		if s.State != running || s.Step < 0 || r.Steps == 0 {
			delete(legs, s.Seed)
			continue
		}
		l := legs[s.Seed]
		if l == nil || s.Step < l.lastStep {
			legs[s.Seed] = &leg{s.Step, s.Step, s.at, s.at}
			continue
		}
		l.lastStep, l.last = s.Step, s.at
		spent := l.last.Sub(l.first).Seconds()
		if l.lastStep == l.firstStep || spent <= 0 {
			continue
		}
		left := max(0, spent*float64(r.Steps-l.lastStep)/float64(l.lastStep-l.firstStep)-time.Since(l.last).Seconds())
		if most == nil || left > *most {
			most = &left
		}
	}
	return most
}

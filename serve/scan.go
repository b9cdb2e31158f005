package serve

import (
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"keyhull/run"
)

// How far below the folder runs are looked for, how many folders are opened,
// and how long what was found is taken for true.
const (
	scanDepth   = 6
	scanFolders = 5000
	scanTime    = 2 * time.Second
)

// found is what a folder holds.
type found struct {
	Runs      []string // paths of runs' folders, in order
	Reports   []Report
	Truncated bool // there were more folders than are opened
}

// Report is a page that reproduce or audit made.
type Report struct {
	Path string `json:"path"` // of its folder; "." is the whole
	Kind string `json:"kind"` // reproduce, audit
	Href string `json:"href"` // of the page
}

// scanner looks for runs, at most once in scanTime however many ask.
type scanner struct {
	root *os.Root
	base string // what the folder itself is called, if it is a run
	mu   sync.Mutex
	last found
	at   time.Time
}

// look returns what there is now.
func (s *scanner) look() found {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.at.IsZero() || time.Since(s.at) > scanTime {
		s.last, s.at = s.walk(), time.Now()
	}
	return s.last
}

// walk goes down from the folder. It goes into no link, no hidden folder but
// .cells, and no folder of a run.
func (s *scanner) walk() (f found) {
	files, left := s.root.FS(), scanFolders
	var into func(dir string, depth int)
	into = func(dir string, depth int) {
		if left--; left < 0 {
			f.Truncated = true
			return
		}
		entries, err := fs.ReadDir(files, dir)
		if err != nil {
			return
		}
		names := map[string]bool{}
		for _, e := range entries {
			names[e.Name()] = true
		}
		if names["index.html"] && (names["results.json"] || names["summary.json"]) {
			kind := "reproduce"
			if names["summary.json"] {
				kind = "audit"
			}
			f.Reports = append(f.Reports, Report{dir, kind, filesPath + escaped(path.Join(dir, "index.html"))})
		}
		if names["config.json"] && (run.Place{FS: files, Dir: dir}).Found() {
			f.Runs = append(f.Runs, dir)
			return
		}
		for _, e := range entries {
			name := e.Name()
			if hidden := strings.HasPrefix(name, ".") && name != ".cells"; e.IsDir() && !hidden && depth < scanDepth && fs.ValidPath(name) {
				into(path.Join(dir, name), depth+1)
			}
		}
	}
	into(".", 0)
	slices.Sort(f.Runs)
	return f
}

// name is what a run is called in the API: its path, which is never "." there,
// since browsers take that for a step in an address.
func (s *scanner) name(dir string) string {
	if dir == "." {
		return s.base
	}
	return dir
}

// find returns the folder of the run of that name. Only what was found by a
// walk has a name, so that no name leads elsewhere.
func (s *scanner) find(name string) (run.Place, bool) {
	for _, dir := range s.look().Runs {
		if s.name(dir) == name {
			return run.Place{FS: s.root.FS(), Dir: dir}, true
		}
	}
	return run.Place{}, false
}

package serve

import (
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
)

const filesPath = "/files/"

// kinds are the files that reports are made of; others are not served.
var kinds = map[string]string{
	".html": "text/html; charset=utf-8", ".svg": "image/svg+xml", ".png": "image/png", ".pdf": "application/pdf",
	".csv": "text/csv; charset=utf-8", ".json": "application/json", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
}

// reportPolicy lets a report run its own scripts, in a page without origin:
// they cannot use the API, whatever the report holds.
const reportPolicy = "sandbox allow-scripts allow-downloads allow-popups; default-src 'none'; script-src 'unsafe-inline' 'wasm-unsafe-eval' blob: data:; worker-src blob: data:; " +
	"style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// reportFolders are the folders of a report whose files are served.
var reportFolders = []string{"", "figures/", "tables/", "texts/"}

// files serves what belongs to a finished report, or to a run's figures and
// tables. The folder's os.Root opens nothing outside it, by links neither.
func (s *Server) files(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("path")
	kind, ok := kinds[path.Ext(name)]
	if !ok || !fs.ValidPath(name) || strings.ContainsAny(name, "\\\x00") || !s.published(name) {
		refuse(w, http.StatusNotFound, "the list of runs links the files that are served", "no such file")
		return
	}
	f, err := s.root.Open(name)
	if err != nil {
		refuse(w, http.StatusNotFound, "", "no such file")
		return
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		refuse(w, http.StatusNotFound, "", "no such file")
		return
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Security-Policy", reportPolicy)
	http.ServeContent(w, r, "", info.ModTime(), f)
}

// published reports whether a file is one of a report, or a figure or table of
// a run: nothing hidden, no checkpoint, nothing else that happens to be there.
func (s *Server) published(name string) bool {
	there := s.scan.look()
	for _, r := range there.Reports {
		rest, below := under(r.Path, name)
		folder, file := path.Split(rest)
		if below && slices.Contains(reportFolders, folder) && !strings.HasPrefix(file, ".") {
			return s.regular(name)
		}
	}
	for _, dir := range there.Runs {
		rest, below := under(dir, name)
		if folder, file := path.Split(rest); below && (folder == "figures/" || folder == "tables/") && !strings.HasPrefix(file, ".") {
			return s.regular(name)
		}
	}
	return false
}

// regular refuses pipes and the like before they are opened, which could take
// for ever.
func (s *Server) regular(name string) bool {
	info, err := s.root.Stat(name)
	return err == nil && info.Mode().IsRegular()
}

// under returns what of a path is below a folder.
func under(dir, name string) (rest string, ok bool) {
	if dir == "." {
		return name, true
	}
	return strings.CutPrefix(name, dir+"/")
}

// escaped is a path as part of an address.
func escaped(name string) string { return (&url.URL{Path: name}).EscapedPath() }

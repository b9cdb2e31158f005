package report

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html"
	"html/template"
	"io"
	"slices"
)

//go:embed page
var files embed.FS

var page = template.Must(template.New("index.html").Funcs(template.FuncMap{
	"size": size, "together": together,
}).ParseFS(files, "page/index.html", "page/minute.html", "page/explore.html"))

// pageView is what the template of the page gets.
type pageView struct {
	*View
	Style    template.CSS
	Scripts  []template.JS
	Policy   string           // which allows these scripts and no request
	Saved    map[string]saved // by the file's name
	Beside   bool             // some PDF files are not in the page
	AllSaved saved            // results.json
}

// saved is a file behind a link that downloads it. SVG figures are in the page
// as they are seen; its script makes files of them, and without a script the
// link leads to the file beside the page.
type saved struct {
	Name string            // under which it is saved
	Link template.HTMLAttr // href: a data URL, or a path where the file is not in the page
	Size int               // of the file
	In   bool              // the page has it
	Zip  bool              // the link gives it packed; the page's script unpacks it
	// Every is 1, or which steps of a table too large for the page are in it:
	// every so manieth. All of it is beside the page.
	Every int
}

// What the page has: styles one after another, and scripts in groups, each a
// closure of its own whose names no other sees.
var (
	pageStyles  = []string{"style.css", "report.css", "explore.css", "space.css"}
	pageScripts = [][]string{
		slices.Concat(exploreScripts, spaceScripts),
		{"make.js", "curves.js", "heatmap.js", "report.js"},
	}
)

// mostPage is the size up to which PDF files become part of the page, bytes.
const mostPage = 2_900_000

// WriteHTML writes the page, which needs no other file and no network: its
// policy forbids requests. Tables are inside, packed, for widgets and the reader's
// disk alike; PDF figures too as long as the page stays small, and otherwise
// are linked to.
func (v *View) WriteHTML(w io.Writer) error {
	p := &pageView{View: v, Saved: map[string]saved{}}
	if err := p.assets(); err != nil {
		return err
	}
	if err := p.save(); err != nil {
		return err
	}
	var without bytes.Buffer // all PDF files are linked to
	if err := page.Execute(&without, p); err != nil {
		return err
	}
	p.takePDF(without.Len())
	b := bufio.NewWriterSize(w, 1<<16)
	if err := page.Execute(b, p); err != nil {
		return err
	}
	return b.Flush()
}

// assets reads styles, scripts and the explorable hull.
func (p *pageView) assets() error {
	style, err := joined(pageStyles...)
	if err != nil {
		return err
	}
	p.Style = template.CSS(style)
	sources := ""
	for _, group := range pageScripts {
		script, err := enclosed(group...)
		if err != nil {
			return err
		}
		p.Scripts = append(p.Scripts, script)
		sources += fmt.Sprintf(" 'sha256-%s'", hash(script))
	}
	p.Policy = "default-src 'none'; style-src 'unsafe-inline'; script-src" + sources + "; img-src data: blob:; base-uri 'none'; form-action 'none'"
	return nil
}

// hash is a script's name in a policy.
func hash(script template.JS) string {
	sum := sha256.Sum256([]byte(script))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// save packs the files.
func (p *pageView) save() error {
	var results bytes.Buffer
	if err := p.WriteJSON(&results); err != nil {
		return err
	}
	p.AllSaved = packed("results.json", results.Bytes())
	for _, a := range p.Done {
		for _, f := range a.Files {
			switch f.Kind() {
			case "CSV":
				p.Saved[f.Name] = packed(f.Base(), f.Text)
			case "SVG", "PDF":
				p.Saved[f.Name] = saved{Name: f.Base(), Link: href(f.Name), Size: len(f.Text), In: f.Kind() == "SVG"}
			}
		}
	}
	return nil
}

// takePDF takes PDF files into the page, of size bytes without, as long as there is room.
func (p *pageView) takePDF(size int) {
	for _, a := range p.Done {
		for _, f := range a.Files {
			if f.Kind() != "PDF" {
				continue
			}
			s := p.Saved[f.Name]
			if link := dataURL("application/pdf", f.Text); size+len(link) < mostPage {
				s.Link, s.In, size = link, true, size+len(link)
			}
			p.Beside = p.Beside || !s.In
			p.Saved[f.Name] = s
		}
	}
}

// packed is a file in the page by gzip. Without script it is saved so.
func packed(name string, text []byte) saved {
	some, every := thin(text)
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level exists
	z.Write(some)                                         // to memory
	z.Close()
	return saved{name + ".gz", dataURL("application/gzip", b.Bytes()), len(some), true, true, every}
}

func dataURL(mime string, content []byte) template.HTMLAttr {
	return href("data:" + mime + ";base64," + base64.StdEncoding.EncodeToString(content))
}

// href is written here, for html/template would escape every + of a data URL.
func href(url string) template.HTMLAttr {
	return template.HTMLAttr(`href="` + html.EscapeString(url) + `"`)
}

// size is a number of bytes for people.
func size(n int) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d\u00a0B", n)
	case n < 1_000_000:
		return fmt.Sprintf("%.0f\u00a0KB", float64(n)/1e3)
	}
	return fmt.Sprintf("%.1f\u00a0MB", float64(n)/1e6)
}

package report

import (
	"bytes"
	"cmp"
	"embed"
	"html/template"
	"io"
	"path"
	"strings"

	"keyhull/experiment"
)

//go:embed page
var files embed.FS

var page = template.Must(template.New("index.html").Funcs(template.FuncMap{
	"class":    func(verdict string) string { return strings.ReplaceAll(verdict, " ", "-") },
	"kind":     func(file string) string { return strings.ToUpper(strings.TrimPrefix(path.Ext(file), ".")) },
	"together": together,
}).ParseFS(files, "page/index.html"))

// view is what the page shows.
type view struct {
	Results
	Style        template.CSS
	Done, Absent []artifact
}

// artifact is an entry with what the catalogue says about it.
type artifact struct {
	Entry
	Name, Title, Says, Caption string
	Figure                     template.HTML // inline SVG
}

// WriteHTML writes the page. figures holds the SVG file of each artifact that
// is done; they become part of the page, so they must come from package figure.
func (r Results) WriteHTML(w io.Writer, figures map[string][]byte) error {
	style, err := files.ReadFile("page/style.css")
	if err != nil {
		return err
	}
	v := view{Results: r, Style: template.CSS(style)}
	for _, a := range experiment.Catalogue {
		shown := artifact{r.Artifacts[a.Name], a.Name, a.Title, cmp.Or(a.Says, "—"), a.Caption, inline(figures[a.Name])}
		if shown.Status == Done {
			v.Done = append(v.Done, shown)
		} else {
			v.Absent = append(v.Absent, shown)
		}
	}
	return page.Execute(w, v)
}

// inline drops what stands before the svg element, which HTML does not allow.
func inline(svg []byte) template.HTML {
	i := bytes.Index(svg, []byte("<svg"))
	return template.HTML(svg[max(i, 0):])
}

// together keeps a number with what follows or precedes it on one line:
// "7.8 %", "d = 8".
func together(text string) string {
	return strings.NewReplacer(" %", "\u00a0%", " = ", "\u00a0=\u00a0", " − ", "\u00a0−\u00a0").Replace(text)
}

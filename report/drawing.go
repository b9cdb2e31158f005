package report

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"html"
	"html/template"
	"regexp"
	"strconv"
	"strings"
)

// styles are the styles of all figures of a page, each a class, so that they
// are written once and a dark page can have its own.
type styles struct {
	class map[style]int
	list  []style
}

// style is what an element is drawn with.
type style struct {
	css  string // as package figure writes it
	kind string // of the element: text, area (a rectangle), line, or faint (one that lets the ground through)
}

// What elements of a figure may say: package figure draws nothing else.
var (
	plain  = regexp.MustCompile(`^[-\w.,() ]*$`)
	colour = regexp.MustCompile(`#[0-9A-F]{6}`)
	css    = regexp.MustCompile(`^([a-z-]+:(#[0-9A-F]{6}|[-\w., ']+)(;|$))*$`)
	box    = regexp.MustCompile(`^M([-\d.]+),([-\d.]+)L[-\d.]+,([-\d.]+)L[-\d.]+,[-\d.]+L[-\d.]+,[-\d.]+Z$`)
)

// inline makes an SVG file of package figure part of a page: named and
// described for those who do not see it, in the colours of the page. What
// package figure does not draw is an error.
func (s *styles) inline(svg []byte, name, title, says string) (template.HTML, error) {
	var out strings.Builder
	dec := xml.NewDecoder(bytes.NewReader(svg))
	depth := 0
	for {
		token, err := dec.Token()
		if err != nil && depth == 0 && out.Len() > 0 {
			return template.HTML(out.String()), nil
		}
		if err != nil {
			return "", fmt.Errorf("not an SVG file: %w", oneLine(err))
		}
		switch t := token.(type) {
		case xml.StartElement:
			if (t.Name.Local == "svg") != (depth == 0) || depth == 0 && out.Len() > 0 {
				return "", fmt.Errorf("not an SVG file that keyhull draws: <%s>", t.Name.Local)
			}
			depth++
			if err := s.element(&out, t); err != nil {
				return "", err
			}
			if depth == 1 {
				fmt.Fprintf(&out, `%[4]s role="img" aria-labelledby="%[1]s-title %[1]s-says"><title id="%[1]s-title">%[2]s</title><desc id="%[1]s-says">%[3]s</desc>`,
					name, html.EscapeString(title), html.EscapeString(says), broad(t))
				continue
			}
			out.WriteByte('>')
		case xml.EndElement:
			depth--
			fmt.Fprintf(&out, "</%s>", t.Name.Local)
		case xml.CharData:
			if depth > 0 {
				out.WriteString(html.EscapeString(strings.TrimSpace(string(t))))
			}
		}
	}
}

// broad marks figures that would be too small to read on a phone.
func broad(svg xml.StartElement) string {
	for _, a := range svg.Attr {
		if width, _ := strconv.ParseFloat(strings.TrimSuffix(a.Value, "pt"), 64); a.Name.Local == "width" && width > 420 {
			return ` class="broad"`
		}
	}
	return ""
}

// attributes of each element; style becomes a class.
var attributes = map[string]string{"svg": " viewBox width height ", "g": " transform ", "path": " d style ", "text": " x y transform style "}

// element writes the start of an element, without its last character.
func (s *styles) element(out *strings.Builder, t xml.StartElement) error {
	allowed, known := attributes[t.Name.Local]
	if !known {
		return fmt.Errorf("not an SVG file that keyhull draws: <%s>", t.Name.Local)
	}
	out.WriteString("<" + t.Name.Local)
	look, shape := "", ""
	for _, a := range t.Attr {
		name := a.Name.Local
		switch {
		case name == "xmlns" || a.Name.Space == "xmlns":
		case !strings.Contains(allowed, " "+name+" "):
			return fmt.Errorf("not an SVG file that keyhull draws: %s of <%s>", name, t.Name.Local)
		case name == "style" && css.MatchString(a.Value):
			look = a.Value
		case name == "style" || !plain.MatchString(a.Value):
			return fmt.Errorf("not an SVG file that keyhull draws: %s=%.20q", name, a.Value)
		case name == "transform" && t.Name.Local == "text" && a.Value == "scale(1, -1)": // in the page's style
		default:
			value := a.Value
			if name == "d" {
				shape, value = a.Value, compact(a.Value)
			}
			fmt.Fprintf(out, ` %s="%s"`, name, value)
		}
	}
	if t.Name.Local == "path" || t.Name.Local == "text" {
		fmt.Fprintf(out, ` class="k%d"`, s.of(style{look, kind(t.Name.Local, shape, look)}))
	}
	return nil
}

func kind(element, shape, look string) string {
	switch {
	case element == "text":
		return "text"
	case box.MatchString(shape):
		return "area"
	case strings.Contains(look, "stroke-opacity"):
		return "faint"
	}
	return "line"
}

func (s *styles) of(look style) int {
	if s.class == nil {
		s.class = map[style]int{}
	}
	i, ok := s.class[look]
	if !ok {
		i = len(s.list)
		s.class[look], s.list = i, append(s.list, look)
	}
	return i
}

// css returns the classes, and what changes on a dark screen.
func (s *styles) css() template.CSS {
	var light, dark strings.Builder
	for i, look := range s.list {
		fmt.Fprintf(&light, ".k%d{%s}", i, look.css)
		at := look.dark()
		if look.kind == "text" && !strings.Contains(at, "fill:") {
			at += ";fill:" + hex(darkInk)
		}
		if at != look.css {
			fmt.Fprintf(&dark, ".k%d{%s}", i, strings.Join(colours(at), ";"))
		}
	}
	return template.CSS(light.String() + "@media screen and (prefers-color-scheme:dark){" + dark.String() + "}")
}

// colours are the parts of a style that have one.
func colours(css string) (list []string) {
	for _, part := range strings.Split(css, ";") {
		if strings.Contains(part, "#") {
			list = append(list, part)
		}
	}
	return list
}

// dark is the style on a dark page.
func (s style) dark() string {
	return colour.ReplaceAllStringFunc(s.css, func(text string) string {
		v, _ := strconv.ParseUint(text[1:], 16, 32) // the expression has checked it
		return hex(darkened(rgb{float64(v >> 16), float64(v >> 8 & 0xff), float64(v & 0xff)}, s.kind))
	})
}

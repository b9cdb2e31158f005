package report_test

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// TestPageIsWellFormed looks at the page as a browser and a screen reader do.
func TestPageIsWellFormed(t *testing.T) {
	page := rendered(t, view(t))
	checkTags(t, page)
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	ids, links, labels := map[string]int{}, []string{}, []string{}
	for n := range root.Descendants() {
		if id := attribute(n, "id"); id != "" {
			ids[id]++
		}
		if to, inside := strings.CutPrefix(attribute(n, "href"), "#"); inside {
			links = append(links, to)
		}
		labels = append(labels, strings.Fields(attribute(n, "aria-labelledby"))...)
		switch {
		case n.Data == "svg" && n.Type == html.ElementNode:
			if attribute(n, "aria-hidden") == "" && attribute(n, "role") != "group" && attribute(n, "aria-label") == "" && attribute(n, "aria-labelledby") == "" {
				t.Error("a figure without a name") // a group gets its by a script
			}
		case n.Data == "section" && attribute(n, "class") == "artifact":
			checkArtifact(t, n)
		}
	}
	for id, n := range ids {
		if n > 1 {
			t.Errorf("%d elements have the id %s", n, id)
		}
	}
	for _, to := range append(links, labels...) {
		if ids[to] == 0 {
			t.Errorf("nothing has the id %s", to)
		}
	}
}

// checkTags finds each element closed in the order of opening.
func checkTags(t *testing.T, page string) {
	t.Helper()
	void := []string{"meta", "link", "br", "input"}
	var open []string
	for z := html.NewTokenizer(strings.NewReader(page)); ; {
		switch kind := z.Next(); kind {
		case html.ErrorToken:
			if len(open) > 0 {
				t.Errorf("left open: %v", open)
			}
			return
		case html.StartTagToken:
			if name, _ := z.TagName(); !slices.Contains(void, string(name)) {
				open = append(open, string(name))
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			if len(open) == 0 || open[len(open)-1] != string(name) {
				t.Fatalf("</%s> in %v", name, open)
			}
			open = open[:len(open)-1]
		}
	}
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// checkArtifact finds the figure described, its numbers and its downloads.
func checkArtifact(t *testing.T, section *html.Node) {
	t.Helper()
	found := map[string]int{}
	for n := range section.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		found[n.Data]++
		if n.Data == "desc" && (n.FirstChild == nil || n.FirstChild.Data != "seven of nine") {
			t.Error("a figure whose description is not what it shows")
		}
		if attribute(n, "download") != "" {
			found["download"]++
		}
	}
	if found["svg"] != 1 || found["desc"] != 1 || found["details"] != 1 || found["table"] < 1 || found["figcaption"] != 1 || found["download"] < 3 {
		t.Errorf("%s: %v", attribute(section, "id"), found)
	}
}

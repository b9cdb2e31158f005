package weights

import (
	"fmt"
	"regexp"
	"strings"
)

// How many names a hint holds, and up to how many it does not fold: a model
// has the same tensors in each layer.
const (
	mostNames   = 200
	fewNames    = 12
	mostSimilar = 5
)

// list names the tensors for a hint: those that can be read as matrices, or
// all if there is none.
func (f *File) list() string {
	usable := f.usable(func(string) bool { return true })
	if len(usable) == 0 {
		return listed(f.tensors)
	}
	text := listed(usable)
	if rest := len(f.tensors) - len(usable); rest > 0 {
		text += fmt.Sprintf(" and %d that cannot be read as keys", rest)
	}
	return text
}

// keyList is list, or where names tell of keys that attention sees, these.
func (f *File) keyList() string {
	keys := f.usable(attended.MatchString)
	if len(keys) == 0 {
		return ": " + f.list()
	}
	return fmt.Sprintf("; keys, by their names: %s; and %d others", listed(keys), len(f.tensors)-len(keys))
}

// near names those tensors that can be read as matrices and have the name in
// theirs, "" if there is none or there are many.
func (f *File) near(name string) string {
	name = strings.ToLower(name)
	similar := f.usable(func(s string) bool { return name != "" && strings.Contains(strings.ToLower(s), name) })
	if len(fold(similar)) > mostSimilar {
		return ""
	}
	return listed(similar)
}

// usable returns the tensors that can be read as matrices and whose names are
// accepted.
func (f *File) usable(accept func(name string) bool) []tensor {
	var list []tensor
	for i := range f.tensors {
		if t := &f.tensors[i]; accept(t.Name) && check(t) == nil {
			list = append(list, *t)
		}
	}
	return list
}

// listed names tensors with shapes and types.
func listed(tensors []tensor) string {
	groups := fold(tensors)
	left := len(tensors)
	var names []string
	for _, g := range groups[:min(len(groups), mostNames)] {
		left -= 1 + g.more
		text := fmt.Sprintf("%s (%s %s)", shown(g.first.Name), dimensions(g.first.Shape), g.first.DType)
		if g.more > 0 {
			text += fmt.Sprintf(" and %d like it", g.more)
		}
		names = append(names, text)
	}
	text := strings.Join(names, ", ")
	if left > 0 {
		text += fmt.Sprintf(" and %d more", left)
	}
	return text
}

// group stands for tensors that differ in the numbers of their names only.
type group struct {
	first *tensor
	more  int
}

var digits = regexp.MustCompile(`[0-9]+`)

// fold groups tensors in the order given, where they are many.
func fold(tensors []tensor) []group {
	var groups []group
	seen := map[string]int{}
	for i := range tensors {
		t := &tensors[i]
		like := fmt.Sprint(digits.ReplaceAllString(t.Name, "0"), t.Shape, t.DType)
		if at, ok := seen[like]; ok && len(tensors) > fewNames {
			groups[at].more++
			continue
		}
		seen[like] = len(groups)
		groups = append(groups, group{first: t})
	}
	return groups
}

package weights

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Layout says what the axes of a tensor are. The zero Layout leaves it to the
// tensor's name, and where that says nothing takes …×pos×width.
type Layout struct {
	// Axes names them in order: pos (the keys of a set) and width (the numbers of
	// a key) once each; every other name, batch or head for example, counts sets.
	Axes []string
	// Heads cuts the last axis into that many heads side by side; 0: it is one.
	Heads int
}

// ParseAxes reads names of axes, "batch,pos,head,width"; "" names none.
func ParseAxes(text string) ([]string, error) {
	const hint = "for example --axes batch,pos,head,width"
	if text == "" {
		return nil, nil
	}
	axes := strings.Split(text, ",")
	for i, name := range axes {
		if !axisName.MatchString(name) || slices.Contains(axes[:i], name) {
			return nil, failf(hint, "%s: each axis needs a name of its own, of small letters", shown(text))
		}
	}
	if !slices.Contains(axes, "pos") || !slices.Contains(axes, "width") {
		return nil, failf(hint, "%s: one axis must be pos, the keys of a set, and one width, the numbers of a key", shown(text))
	}
	return axes, nil
}

var axisName = regexp.MustCompile(`^[a-z]{1,20}$`)

// Axis is an axis that counts sets.
type Axis struct {
	Name string
	Size int
}

// Axes are those that count sets, the last fastest; nil: not named.
type Axes []Axis

// Set names a set: "batch 0, head 3", or by its number "set 3".
func (a Axes) Set(i int) string {
	if len(a) == 0 {
		return fmt.Sprintf("set %d", i)
	}
	parts := make([]string, len(a))
	for k, at := range a.Place(i) {
		parts[k] = fmt.Sprintf("%s %d", a[k].Name, at)
	}
	return strings.Join(parts, ", ")
}

// Place returns the index of a set on each axis.
func (a Axes) Place(i int) []int {
	place := make([]int, len(a))
	for k := len(a) - 1; k >= 0; k-- {
		place[k], i = i%a[k].Size, i/a[k].Size
	}
	return place
}

// Keys reads the tensor called name like [File.Matrix], one key set for each
// place on the axes other than pos and width. Names that TransformerLens gives
// to activations say which axes they have; so do layouts. Other errors are a
// layout that does not fit, and keys that lie beside queries and values.
func (f *File) Keys(name string, l Layout) (*Matrix, error) {
	return read(f, name, func(f *File, t *tensor) (*Matrix, error) { return f.keys(t, l) })
}

func (f *File) keys(t *tensor, l Layout) (*Matrix, error) {
	if err := check(t); err != nil {
		return nil, err
	}
	v, err := arrangementOf(t, l)
	if err != nil {
		return nil, err
	}
	if v == nil {
		return f.matrix(t)
	}
	a, err := f.array(t)
	if err != nil {
		return nil, err
	}
	size := 8
	if a.F32 != nil {
		size = 4
	}
	if _, err := f.room(v.shape, size, "use a machine with more memory, or a file with fewer keys"); err != nil {
		return nil, err
	}
	m := &Matrix{Name: t.Name, Over: v.over, Layout: v.layout, Sets: 1, N: v.shape[len(v.shape)-2], Dim: v.shape[len(v.shape)-1]}
	for _, axis := range v.over {
		m.Sets *= axis.Size
	}
	m.F32, m.F64 = gather(a.F32, v), gather(a.F64, v)
	return m, nil
}

// gather returns the numbers of an arrangement, row by row; nil of nil.
func gather[V float32 | float64](data []V, v *arrangement) []V {
	if data == nil {
		return nil
	}
	total := 1
	for _, n := range v.shape {
		total *= n
	}
	out := make([]V, 0, total)
	index := make([]int, len(v.shape))
	last := len(v.shape) - 1
	for at := v.start; len(out) < total; {
		for c := range v.shape[last] {
			out = append(out, data[at+c*v.stride[last]])
		}
		for k := last - 1; k >= 0; k-- {
			index[k]++
			at += v.stride[k]
			if index[k] < v.shape[k] {
				break
			}
			at -= index[k] * v.stride[k]
			index[k] = 0
		}
	}
	return out
}

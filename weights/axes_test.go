package weights

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// countedFile writes a tensor of the numbers 0, 1, 2, … under a name.
func countedFile(t *testing.T, name string, shape ...int) *File {
	t.Helper()
	total := 1
	for _, n := range shape {
		total *= n
	}
	data := make([]float32, total)
	for i := range data {
		data[i] = float32(i)
	}
	var b bytes.Buffer
	if err := WriteSafetensors(&b, []Tensor{{name, shape, data}}, nil); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "cache.safetensors")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// Batch 2, 3 positions, 4 heads of width 5, in every order: the number at each
// place is the one that the file has there.
func TestKeysOfEachHead(t *testing.T) {
	const batch, pos, head, width = 2, 3, 4, 5
	type place struct{ b, p, h, w int }
	for _, c := range []struct {
		name   string
		shape  []int
		layout Layout
		at     func(place) int // in the file
	}{
		{"blocks.0.attn.hook_k", []int{batch, pos, head, width}, Layout{},
			func(x place) int { return ((x.b*pos+x.p)*head+x.h)*width + x.w }},
		{"blocks.10.attn.hook_rot_k", []int{batch, pos, head, width}, Layout{},
			func(x place) int { return ((x.b*pos+x.p)*head+x.h)*width + x.w }},
		{"blocks.0.attn.k_norm.hook_out", []int{batch, head, pos, width}, Layout{},
			func(x place) int { return ((x.b*head+x.h)*pos+x.p)*width + x.w }},
		{"k", []int{width, batch, head, pos}, Layout{Axes: []string{"width", "batch", "head", "pos"}},
			func(x place) int { return ((x.w*batch+x.b)*head+x.h)*pos + x.p }},
		{"layers.0.self_attn.k_proj.output", []int{batch, pos, head * width}, Layout{Heads: head},
			func(x place) int { return (x.b*pos+x.p)*head*width + x.h*width + x.w }},
		{"h.0.attn.c_attn", []int{batch, pos, 3 * head * width}, Layout{Heads: head},
			func(x place) int { return (x.b*pos+x.p)*3*head*width + head*width + x.h*width + x.w }},
		{"k", []int{pos, batch, head * width}, Layout{Axes: []string{"pos", "batch", "width"}, Heads: head},
			func(x place) int { return (x.p*batch+x.b)*head*width + x.h*width + x.w }},
	} {
		m, err := countedFile(t, c.name, c.shape...).Keys("", c.layout)
		if err != nil {
			t.Fatal(err)
		}
		if m.Sets != batch*head || m.N != pos || m.Dim != width || m.Over.Set(7) != "batch 1, head 3" {
			t.Fatalf("%s: %d sets of %d×%d, %s", c.name, m.Sets, m.N, m.Dim, m.Over.Set(7))
		}
		for i, v := range m.F32 {
			x := place{i / (head * pos * width), i / width % pos, i / (pos * width) % head, i % width}
			if int(v) != c.at(x) {
				t.Fatalf("%s: %v holds %v, not %d", c.name, x, v, c.at(x))
			}
		}
	}
}

// A batch of one that was taken away; names that say nothing; weights.
func TestKeysOfFewerAxes(t *testing.T) {
	for _, c := range []struct {
		name         string
		shape        []int
		sets, n, dim int
		set          string // the last
	}{
		{"blocks.0.attn.hook_k", []int{3, 4, 5}, 4, 3, 5, "head 3"},
		{"blocks.0.attn.hook_k", []int{3, 5}, 1, 3, 5, "set 0"},
		{"blocks.0.ln1.hook_normalized", []int{2, 3, 5}, 2, 3, 5, "set 1"},
		{"past.0.key", []int{2, 4, 3, 5}, 8, 3, 5, "set 7"},
		{"h.0.attn.c_attn.weight", []int{6, 18}, 1, 6, 18, "set 0"},
		{"my_hook_k", []int{2, 4, 3, 5}, 8, 3, 5, "set 7"},
	} {
		m, err := countedFile(t, c.name, c.shape...).Keys("", Layout{})
		if err != nil {
			t.Fatal(err)
		}
		if m.Sets != c.sets || m.N != c.n || m.Dim != c.dim || m.Over.Set(m.Sets-1) != c.set {
			t.Errorf("%s: %d sets of %d×%d, %s", c.name, m.Sets, m.N, m.Dim, m.Over.Set(m.Sets-1))
		}
	}
}

func TestLayoutsThatDoNotFit(t *testing.T) {
	for _, c := range []struct {
		name   string
		shape  []int
		layout Layout
		want   string
	}{
		{"k", []int{2, 3, 5}, Layout{Axes: []string{"pos", "width"}}, "has 3 axes (2×3×5), not 2"},
		{"k", []int{2, 3, 5}, Layout{Heads: 2}, "has 5 numbers in its last axis, which is no multiple of 2"},
		{"k", []int{2, 3, 4, 5}, Layout{Heads: 5}, "nothing says what they are"},
		{"k", []int{5, 3}, Layout{Axes: []string{"width", "pos"}, Heads: 3}, "where that is not width"},
		{"attn.hook_k", []int{2, 3, 4, 5}, Layout{Heads: 5}, "has an axis of heads already"},
		{"h.0.attn.c_attn", []int{2, 3, 12}, Layout{}, "holds queries, keys and values side by side"},
		{"h.0.attn.c_attn", []int{2, 3, 10}, Layout{Heads: 2}, "no multiple of 6"},
		{"attention.query_key_value.output", []int{2, 3, 12}, Layout{Heads: 2}, "in an order that differs between models"},
		{"self_attn.k_norm", []int{2, 3, 4, 5}, Layout{}, "has an order of axes (2×3×4×5) that differs between models"},
	} {
		_, err := countedFile(t, c.name, c.shape...).Keys("", c.layout)
		var known *Error
		if err == nil || !strings.Contains(err.Error(), c.want) || !errors.As(err, &known) || known.Hint == "" {
			t.Errorf("%s %v: %v", c.name, c.shape, err)
		}
	}
}

func TestParseAxes(t *testing.T) {
	if axes, err := ParseAxes("layer,batch,pos,head,width"); err != nil || !slices.Equal(axes, []string{"layer", "batch", "pos", "head", "width"}) {
		t.Error(axes, err)
	}
	for _, text := range []string{"pos", "width", "pos,pos,width", "pos,,width", "Pos,width", "batch, pos,width", ","} {
		if axes, err := ParseAxes(text); err == nil {
			t.Errorf("%q: %v", text, axes)
		}
	}
}

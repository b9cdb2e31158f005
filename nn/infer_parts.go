package nn

import (
	"strconv"
	"strings"
)

// part is a tensor that the model needs, or may have.
type part struct {
	role     string // its place in the layer; that of a bias ends with .bias
	name     string // in the source
	shape    []int
	optional bool
}

// parts lists the tensors of a layer; of layer −1 those that no layer has.
func (m *Model) parts(layer int) []part {
	f, a := m.family, m.Arch
	l := partList{Model: m, layer: layer}
	if layer < 0 {
		l.add("embed", f.embed, "weight", false, a.Vocab, a.Dim)
		l.add("positions", f.positions, "weight", false, a.Context+m.firstPlace, a.Dim)
		l.add("types", f.tokenTypes, "weight", false, max(1, m.rows(f.tokenTypes)), a.Dim)
		l.norm("embedNorm", f.embedNorm, a.Dim)
		l.norm("final", f.final, a.Dim)
		return l.list
	}
	queries, keys := a.Heads*a.Width, a.KVHeads*a.Width
	l.norm("norm1", f.norm1, a.Dim)
	l.norm("norm1After", f.norm1After, a.Dim)
	l.norm("norm2", f.norm2, a.Dim)
	l.norm("norm2After", f.norm2After, a.Dim)
	l.norm("qNorm", f.qNorm, a.Width)
	l.norm("kNorm", f.kNorm, a.Width)
	l.linear("qkv", f.qkv, a.Dim, queries+2*keys)
	l.linear("q", f.q, a.Dim, queries)
	l.linear("k", f.k, a.Dim, keys)
	l.linear("v", f.v, a.Dim, keys)
	l.linear("out", f.out, queries, a.Dim)
	l.linear("gate", f.gate, a.Dim, m.hidden)
	l.linear("up", f.up, a.Dim, m.hidden)
	l.linear("down", f.down, m.hidden, a.Dim)
	return l.list
}

// partList collects parts; what the family has no name for is left out.
type partList struct {
	*Model
	layer int
	list  []part
}

func (l *partList) add(role, template, kind string, optional bool, shape ...int) {
	if template == "" {
		return
	}
	stem := strings.Replace(template, "%d", strconv.Itoa(l.layer), 1)
	l.list = append(l.list, part{role, l.present(l.prefix+stem, kind), shape, optional})
}

func (l *partList) norm(role, template string, width int) {
	l.add(role, template, "weight", false, width)
	if !l.family.rms {
		l.add(role+".bias", template, "bias", false, width)
	}
}

func (l *partList) linear(role, template string, ins, outs int) {
	shape := []int{outs, ins}
	if l.family.inOut {
		shape = []int{ins, outs}
	}
	l.add(role, template, "weight", false, shape...)
	l.add(role+".bias", template, "bias", !l.family.biased, outs)
}

// present is the tensor's name; gamma and beta are what old files of BERT have
// for weight and bias.
func (m *Model) present(stem, kind string) string {
	old := map[string]string{"weight": ".gamma", "bias": ".beta"}[kind]
	if m.source.Shape(stem+"."+kind) == nil && m.source.Shape(stem+old) != nil {
		return stem + old
	}
	return stem + "." + kind
}

func (m *Model) rows(stem string) int {
	if shape := m.source.Shape(m.prefix + stem + ".weight"); len(shape) == 2 {
		return shape[0]
	}
	return 0
}

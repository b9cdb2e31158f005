package nn

import (
	"math"
	"runtime"
	"slices"

	"keyhull/internal/vec"
)

// gainBias is the gain and bias of a norm; nil means that there is no such norm, and
// a nil bias is 0.
type gainBias struct{ gain, bias []float32 }

// inferLayer is one layer's weights as the products take them.
type inferLayer struct {
	norm1, norm1After, norm2, norm2After gainBias
	qNorm, kNorm                         gainBias
	qkv, out, up, down                   *vec.Packed // up: gates and then values, if there are gates
}

// readParts reads the tensors of a layer, by role. Those that are absent are nil.
func (m *Model) readParts(layer, workers int) (map[string][]float32, error) {
	list := m.parts(layer)
	data, errs := make([][]float32, len(list)), make([]error, len(list))
	vec.Parallel(len(list), workers, func(i int) {
		if m.source.Shape(list[i].name) != nil {
			data[i], errs[i] = m.source.Read(list[i].name)
		}
		if data[i] != nil && len(data[i]) != product(list[i].shape) {
			errs[i] = unreadable("tensor %s has %d numbers, want %s", list[i].name, len(data[i]), sizes(list[i].shape))
		}
	})
	read := map[string][]float32{}
	for i, p := range list {
		if errs[i] != nil {
			return nil, errs[i]
		}
		read[p.role] = data[i]
	}
	return read, nil
}

func (m *Model) readEmbeddings() error {
	t, err := m.readParts(-1, 1)
	if err != nil {
		return err
	}
	m.embedding, m.positions, m.tokenType = t["embed"], t["positions"], t["types"]
	m.embedNorm, m.final = m.gainBiasOf(t, "embedNorm"), m.gainBiasOf(t, "final")
	return nil
}

func (m *Model) gainBiasOf(t map[string][]float32, role string) gainBias {
	a := gainBias{t[role], t[role+".bias"]}
	if m.plusOne && a.gain != nil {
		a.gain = slices.Clone(a.gain)
		for i := range a.gain {
			a.gain[i]++
		}
	}
	return a
}

// layer returns the weights of a layer, from memory if they were kept: those of
// all layers, or of the one that was read last.
func (m *Model) layer(i, workers int) (*inferLayer, error) {
	m.mutex.Lock()
	kept := m.kept[i]
	m.mutex.Unlock()
	if kept != nil {
		return kept, nil
	}
	t, err := m.readParts(i, workers)
	if err != nil {
		return nil, err
	}
	l := m.packLayer(t, workers)
	clear(t)
	runtime.GC() // a millisecond; otherwise what was read adds up to as much as is kept
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if !m.keep {
		m.kept[m.latest], m.latest = nil, i
	}
	m.kept[i] = l
	return l, nil
}

// packLayer packs what products need. Weights are let go one by one.
func (m *Model) packLayer(t map[string][]float32, workers int) *inferLayer {
	a := m.Arch
	l := &inferLayer{
		norm1: m.gainBiasOf(t, "norm1"), norm1After: m.gainBiasOf(t, "norm1After"),
		norm2: m.gainBiasOf(t, "norm2"), norm2After: m.gainBiasOf(t, "norm2After"),
		qNorm: m.gainBiasOf(t, "qNorm"), kNorm: m.gainBiasOf(t, "kNorm"),
	}
	queries, keys := a.Heads*a.Width, a.KVHeads*a.Width
	jobs := []func(){
		func() {
			l.qkv = vec.NewPacked(a.Dim, queries+2*keys)
			if m.family.headwise {
				m.setHeadwise(l.qkv, t["qkv"], t["qkv.bias"])
				return
			}
			m.set(l.qkv, 0, queries+2*keys, t, "qkv")
			m.set(l.qkv, 0, queries, t, "q")
			m.set(l.qkv, queries, keys, t, "k")
			m.set(l.qkv, queries+keys, keys, t, "v")
		},
		func() { l.out = vec.NewPacked(queries, a.Dim); m.set(l.out, 0, a.Dim, t, "out") },
		func() {
			gates := len(t["gate"]) / a.Dim
			l.up = vec.NewPacked(a.Dim, gates+m.hidden)
			m.set(l.up, 0, gates, t, "gate")
			m.set(l.up, gates, m.hidden, t, "up")
		},
		func() { l.down = vec.NewPacked(m.hidden, a.Dim); m.set(l.down, 0, a.Dim, t, "down") },
	}
	vec.Parallel(len(jobs), workers, func(i int) { jobs[i]() })
	return l
}

// set fills columns of p with the weights of a role, if there are any.
func (m *Model) set(p *vec.Packed, at, outs int, t map[string][]float32, role string) {
	w := t[role]
	if w == nil {
		return
	}
	ins, out := 1, p.In
	if m.family.inOut {
		ins, out = outs, 1
	}
	p.Set(at, outs, w, ins, out, t[role+".bias"])
}

// setHeadwise fills columns with rows that are ordered by head first.
func (m *Model) setHeadwise(p *vec.Packed, w, bias []float32) {
	a := m.Arch
	for h := range a.Heads {
		for kind := range 3 {
			from := (3*h + kind) * a.Width
			var b []float32
			if bias != nil {
				b = bias[from : from+a.Width]
			}
			p.Set((kind*a.Heads+h)*a.Width, a.Width, w[from*a.Dim:(from+a.Width)*a.Dim], 1, a.Dim, b)
		}
	}
}

func sqrt(n int) float64 { return math.Sqrt(float64(n)) }

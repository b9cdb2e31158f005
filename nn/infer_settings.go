package nn

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"

	"keyhull/weights"
)

// settings are those of one model: config.json with json.Number for numbers, or
// what a GGUF file says under the same names.
type settings struct {
	values map[string]any
	family *family
}

// get returns a setting, the family's default where there is none, or nil.
func (s settings) get(name string) any {
	if own, ok := s.family.keys[name]; ok {
		name = own
	}
	if v, there := s.values[name]; there {
		return v // null means that it is none, whatever the default
	}
	return s.family.defaults[name]
}

// number returns a setting; ok is false if there is none or it is no finite number.
func (s settings) number(name string) (v float64, ok bool) { return asNumber(s.get(name)) }

func asNumber(x any) (v float64, ok bool) {
	if n, is := x.(json.Number); is {
		f, err := n.Float64()
		return f, err == nil
	}
	switch r := reflect.ValueOf(x); {
	case r.CanInt():
		v = float64(r.Int())
	case r.CanUint():
		v = float64(r.Uint())
	case r.CanFloat():
		v = r.Float()
	default:
		return 0, false
	}
	return v, !math.IsNaN(v) && !math.IsInf(v, 0)
}

// maxSize limits every dimension, so that products of two fit in an int.
const maxSize = 1 << 24

// size returns a setting that counts something, or what is given where the
// setting is absent and that is not 0.
func (s settings) size(name string, absent int) (int, error) {
	x := s.get(name)
	if x == nil && absent > 0 {
		return absent, nil
	}
	v, ok := asNumber(x)
	if !ok || v < 1 || v > maxSize || v != math.Trunc(v) {
		return 0, unreadable("%s is %v, not a number from 1 to %d", s.own(name), shownValue(x), maxSize)
	}
	return int(v), nil
}

func (s settings) own(name string) string {
	if own, ok := s.family.keys[name]; ok {
		return own
	}
	return name
}

func (s settings) text(name string) string {
	t, _ := s.get(name).(string)
	return t
}

func (s settings) is(name string) bool {
	b, _ := s.get(name).(bool)
	return b
}

// layerType is entry i of layer_types, "" if there is no such list.
func (s settings) layerType(i int) string {
	list, _ := s.get("layer_types").([]any)
	if i >= len(list) {
		return ""
	}
	t, _ := list[i].(string)
	return t
}

func shownValue(x any) string {
	if x == nil {
		return "missing"
	}
	text := fmt.Sprintf("%v", x)
	if len(text) > 60 {
		text = text[:60] + "…"
	}
	return fmt.Sprintf("%q", text)
}

// unreadable is the error for a model that is not as it has to be.
func unreadable(format string, args ...any) error {
	return &weights.Error{Msg: "model: " + fmt.Sprintf(format, args...),
		Hint: "give a whole model folder as transformers writes it, or a GGUF file, of one of the families that are read"}
}

// shape fills the sizes of m from the settings.
func (s settings) shape(m *Model) (err error) {
	a := &m.Arch
	take := func(to *int, name string, absent int) {
		if err == nil {
			*to, err = s.size(name, absent)
		}
	}
	take(&a.Dim, "hidden_size", 0)
	take(&a.Layers, "num_hidden_layers", 0)
	take(&a.Heads, "num_attention_heads", 0)
	take(&a.KVHeads, "num_key_value_heads", a.Heads)
	take(&m.hidden, "intermediate_size", 4*a.Dim)
	take(&a.Context, "max_position_embeddings", maxSize)
	if err != nil {
		return err
	}
	if a.Dim%a.Heads != 0 && s.get("head_dim") == nil || a.Heads%a.KVHeads != 0 {
		return unreadable("%d heads (%d of keys) for vectors of %d numbers", a.Heads, a.KVHeads, a.Dim)
	}
	take(&a.Width, "head_dim", a.Dim/a.Heads)
	if err != nil {
		return err
	}
	if a.Heads > maxSize/a.Width {
		return unreadable("%d heads of width %d", a.Heads, a.Width)
	}
	eps, ok := s.number("eps")
	if !ok || eps < 0 || eps > 1 {
		return unreadable("%s is %s, not a number from 0 to 1", s.own("eps"), shownValue(s.get("eps")))
	}
	m.Arch.Eps = eps
	return s.activation(m)
}

// activations by transformers' names.
var activations = map[string]activation{"gelu": geluErf, "gelu_new": geluTanh, "gelu_pytorch_tanh": geluTanh, "gelu_fast": geluTanh, "silu": silu, "swish": silu, "relu": relu}

type activation int

const (
	geluErf activation = iota
	geluTanh
	silu
	relu
)

func (s settings) activation(m *Model) error {
	name := s.text("hidden_activation")
	if name == "" {
		name = s.text("hidden_act")
	}
	a, ok := activations[name]
	if !ok || a == silu && s.family.gate == "" {
		return unreadable("%s is %q, which is not read here (gelu, gelu_new, gelu_pytorch_tanh, relu, and silu as a gate are)", s.own("hidden_act"), name)
	}
	m.activation = a
	return nil
}

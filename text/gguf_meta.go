package text

import (
	"math"
	"reflect"
	"slices"
)

// ggufMeta is the metadata of a GGUF file: keys as the file has them.
type ggufMeta map[string]any

const ggufPrefix = "tokenizer.ggml."

const ggufHint = "put the model's tokenizer.json beside the file, or convert the model again with a recent llama.cpp"

// truth returns a boolean, or what holds where it is not set.
func (g ggufMeta) truth(key string, unset bool) bool {
	if b, ok := g[ggufPrefix+key].(bool); ok {
		return b
	}
	return unset
}

// strings returns a list that must be there.
func (g ggufMeta) strings(key string) ([]string, error) {
	switch list := g[ggufPrefix+key].(type) {
	case []string:
		if len(list) > 0 {
			return slices.Clone(list), nil
		}
	case []any:
		out := make([]string, len(list))
		for i, s := range list {
			var ok bool
			if out[i], ok = s.(string); !ok {
				return nil, failf(ggufHint, "tokenizer.ggml.%s is no list of strings", key)
			}
		}
		return out, nil
	}
	return nil, failf(ggufHint, "tokenizer.ggml.%s is no list of strings, or empty", key)
}

// numbers returns a list of so many finite numbers, or nil if there is none.
func (g ggufMeta) numbers(key string, n int) ([]float64, error) {
	value := g[ggufPrefix+key]
	if value == nil {
		return nil, nil
	}
	list := reflect.ValueOf(value)
	if list.Kind() != reflect.Slice || list.Len() != n {
		return nil, failf(ggufHint, "tokenizer.ggml.%s is no list of %d numbers", key, n)
	}
	out := make([]float64, n)
	for i := range out {
		x, ok := asNumber(list.Index(i).Interface())
		if !ok || math.IsNaN(x) || math.IsInf(x, 0) {
			return nil, failf(ggufHint, "tokenizer.ggml.%s: entry %d is no finite number", key, i)
		}
		out[i] = x
	}
	return out, nil
}

// asNumber returns a number of any type.
func asNumber(value any) (float64, bool) {
	v := reflect.ValueOf(value)
	switch {
	case !v.IsValid():
		return 0, false
	case v.CanInt():
		return float64(v.Int()), true
	case v.CanUint():
		return float64(v.Uint()), true
	case v.CanFloat():
		return v.Float(), true
	}
	return 0, false
}

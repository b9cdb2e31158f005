package decide

import (
	"math"
	"strconv"

	"keyhull/cert"
)

// appendKey appends the JSON of a key as json.Marshal, its plain twin, writes
// it: what most keys have by hand, which takes half the time, since a thousand
// keys have ten thousand numbers; others by the twin.
func appendKey(b []byte, k *cert.Key) []byte {
	if k.Death != nil || k.DeathBasis != nil || k.DeathWeights != nil || k.AliveQuery != nil || k.Query != nil && k.Query.Exact != nil {
		return append(b, marshal(k)...)
	}
	b = strconv.AppendInt(append(b, `{"index":`...), int64(k.Index), 10)
	b = append(append(append(b, `,"verdict":"`...), k.Verdict...), '"')
	b = appendNumber(b, `,"margin":`, k.Margin)
	b = appendNumber(b, `,"relative_margin":`, k.RelativeMargin)
	b = appendNumber(b, `,"best_attention":`, k.BestAttention)
	if len(k.Copies) > 0 {
		b = appendInts(append(b, `,"copies":`...), k.Copies)
	}
	if len(k.Bases) > 0 {
		b = appendList(append(b, `,"bases":`...), k.Bases, appendInts)
	}
	if len(k.Weights) > 0 {
		b = appendList(append(b, `,"weights":`...), k.Weights, appendFloats)
	}
	if k.Query != nil {
		b = appendFloats(append(b, `,"query":`...), k.Query.Float)
	}
	return append(b, '}')
}

func appendNumber(b []byte, name string, x *float64) []byte {
	if x == nil {
		return b
	}
	return appendFloat(append(b, name...), *x)
}

func appendInts(b []byte, list []int) []byte {
	return appendList(b, list, func(b []byte, x int) []byte { return strconv.AppendInt(b, int64(x), 10) })
}

func appendFloats(b []byte, list []float64) []byte { return appendList(b, list, appendFloat) }

func appendList[T any](b []byte, list []T, one func([]byte, T) []byte) []byte {
	if list == nil {
		return append(b, "null"...)
	}
	b = append(b, '[')
	for i, x := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = one(b, x)
	}
	return append(b, ']')
}

// appendFloat writes as encoding/json does: as JavaScript writes numbers.
func appendFloat(b []byte, x float64) []byte {
	size := math.Abs(x)
	if x == math.Trunc(x) && 0 < size && size < 1<<53 { // most queries
		return strconv.AppendInt(b, int64(x), 10)
	}
	if size != 0 && (size < 1e-6 || size >= 1e21) {
		b = strconv.AppendFloat(b, x, 'e', -1, 64)
		if n := len(b); n >= 4 && b[n-4] == 'e' && b[n-3] == '-' && b[n-2] == '0' { // e-09 is e-9
			b[n-2] = b[n-1]
			b = b[:n-1]
		}
		return b
	}
	return strconv.AppendFloat(b, x, 'f', -1, 64)
}

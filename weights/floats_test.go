package weights

import (
	"bytes"
	"math"
	"slices"
	"testing"
)

// TestRunsAgree compares the fast readers of plain numbers with the plain one,
// on all numbers of 16 bits, which stand for the upper halves of those of 32.
func TestRunsAgree(t *testing.T) {
	for _, d := range []DType{Float32, Float16, BFloat16} {
		var data []byte
		for i := range uint32(1 << 16) {
			if d == Float32 {
				data = le.AppendUint32(data, i<<16|i)
			} else {
				data = le.AppendUint16(data, uint16(i))
			}
		}
		x := &tensor{Info: Info{DType: d, Shape: []int{1 << 16}}, open: source{bytes.NewReader(data), int64(len(data))}.section(0, int64(len(data)))}
		fast, slow := make([]float32, 1<<16), make([]float32, 1<<16)
		r, ok := inRuns(x)
		if err := fillRuns(x, fast, r); err != nil || !ok {
			t.Fatal(err, ok)
		}
		if err := fill(x, slow, to32[d]); err != nil {
			t.Fatal(err)
		}
		same := func(a, b float32) bool { return math.Float32bits(a) == math.Float32bits(b) }
		if !slices.EqualFunc(fast, slow, same) {
			t.Error(d)
		}
	}
}

package serve

import (
	"bytes"
	"encoding/json"
	"net/url"
	"testing"
)

// A decision of 1,024 keys with 8 coordinates, but for the network: time, and
// on Unix the processor's, which other programs disturb less.
func BenchmarkDecide(b *testing.B) {
	file := npy(b, []int{1024, 8}, gauss(1024, 8, 1))
	for _, c := range []struct {
		name, query string
		body        []byte
		isJSON      bool
	}{
		{"file", "", file, false},
		{"bound", "margins=bound", file, false},
		{"none", "margins=none", file, false},
		{"brief", "certificates=false", file, false},
		{"brief-bound", "certificates=false&margins=bound", file, false},
		{"json", "", listed(b, gauss(1024, 8, 1), 8), true},
	} {
		b.Run(c.name, func(b *testing.B) {
			s := &Server{lanes: newLanes()}
			values, err := url.ParseQuery(c.query)
			must(b, err)
			before := processor()
			for b.Loop() {
				text := texts.Get().(*bytes.Buffer)
				if err := s.answer(b.Context(), text, values, c.body, c.isJSON); err != nil {
					b.Fatal(err)
				}
				b.SetBytes(int64(text.Len()))
				keep(text)
			}
			b.ReportMetric((processor()-before).Seconds()*1000/float64(b.N), "cpu-ms/op")
		})
	}
}

// listed is a question with keys as numbers.
func listed(t testing.TB, x []float32, dim int) []byte {
	var keys [][]float32
	for ; len(x) > 0; x = x[dim:] {
		keys = append(keys, x[:dim])
	}
	data, err := json.Marshal(map[string]any{"keys": keys})
	must(t, err)
	return data
}

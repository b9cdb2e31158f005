package serve

import (
	"net/url"
	"testing"
)

// A decision of 1,024 keys with 8 coordinates, but for the network.
func BenchmarkDecide(b *testing.B) {
	for _, margins := range []string{"auto", "bound", "none"} {
		b.Run(margins, func(b *testing.B) {
			s := &Server{lanes: newLanes()}
			body := npy(b, []int{1024, 8}, gauss(1024, 8, 1))
			for b.Loop() {
				text, err := s.answer(b.Context(), url.Values{"margins": {margins}}, body, false)
				if err != nil {
					b.Fatal(err)
				}
				b.SetBytes(int64(len(text)))
			}
		})
	}
}

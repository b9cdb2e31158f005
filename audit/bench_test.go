package audit

import (
	"context"
	"fmt"
	"math"
	"testing"
)

// BenchmarkModels is the time for all heads of a model's shape: keys of real
// kind (a few large directions, a common offset, a sink), every measurement
// but the best attention.
func BenchmarkModels(b *testing.B) {
	for _, s := range []struct {
		name                      string
		heads, n, width, per, dim int
		causal                    bool
	}{{"SmolLM2", 90, 1024, 64, 3, 576, true}, {"BERT-base", 144, 512, 64, 1, 768, false}} {
		for _, kind := range []string{"gaussian", "real"} {
			b.Run(fmt.Sprint(s.name, "/", kind), func(b *testing.B) {
				for b.Loop() {
					err := Each(context.Background(), func(yield func(Head, error) bool) {
						for k := range s.heads {
							r := newDraws(uint64(k))
							h := r.head(s.n, s.width, s.per)
							if kind == "real" {
								h = r.real(s.n, s.width, s.per)
							}
							h.Causal = s.causal
							for range s.per {
								h.Maps = append(h.Maps, QueryMap{Dim: s.dim, A: r.normals(s.width*s.dim, 0.1), C: r.normals(s.width, 1), Radius: math.Sqrt(float64(s.dim))})
							}
							if !yield(h, nil) {
								return
							}
						}
					}, Options{Margins: 1, Certificates: true}, func(int, *HeadResult) error { return nil })
					if err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

package decide

import (
	"bufio"
	"bytes"
	"strings"
	"testing"

	"keyhull/cert"
)

// The text does not depend on the number of workers: its keys are those of the
// plain twin, a line each.
func TestWriteCertificatesIsMarshal(t *testing.T) {
	for _, n := range []int{0, 1, portion - 1, portion, portion + 1, 5*portion + 3} {
		f := &cert.File{Sets: []cert.Set{{N: n, Keys: make([]cert.Key, n)}, {N: 1, Keys: make([]cert.Key, 1)}}}
		for i := range n {
			f.Sets[0].Keys[i] = cert.Key{Index: i, Verdict: "tied", Copies: []int{i + 1}}
		}
		plain := string(marshal(f))
		for _, workers := range []int{0, 1, 2, 3, 100} {
			var text bytes.Buffer
			if err := WriteCertificates(t.Context(), bufio.NewWriter(&text), f, workers); err != nil {
				t.Fatal(err)
			}
			if got := strings.ReplaceAll(text.String(), "\n", ""); got != plain {
				t.Errorf("%d keys, %d workers: %s, want %s", n, workers, got, plain)
			}
			if lines := strings.Count(text.String(), "\n{\"index\""); lines != n+1 {
				t.Errorf("%d keys, %d workers: %d lines of keys", n, workers, lines)
			}
		}
	}
}

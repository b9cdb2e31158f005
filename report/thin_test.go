package report

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// TestThin keeps every so manieth step of each series, the last and the
// paper's, and small tables whole.
func TestThin(t *testing.T) {
	var b bytes.Buffer
	b.WriteString("norm,series,step,training_loss,low95,high95\n")
	const steps = 30_001
	for _, series := range []string{"seed 1", "mean"} {
		for step := range steps {
			fmt.Fprintf(&b, "layernorm,%s,%d,0.123456789012345678,,\n", series, step)
		}
	}
	b.WriteString("layernorm,paper,7,0.2,,\n")
	some, every := thin(b.Bytes())
	if every != 1+b.Len()/mostTable || every < 2 || len(some) > mostTable {
		t.Fatalf("%d bytes of %d, every %d", len(some), b.Len(), every)
	}
	for _, series := range []string{"seed 1", "mean"} {
		want := (steps-1)/every + 1
		if (steps-1)%every != 0 {
			want++
		}
		if got := strings.Count(string(some), series); got != want {
			t.Errorf("%d steps of %s, want %d", got, series, want)
		}
		if last := fmt.Sprintf("layernorm,%s,%d,", series, steps-1); !strings.Contains(string(some), last) {
			t.Errorf("%s is missing", last)
		}
	}
	if !strings.Contains(string(some), "layernorm,paper,7,0.2,,\n") {
		t.Error("the paper's number is missing")
	}
	small := b.Bytes()[:200]
	if same, every := thin(small); every != 1 || !bytes.Equal(same, small) {
		t.Error("a small table is thinned")
	}
	other := []byte(strings.Repeat("a,b\n", mostTable/4+1))
	if same, every := thin(other); every != 1 || len(same) != len(other) {
		t.Error("a table that has no steps is thinned")
	}
}

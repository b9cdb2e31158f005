package weights

import (
	"math"
	"os"
	"path/filepath"
	"testing"
)

func TestControlGroup(t *testing.T) {
	g := controlGroup{t.TempDir(), "memory.max", "memory.current", "inactive_file"}
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(g.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if g.left() != math.MaxInt64 {
		t.Error("a missing group sets a limit")
	}
	write("memory.current", "700\n")
	write("memory.max", "max\n")
	if g.left() != math.MaxInt64 {
		t.Error("a group without limit sets one")
	}
	write("memory.max", "1000\n")
	if got := g.left(); got != 300 {
		t.Error(got)
	}
	write("memory.stat", "anon 650\ninactive_file 50\nactive_file 0\n")
	if got := g.left(); got != 350 {
		t.Error(got)
	}
	write("memory.max", "600\n")
	if got := g.left(); got != 0 {
		t.Error(got)
	}
}

func TestBytesText(t *testing.T) {
	for n, want := range map[int64]string{0: "0 bytes", 1023: "1023 bytes", 1536: "1.5 KiB",
		3 << 30: "3.0 GiB", 1 << 60: "1.0 EiB", math.MaxInt64: "more than 8 EiB"} {
		if got := bytesText(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}

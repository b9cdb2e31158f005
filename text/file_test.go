package text

import (
	"io"
	"path/filepath"
	"strings"
	"testing"
)

func TestTextIsBounded(t *testing.T) {
	for size, want := range map[int]string{10: "", 11: "big.txt: more than 1024 MiB of text"} {
		r := &textFile{path: "big.txt", from: strings.NewReader(strings.Repeat("a", size)), read: most - 10, line: 1}
		got, err := io.ReadAll(r)
		if want != "" {
			failsWith(t, err, want)
		} else if err != nil || len(got) != size {
			t.Errorf("%d bytes: %d, %v", size, len(got), err)
		}
	}
}

// Characters cut by a read are whole again after it.
func TestTextInPieces(t *testing.T) {
	text := strings.Repeat("añ漢😀\n", 1000)
	for _, size := range []int{1, 2, 3, 5} {
		r := &textFile{from: strings.NewReader(text), line: 1}
		var got strings.Builder
		if _, err := io.CopyBuffer(&got, struct{ io.Reader }{r}, make([]byte, size)); err != nil || got.String() != text || r.line != 1001 {
			t.Errorf("%d bytes at a time: line %d, %v", size, r.line, err)
		}
	}
}

func TestReadText(t *testing.T) {
	for _, text := range []string{"", "a", "漢\n", strings.Repeat("é\n", 1<<16)} {
		for _, file := range []string{text, packed(t, text), "\ufeff" + text, packed(t, "\ufeff"+text)} {
			if got, err := readText(fileOf(t, file)); err != nil || string(got) != text {
				t.Errorf("%.20q: %.20q, %v", file, got, err)
			}
		}
	}
	_, err := readText(fileOf(t, strings.Repeat("é\n", 1<<16)+"\xed\xa0\x80"))
	failsWith(t, err, "line 65537 is no UTF-8")
	_, err = readText(filepath.Join(t.TempDir(), "none"))
	failsWith(t, err, "no such file")
}

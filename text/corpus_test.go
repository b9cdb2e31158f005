package text

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"keyhull/weights"
)

func packed(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write([]byte(text))
	z.Close()
	return b.String()
}

func fileOf(t testing.TB, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestReadGPT2(t *testing.T) {
	text := "One\n\nfirst article é.\n<|endoftext|>\n\nTwo <|endoftext|> within\r\n<|endoftext|>\r\n<|endoftext|>\nThree"
	want := slices.Concat(EncodeGPT2("One\n\nfirst article é."), []int32{EndOfText},
		EncodeGPT2("Two <|endoftext|> within"), []int32{EndOfText}, EncodeGPT2("Three"), []int32{EndOfText})
	for _, content := range []string{text, packed(t, text)} {
		path, cache := fileOf(t, content), filepath.Join(t.TempDir(), "a", "b")
		for _, dir := range []string{"", cache, cache} {
			got, err := ReadGPT2(context.Background(), []string{path}, dir)
			if err != nil || !slices.Equal(got, want) {
				t.Fatal(got, want, err)
			}
		}
		kept, err := filepath.Glob(filepath.Join(cache, "*"))
		if err != nil || len(kept) != 1 {
			t.Fatal(kept, err)
		}
		file, _ := os.ReadFile(kept[0])
		file[len(cacheHead)+1] ^= 1
		if _, ok := decodeCache(file); ok {
			t.Error("a damaged cache is read")
		}
		if err := os.WriteFile(kept[0], file, 0o666); err != nil {
			t.Fatal(err)
		}
		if got, err := ReadGPT2(context.Background(), []string{path}, cache); err != nil || !slices.Equal(got, want) {
			t.Error("a damaged cache is not made anew", got, err)
		}
	}
	if s := DecodeGPT2(want); s != "One\n\nfirst article é.<|endoftext|>Two <|endoftext|> within<|endoftext|>Three<|endoftext|>" {
		t.Errorf("%q", s)
	}
}

func TestTextRefuses(t *testing.T) {
	for content, want := range map[string]string{
		"":                            "has no text",
		" \n<|endoftext|>\n":          "has no text",
		"good\nb\xffad":               "line 2 is no UTF-8",
		"cut \xe2\x82":                "line 1 is no UTF-8",
		packed(t, "some text")[:20]:   "cannot be read",
		"\x1f\x8bnot gzip":            "cannot be read",
		packed(t, "a\nb\nc\xc3\x28 "): "line 3 is no UTF-8",
	} {
		_, err := ReadGPT2(context.Background(), []string{fileOf(t, content)}, "")
		var e *weights.Error
		if !errors.As(err, &e) || !strings.Contains(e.Msg, want) || e.Hint == "" {
			t.Errorf("%.20q: %v, want %s", content, err, want)
		}
	}
	if _, err := ReadGPT2(context.Background(), []string{filepath.Join(t.TempDir(), "none")}, ""); err == nil {
		t.Error("no file is read")
	}
}

func TestBlocks(t *testing.T) {
	b := Blocks([]int32{1, 2, 3, 4, 5, 6, 7}, 3)
	if len(b) != 2 || !slices.Equal(b[1], []int32{4, 5, 6}) || cap(b[0]) != 3 {
		t.Error(b)
	}
	if HashTokens([]int32{1, 2}) == HashTokens([]int32{2, 1}) || HashTokens(nil) == HashTokens([]int32{0}) {
		t.Error("hashes agree")
	}
}

// dataFile returns a file of the folder that KEYHULL_DATA names, or skips.
func dataFile(t *testing.T, name string) string {
	t.Helper()
	dir := os.Getenv("KEYHULL_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared", "data")
	}
	path := filepath.Join(dir, name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("needs %s: name its folder in KEYHULL_DATA", name)
	}
	return path
}

// fixture is a text and its tokens.
type fixture struct {
	Text string
	GPT2 []int32
	Bert []int32
}

func fixtures(t *testing.T) (list []fixture) {
	r, err := openText(dataFile(t, "tokenizers/fixtures.jsonl.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for d := json.NewDecoder(r); d.More(); {
		var f fixture
		if err := d.Decode(&f); err != nil {
			t.Fatal(err)
		}
		list = append(list, f)
	}
	return list
}

func TestGPT2Fixtures(t *testing.T) {
	list, right := fixtures(t), 0
	for _, f := range list {
		if got := EncodeGPT2(f.Text); slices.Equal(got, f.GPT2) {
			right++
		} else {
			t.Errorf("%.60q: %v, want %v", f.Text, got, f.GPT2)
		}
	}
	t.Logf("%d of %d equal", right, len(list))
}

func FuzzReadArticles(f *testing.F) {
	f.Add([]byte("One\n<|endoftext|>\nTwo"))
	f.Add([]byte(packed(f, "One\n<|endoftext|>\nTwo")))
	f.Fuzz(func(t *testing.T, content []byte) {
		articles, err := Articles(fileOf(t, string(content)))
		if (err == nil) != (len(articles) > 0) {
			t.Error(articles, err)
		}
		for _, a := range articles {
			EncodeGPT2(a)
		}
	})
}

func FuzzDecodeCache(f *testing.F) {
	dir := f.TempDir()
	keep(dir, "x", []int32{1, 2, 3})
	file, err := os.ReadFile(filepath.Join(dir, "x"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(file)
	f.Fuzz(func(t *testing.T, file []byte) {
		if tokens, ok := decodeCache(file); ok && 2*len(tokens) >= len(file) {
			t.Error("more tokens than bytes")
		}
	})
}

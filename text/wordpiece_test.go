package text

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"keyhull/weights"
)

const smallVocab = "[PAD]\n[UNK]\n[CLS]\n[SEP]\nun\n##aff\n##able\n##a\na\nä\ncafe\n!\n$\n中\n文\n[\n]\n##\nunk\ni\n"

// failsWith holds err to the form that users see: one line in which want
// occurs, and a hint.
func failsWith(t testing.TB, err error, want string) {
	t.Helper()
	var e *weights.Error
	if !errors.As(err, &e) || e.Hint == "" || strings.ContainsAny(e.Msg+e.Hint, "\n\r\x00\x1b") || !strings.Contains(e.Msg, want) {
		t.Errorf("%#v, want %s", err, want)
	}
}

func wordPiece(t testing.TB, vocab string) *WordPiece {
	t.Helper()
	w, err := parseWordPiece("vocab.txt", []byte(vocab))
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *WordPiece) spelled(ids []int32) string {
	var tokens []string
	for _, id := range ids {
		tokens = append(tokens, w.Token(id))
	}
	return strings.Join(tokens, " ")
}

func TestWordPiece(t *testing.T) {
	w := wordPiece(t, smallVocab)
	for text, want := range map[string]string{
		"":                                     "",
		"Unaffable":                            "un ##aff ##able",
		"unaffablex a":                         "[UNK] a",
		"UN\u00adaffable\x00\ufffd":            "un ##aff ##able",
		"café CAFE\u0301 \xff":                 "cafe cafe",
		"ä a\u0308":                            "a a", // accents go first: the token ä is never reached
		"a!$a\u00a0a\u3000a\ta\r\n":            "a ! $ a a a a",
		"a中文a":                                 "a 中 文 a",
		"[UNK] [CLS]":                          "[ unk ] [ [UNK] ]",
		"İ \U0001f600":                         "i [UNK]",
		"un" + strings.Repeat("a", 98):         "un" + strings.Repeat(" ##a", 98),
		"un" + strings.Repeat("a", 99) + " un": "[UNK] un",
	} {
		if got := w.spelled(w.Encode(text)); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
	for most, want := range map[int]string{2: "[CLS] [SEP]", 4: "[CLS] un ##aff [SEP]", 5: "[CLS] un ##aff ##able [SEP]", 64: "[CLS] un ##aff ##able [SEP]"} {
		if got := w.spelled(w.EncodeSentence("unaffable", most)); got != want {
			t.Errorf("%d: %s, want %s", most, got, want)
		}
	}
	if w.Vocab() != 20 {
		t.Error(w.Vocab())
	}
}

func TestReadWordPiece(t *testing.T) {
	for _, file := range []string{smallVocab, packed(t, smallVocab), "\ufeff" + smallVocab, strings.ReplaceAll(smallVocab, "\n", "\r\n"), strings.TrimSuffix(smallVocab, "\n")} {
		w, err := ReadWordPiece(fileOf(t, file))
		if err != nil || w.Token(0) != "[PAD]" || w.Token(19) != "i" || w.spelled(w.Encode("unaffable")) != "un ##aff ##able" {
			t.Errorf("%.20q: %v", file, err)
		}
	}
	for file, want := range map[string]string{
		"":                          "has no token [UNK]",
		`{"a": 0}`:                  "has no token [UNK]",
		"[UNK]\n[SEP]\n":            "has no token [CLS]",
		"[UNK]\n[CLS]\n":            "has no token [SEP]",
		"a\n\nb\n":                  "line 2 is empty",
		"a\n##a\nb\n##a\n":          `line 4: "##a" stands in line 2 too`,
		"a\nb\xff\n":                "line 2",
		strings.Repeat("\x1b\n", 2): `line 2: "\x1b" stands in line 1 too`,
		packed(t, smallVocab)[:30]:  "EOF",
	} {
		_, err := ReadWordPiece(fileOf(t, file))
		failsWith(t, err, want)
	}
}

func TestWordPieceFixtures(t *testing.T) {
	list, right := fixtures(t), 0
	w, err := ReadWordPiece(dataFile(t, "tokenizers/bert-base-uncased-vocab.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		if got := w.Encode(f.Text); slices.Equal(got, f.Bert) {
			right++
		} else {
			t.Errorf("%.60q: %v, want %v", f.Text, got, f.Bert)
		}
	}
	t.Logf("%d of %d equal", right, len(list))
}

func FuzzWordPieceVocab(f *testing.F) {
	f.Add([]byte(smallVocab), "unaffable")
	f.Add([]byte("[UNK]\r\n[CLS]\n[SEP]\n##\n\n"), "##")
	f.Fuzz(func(t *testing.T, vocab []byte, text string) {
		w, err := parseWordPiece("vocab.txt", vocab)
		if err != nil {
			failsWith(t, err, "vocab.txt: ")
			return
		}
		for _, id := range w.EncodeSentence(text, 1<<20) {
			w.Token(id)
		}
	})
}

// FuzzWordPiece: the pieces of a word spell it, and cutting it by trying every
// length gives the same.
func FuzzWordPiece(f *testing.F) {
	w := wordPiece(f, smallVocab)
	f.Add("Unaffable café, 中文!")
	f.Add("\xff\u0301\u00ad")
	f.Fuzz(func(t *testing.T, text string) {
		var want []int32
		for word := range words(uncased.apply(text)) {
			if word == "" || !utf8.ValidString(word) || strings.ContainsFunc(word, unicode.IsSpace) {
				t.Fatalf("word %q of %q", word, text)
			}
			want = append(want, w.plainPieces(word)...)
		}
		if got := w.Encode(text); !slices.Equal(got, want) {
			t.Errorf("%q: %s, want %s", text, w.spelled(got), w.spelled(want))
		}
	})
}

// plainPieces compares a word with every token of the vocabulary.
func (w *WordPiece) plainPieces(word string) (ids []int32) {
	if len([]rune(word)) > wordMost {
		return []int32{w.pieces.unknown}
	}
	for rest := word; rest != ""; {
		best := -1
		for id, token := range w.tokens {
			piece, later := strings.CutPrefix(token, "##")
			if later == (len(ids) > 0) && piece != "" && strings.HasPrefix(rest, piece) && (best < 0 || len(token) > len(w.tokens[best])) {
				best = id
			}
		}
		if best < 0 {
			return []int32{w.pieces.unknown}
		}
		ids = append(ids, int32(best))
		rest = rest[len(strings.TrimPrefix(w.tokens[best], "##")):]
	}
	return ids
}

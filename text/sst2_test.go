package text

import (
	"slices"
	"strings"
	"testing"
)

const smallSST2 = "sentence\tlabel\na fine film .\t1\nno wit \t0\n"

func TestReadSST2(t *testing.T) {
	for _, file := range []string{smallSST2, packed(t, smallSST2), "\ufeff" + smallSST2, strings.ReplaceAll(smallSST2, "\n", "\r\n"), strings.TrimSuffix(smallSST2, "\n")} {
		sentences, labels, err := ReadSST2(fileOf(t, file))
		if err != nil || !slices.Equal(sentences, []string{"a fine film .", "no wit"}) || !slices.Equal(labels, []uint16{1, 0}) {
			t.Errorf("%q: %q %v %v", file, sentences, labels, err)
		}
	}
	for file, want := range map[string]string{
		"":                                    "has no sentences",
		"sentence\tlabel\n":                   "has no sentences",
		"index\tsentence\n0\tfine\n":          "has no labels",
		"1\tfine\n":                           `line 1 is "1\tfine", not "sentence\tlabel"`,
		"sentence\tlabel\nfine\t1\nfine\n":    "line 3 has no label",
		"sentence\tlabel\nfine\t\n":           "line 2 has no label",
		"sentence\tlabel\nfine\t2\n":          `line 2: the label is "2", not 0 or 1`,
		"sentence\tlabel\nfine\t1\t1\n":       `line 2: the label is "1\t1"`,
		"sentence\tlabel\n \t1\n":             "line 2 has no sentence",
		"sentence\tlabel\nfine\t1\n\n":        "line 3 has no sentence",
		"sentence\tlabel\nfine\t1\n\xff\t1\n": "line 3",
	} {
		_, _, err := ReadSST2(fileOf(t, file))
		failsWith(t, err, want)
	}
}

// TestReadSST2Sentences takes GLUE's test set, which has no labels.
func TestReadSST2Sentences(t *testing.T) {
	const unlabelled = "index\tsentence\n0\ta fine film .\n1\tno wit \n"
	for _, file := range []string{smallSST2, unlabelled, packed(t, unlabelled), strings.ReplaceAll(unlabelled, "\n", "\r\n")} {
		sentences, err := ReadSST2Sentences(fileOf(t, file))
		if err != nil || !slices.Equal(sentences, []string{"a fine film .", "no wit"}) {
			t.Errorf("%q: %q %v", file, sentences, err)
		}
	}
	for file, want := range map[string]string{
		"":                              "has no sentences",
		"index\tsentence\n":             "has no sentences",
		"index\tsentence\n0\tfine\n1\n": "line 3 has no sentence",
		"index\tsentences\n0\tfine\n":   "line 1 is",
		"sentence\tlabel\nfine\n":       "line 2 has no label",
	} {
		_, err := ReadSST2Sentences(fileOf(t, file))
		failsWith(t, err, want)
	}
}

func TestJoinSentences(t *testing.T) {
	sentences := slices.Repeat([]string{strings.Repeat("a", 51)}, 31)
	texts := JoinSentences(sentences, byBytes, -1)
	if len(texts) != 2 || len(texts[0]) != 15*52-1 || texts[0][51] != -1 || texts[0][52] != 'a' {
		t.Error(len(texts))
	}
}

func TestSST2(t *testing.T) {
	for file, want := range map[string][2]int{"sst2/train.tsv.gz": {67_349, 37_569}, "sst2/dev.tsv.gz": {872, 444}, "sst2/test.tsv.gz": {1821, 909}} {
		sentences, labels, err := ReadSST2(dataFile(t, file))
		if err != nil {
			t.Fatal(err)
		}
		positive := 0
		for _, l := range labels {
			positive += int(l)
		}
		if len(sentences) != want[0] || positive != want[1] {
			t.Errorf("%s: %d sentences, %d positive, want %v", file, len(sentences), positive, want)
		}
		if file == "sst2/dev.tsv.gz" {
			t.Logf("%s: %d texts of joined sentences", file, len(JoinSentences(sentences, EncodeGPT2, EndOfText)))
		}
	}
}

func FuzzSST2(f *testing.F) {
	f.Add([]byte(smallSST2))
	f.Add([]byte("index\tsentence\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		sentences, labels, err := parseSST2("train.tsv", file)
		if err != nil {
			failsWith(t, err, "train.tsv: ")
			return
		}
		again := "sentence\tlabel\n"
		for i, s := range sentences {
			again += s + "\t" + string(rune('0'+labels[i])) + "\n"
		}
		back, l, err := parseSST2("again", []byte(again))
		if err != nil || !slices.Equal(back, sentences) || !slices.Equal(l, labels) {
			t.Fatalf("%q %v: %q %v %v", sentences, labels, back, l, err)
		}
	})
}

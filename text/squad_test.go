package text

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

const smallSQuAD = `{"version": "1.1", "data": [
 {"title": "A", "paragraphs": [{"context": "One.", "qas": [{"id": "1", "question": "?", "answers": []}]}, {"context": "Two é."}]},
 {"title": "B", "paragraphs": [{"context": "Three."}]}]}`

func TestReadSQuAD(t *testing.T) {
	for _, file := range []string{smallSQuAD, packed(t, smallSQuAD), "\ufeff" + smallSQuAD} {
		a, err := ReadSQuAD(fileOf(t, file))
		if err != nil || len(a) != 2 || a[0].Title != "A" || !slices.Equal(a[0].Paragraphs, []string{"One.", "Two é."}) || !slices.Equal(a[1].Paragraphs, []string{"Three."}) {
			t.Errorf("%+v, %v", a, err)
		}
	}
	for file, want := range map[string]string{
		"":                                  "line 1, byte 0 of the file: unexpected end",
		"{\"data\":\n[}":                    "line 2, byte 11 of the file: invalid character",
		smallSQuAD[:100]:                    "line 2, byte 100 of the file: unexpected end",
		"\n\n{\"data\": [{\"title\":\n7}]}": `line 4, byte 23 of the file: a JSON number where "data.title" has`,
		"[]":                                "a JSON array",
		"{}":                                "has no articles",
		`{"data": null}`:                    "has no articles",
		`{"data": [{"title": "A\u001b"}]}`:  `article 1, "A\x1b", has no paragraphs`,
		`{"data": [{"title": "A", "paragraphs": [{"context": "x"}, {"qas": []}]}]}`: `article 1, "A", has no context in paragraph 2`,
		"{\"data\": \"\xff\"}": "line 1",
	} {
		_, err := ReadSQuAD(fileOf(t, file))
		failsWith(t, err, want)
	}
}

// byBytes stands for a tokenizer.
func byBytes(text string) (tokens []int32) {
	for _, b := range []byte(text) {
		tokens = append(tokens, int32(b))
	}
	return tokens
}

func TestJoinParagraphs(t *testing.T) {
	for _, c := range []struct{ parts, want []int }{
		{[]int{768}, []int{768}},
		{[]int{767}, nil},
		{[]int{1024, 1025, 1024}, []int{1024, 1024}},
		{[]int{383, 384}, []int{768}},
		{[]int{100, 923}, []int{1024}},
		{[]int{100, 924}, []int{924}},                // one too many: the second alone
		{[]int{400, 700, 323}, []int{1024}},          // the first is given up
		{[]int{700, 1025, 100}, nil},                 // what is too long parts its neighbours
		{[]int{800, 300, 300, 300}, []int{800, 902}}, // closed as soon as it may be
	} {
		var a Article
		for i, n := range c.parts {
			a.Paragraphs = append(a.Paragraphs, strings.Repeat(string(rune('a'+i)), n))
		}
		var got []int
		for _, text := range JoinParagraphs([]Article{a, a}, byBytes, -1) {
			got = append(got, len(text))
		}
		if !slices.Equal(got, slices.Concat(c.want, c.want)) {
			t.Errorf("%v: %v, want twice %v", c.parts, got, c.want)
		}
	}
}

// Every text is a run of consecutive parts with separators, has a length that
// is asked for, and would be too short without its last part.
func TestJoinedTexts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var parts []string
		for i, n := range rapid.SliceOfN(rapid.IntRange(1, 1100), 1, 40).Draw(t, "lengths") {
			parts = append(parts, strings.Repeat(string(rune('0'+i)), n)) // one byte each up to 79 parts
		}
		last := int32(-1)
		for _, text := range joined(parts, byBytes, -1) {
			if len(text) < leastJoined || len(text) > mostJoined {
				t.Fatalf("%d tokens", len(text))
			}
			var whole []int32
			begin := text[0]
			for i := begin; i <= text[len(text)-1]; i++ {
				if i > begin {
					if len(whole) >= leastJoined {
						t.Fatal("the text was long enough before")
					}
					whole = append(whole, -1)
				}
				whole = append(whole, byBytes(parts[i-'0'])...)
			}
			if begin <= last || !slices.Equal(whole, text) {
				t.Fatalf("text of parts from %d, the last ended with %d", begin, last)
			}
			last = text[len(text)-1]
		}
	})
}

func TestSQuADDev(t *testing.T) {
	articles, err := ReadSQuAD(dataFile(t, "squad/squad-dev-v1.1.json.gz"))
	if err != nil {
		t.Fatal(err)
	}
	paragraphs, tokens := 0, 0
	for _, a := range articles {
		paragraphs += len(a.Paragraphs)
	}
	texts := JoinParagraphs(articles, EncodeGPT2, EndOfText)
	for _, text := range texts {
		tokens += len(text)
	}
	t.Logf("%d articles, %d paragraphs; %d texts, %.1f tokens each", len(articles), paragraphs, len(texts), float64(tokens)/float64(len(texts)))
	if len(articles) != 48 || paragraphs != 2067 || len(texts) != 357 || tokens != 306_648 {
		t.Errorf("%d tokens; want 48, 2067; 357, 306648", tokens)
	}
}

func FuzzSQuAD(f *testing.F) {
	f.Add([]byte(smallSQuAD))
	f.Add([]byte(`{"data": [{"title": 7}]}`))
	f.Fuzz(func(t *testing.T, file []byte) {
		articles, err := parseSQuAD("squad.json", file)
		if err != nil {
			failsWith(t, err, "squad.json: ")
			return
		}
		for _, a := range articles {
			if len(a.Paragraphs) == 0 || slices.Contains(a.Paragraphs, "") {
				t.Fatalf("%+v", a)
			}
		}
		again, err := json.Marshal(map[string]any{"data": inSQuADsForm(articles)})
		if err != nil {
			t.Fatal(err)
		}
		if back, err := parseSQuAD("again", again); err != nil || len(back) != len(articles) {
			t.Fatal(back, err)
		}
		JoinParagraphs(articles, byBytes, -1)
	})
}

func inSQuADsForm(articles []Article) (data []any) {
	for _, a := range articles {
		var paragraphs []any
		for _, p := range a.Paragraphs {
			paragraphs = append(paragraphs, map[string]any{"context": p})
		}
		data = append(data, map[string]any{"title": a.Title, "paragraphs": paragraphs})
	}
	return data
}

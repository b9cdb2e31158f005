package text

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tiktoken-go/tokenizer/codec"
	"pgregory.net/rapid"
)

// randomBPE draws merges over a few characters: some pairs of tokens that are
// there, each with a token of its own.
func randomBPE(t *rapid.T) *bpe {
	b := &bpe{ids: map[string]int32{}, unknown: -1}
	tokens := []string{"a", "b", "c", "é"}
	for id, token := range tokens {
		b.ids[token] = int32(id)
	}
	join := pairs{}
	for rank := range rapid.IntRange(0, 12).Draw(t, "merges") {
		left, right := rapid.SampledFrom(tokens).Draw(t, "left"), rapid.SampledFrom(tokens).Draw(t, "right")
		if _, has := b.ids[left+right]; !has {
			b.ids[left+right] = int32(len(tokens))
			tokens = append(tokens, left+right)
		}
		join[[2]int32{b.ids[left], b.ids[right]}] = [2]int32{int32(rank), b.ids[left+right]}
	}
	if b.join = join; rapid.Bool().Draw(t, "spelled") {
		ranks := make([]int32, len(tokens))
		for i := range ranks {
			ranks[i] = rapid.Int32Range(0, 5).Draw(t, "rank") // equal ones too
		}
		b.join = spelled{b.ids, ranks}
	}
	return b
}

// The heap gives what looking at all pairs does.
func TestMergeManyAgrees(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := randomBPE(t)
		word := rapid.StringOfN(rapid.RuneFrom([]rune("abcéx")), 0, 90, -1).Draw(t, "word")
		few, many := b.symbols(word), b.symbols(word)
		b.mergeFew(word, few)
		b.mergeMany(word, many)
		if !slices.Equal(few, many) {
			t.Fatalf("%q: %v, want %v", word, many, few)
		}
	})
}

func TestBPE(t *testing.T) {
	ids := map[string]int32{"a": 0, "b": 1, "ab": 2, "abab": 3, "?": 4}
	merges := pairs{{0, 1}: {0, 2}, {2, 2}: {1, 3}}
	for _, c := range []struct {
		b    bpe
		word string
		want []int32
	}{
		{bpe{unknown: -1}, "ababab", []int32{3, 2}},
		{bpe{unknown: -1}, "xaxbx", []int32{2}}, // what has no token is not there
		{bpe{unknown: 4}, "xxab", []int32{4, 4, 2}},
		{bpe{unknown: 4, fuse: true}, "xxabx", []int32{4, 2, 4}},
		{bpe{unknown: -1, whole: true}, "abab", []int32{3}},
		{bpe{unknown: -1}, "", nil},
		{bpe{unknown: 4, frozen: newLexicon(map[string]int32{"aba": 9, "x": 8})}, "abab", []int32{9, 1}},
	} {
		c.b.ids, c.b.join = ids, merges
		if got, err := c.b.encode(nil, c.word); err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%q: %v, want %v", c.word, got, c.want)
		}
	}
}

// Text of all kinds, as tokenizers are asked to cut it.
func texts() *rapid.Generator[string] {
	part := rapid.OneOf(
		rapid.SampledFrom([]string{" ", "  ", "\n", "\r\n", " \n\n", "\t", "\u00a0", "\u3000", "'s", "'LL", "'ſ", "'", "é", "e\u0301", "東京", "한국어", "x²", "👩\u200d🚀", "1234", "the", " The",
			"\x00", "\x7f", "\u0085", "\u200b", "<s>", "##", "▁"}),
		rapid.StringN(0, 5, -1))
	return rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(part, 0, 20).Draw(t, "parts"), "")
	})
}

// The library that has the vocabulary gives the same tokens, but for U+007F,
// which it drops.
func TestGPT2AgreesWithLibrary(t *testing.T) {
	library := codec.NewR50kBase()
	rapid.Check(t, func(t *rapid.T) {
		s := strings.ReplaceAll(texts().Draw(t, "text"), "\x7f", "")
		if strings.ContainsFunc(s, func(r rune) bool { return within(r, letters16) || within(r, numbers16) }) {
			return // it has older tables
		}
		want, _, err := library.Encode(s)
		if err != nil {
			t.Fatal(err)
		}
		if got := EncodeGPT2(s); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("%q: %v, want %v", s, got, want)
		}
	})
}

// Words with a token need no merging, since it would end with that token.
func TestGPT2TokensAreWhole(t *testing.T) {
	merging := gpt2().bpe
	merging.whole = false
	for id, token := range gpt2().tokens[:EndOfText] {
		if got, _ := merging.encode(nil, token); !slices.Equal(got, []int32{int32(id)}) {
			t.Fatalf("%q: %v, want %d", token, got, id)
		}
	}
}

// GPT-2's own files say the same as the ranks by which the library has them.
func TestGPT2Files(t *testing.T) {
	raw, err := readSmallText(dataFile(t, "tokenizers/gpt2-encoder.json"))
	if err != nil {
		t.Fatal(err)
	}
	lines, err := readSmallText(dataFile(t, "tokenizers/gpt2-vocab.bpe"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := settings{}.byteLevel(raw, lines)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		s := texts().Draw(t, "text")
		if got, err := p.encode(nil, s); err != nil || !slices.Equal(got, EncodeGPT2(s)) {
			t.Fatalf("%q: %v, want %v, %v", s, got, EncodeGPT2(s), err)
		}
	})
	for id, token := range gpt2().tokens {
		if p.shown[id] != readable(token) {
			t.Fatalf("%d: %q, want %q", id, p.shown[id], token)
		}
	}
}

// Long words of any kind take no time that grows with their square.
func TestGPT2LongWords(t *testing.T) {
	for _, part := range []string{"a", "ab", " ", "!", "\x7f", "é", "\n"} {
		s := strings.Repeat(part, 100_000)
		if ids := EncodeGPT2(s); DecodeGPT2(ids) != s || len(ids) > len(s) {
			t.Errorf("%q: %d tokens", part, len(ids))
		}
	}
}

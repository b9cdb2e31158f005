package text

import (
	"sync"

	"github.com/tiktoken-go/tokenizer/codec"
)

// GPT2Vocab is the number of GPT-2's tokens, EndOfText the one that stands
// between texts.
const (
	GPT2Vocab = 50_257
	EndOfText = 50_256
)

// gpt2 is GPT-2's vocabulary, taken once from a library, in which it is part of
// the program, so that no file is needed. A merge's rank is the id of what it
// makes. Every token is what the merges make of its text: a word that is one
// needs none.
var gpt2 = sync.OnceValue(func() *gpt2Tokens {
	g := &gpt2Tokens{bpe: bpe{ids: make(map[string]int32, EndOfText), bytes: &[256]int32{}, unknown: -1, whole: true}}
	from := codec.NewR50kBase()
	for id := range int32(EndOfText) {
		token, err := from.Decode([]uint{uint(id)})
		if err != nil {
			panic("text: internal error: " + err.Error()) // the library lacks what it names
		}
		g.tokens[id], g.bpe.ids[token] = token, id
	}
	g.tokens[EndOfText] = endOfArticle
	for b := range g.bpe.bytes {
		g.bpe.bytes[b] = g.bpe.ids[string([]byte{byte(b)})]
	}
	g.bpe.join = spelled{ids: g.bpe.ids}
	return g
})

type gpt2Tokens struct {
	bpe    bpe
	tokens [GPT2Vocab]string
}

// EncodeGPT2 returns the tokens of GPT-2's byte-level BPE (Radford et al., 2019),
// those that the Python libraries give. Text like <|endoftext|> is text. It may
// be called concurrently.
func EncodeGPT2(s string) []int32 {
	g := gpt2()
	ids := make([]int32, 0, len(s)/4)
	wordRule{}.cut(s, true, func(word string) {
		ids, _ = g.bpe.encode(ids, word) // all bytes have tokens
	})
	return ids
}

// DecodeGPT2 returns the bytes that tokens stand for. It panics if one is out of
// range.
func DecodeGPT2(tokens []int32) string {
	var out []byte
	for _, t := range tokens {
		out = append(out, gpt2().tokens[t]...)
	}
	return string(out)
}

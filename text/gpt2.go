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

// gpt2Codec is made once: its vocabulary is part of the program, so that no
// file is needed.
var gpt2Codec = sync.OnceValue(codec.NewR50kBase)

// EncodeGPT2 returns the tokens of GPT-2's byte-level BPE (Radford et al., 2019),
// those that the Python libraries give. Text like <|endoftext|> is text. It may
// be called concurrently.
func EncodeGPT2(s string) []int32 {
	ids, _, err := gpt2Codec().Encode(s)
	if err != nil {
		panic("text: internal error: " + err.Error()) // bytes that are no UTF-8 have tokens too
	}
	out := make([]int32, len(ids))
	for i, id := range ids {
		out[i] = int32(id)
	}
	return out
}

// DecodeGPT2 returns the bytes that tokens stand for. It panics if one is out of
// range.
func DecodeGPT2(tokens []int32) string {
	var out []byte
	for _, t := range tokens {
		if t == EndOfText {
			out = append(out, endOfArticle...)
			continue
		}
		s, err := gpt2Codec().Decode([]uint{uint(t)})
		if err != nil {
			panic("text: " + err.Error())
		}
		out = append(out, s...)
	}
	return string(out)
}

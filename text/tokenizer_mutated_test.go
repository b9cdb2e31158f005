package text

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
)

// mutated changes some places of a file: bytes flipped, dropped, doubled, or
// the rest cut off.
func mutated(r *rand.Rand, file string) []byte {
	b := []byte(file)
	for range 1 + r.IntN(4) {
		if len(b) == 0 {
			return b
		}
		at := r.IntN(len(b))
		end := min(len(b), at+1+r.IntN(12))
		switch r.IntN(6) {
		case 0:
			b[at] ^= 1 << r.IntN(8)
		case 1:
			b[at] = byte(r.IntN(256))
		case 2:
			b = append(b[:at:at], b[end:]...)
		case 3:
			b = append(b[:end:end], b[at:]...)
		case 4:
			b[at] = "0123456789-\"{}[],:"[r.IntN(18)]
		case 5:
			if r.IntN(8) == 0 {
				b = b[:at]
			}
		}
	}
	return b
}

// Mutated files are refused, or read as something that encodes.
func TestMutatedTokenizers(t *testing.T) {
	const each = 1500
	r := rand.New(rand.NewPCG(1, 2))
	text := "ab abé 12 <s> abaxyab\n"
	run := func(name, file string, parse func(raw []byte) (Tokenizer, error)) {
		read := 0
		for range each {
			tok, err := parse(mutated(r, file))
			if err != nil {
				failsWith(t, err, "")
				continue
			}
			read++
			encodes(t, tok, text)
		}
		if t.Logf("%s: %d of %d read", name, read, each); read == 0 || read == each {
			t.Errorf("%s: mutations are of no use", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(smallFiles)) {
		run(name, smallFiles[name], func(raw []byte) (Tokenizer, error) { return parseTokenizerJSON(raw) })
	}
	for _, kind := range []uint64{1, 2} {
		tokens, scores, types := pieceTokens()
		run("tokenizer.model", modelFile(tokens, scores, types, numbers{3: kind, 35: 1}, nil, charsTable()), func(raw []byte) (Tokenizer, error) {
			m, err := parseSentencePiece(raw)
			if err != nil {
				return nil, err
			}
			return m.pipeline(settings{Class: "LlamaTokenizer"})
		})
	}
	run("vocab.json", smallVocabJSON, func(raw []byte) (Tokenizer, error) { return settings{}.byteLevel(raw, []byte(smallMerges)) })
	run("merges.txt", smallMerges, func(raw []byte) (Tokenizer, error) { return settings{}.byteLevel([]byte(smallVocabJSON), raw) })
	for _, parts := range []said{ggufOf(ggufBytes, nil), ggufOf(ggufPieces(), nil), ggufOf(ggufBERT, nil)} {
		raw, err := json.Marshal(parts)
		if err != nil {
			t.Fatal(err)
		}
		run("metadata", string(raw), func(raw []byte) (Tokenizer, error) {
			var from said
			if err := json.Unmarshal(raw, &from); err != nil {
				return nil, failf(ggufHint, "no metadata")
			}
			return ggufTokenizer(ggufMeta(from))
		})
	}
}

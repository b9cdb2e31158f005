package text

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// WordPiece is the tokenizer of uncased BERT (Devlin et al. 2019): text is
// cleaned, lower-cased and cut into words, and a word into the longest pieces
// that the vocabulary has, from left to right (Wu et al. 2016, section 4.1). It
// may be used by several goroutines at once.
type WordPiece struct {
	tokens []string
	pieces *pieces

	class, separator int32
}

const wordMost = 100 // characters of a word; a longer one is unknown

// ReadWordPiece reads a vocabulary, vocab.txt: a token a line, whose number
// from 0 is its id. It may be packed with gzip. Errors are of type
// [*keyhull/weights.Error].
func ReadWordPiece(path string) (*WordPiece, error) {
	text, err := readText(path)
	if err != nil {
		return nil, err
	}
	return parseWordPiece(path, text)
}

func parseWordPiece(path string, text []byte) (*WordPiece, error) {
	w := &WordPiece{}
	ids := map[string]int32{}
	for line := range bytes.Lines(text) {
		token := strings.TrimRight(string(line), "\r\n")
		if token == "" {
			return nil, failf(vocabHint, "%s: line %d is empty", path, len(w.tokens)+1)
		}
		if id, has := ids[token]; has {
			return nil, failf(vocabHint, "%s: line %d: %s stands in line %d too", path, len(w.tokens)+1, shown(token), id+1)
		}
		ids[token] = int32(len(w.tokens))
		w.tokens = append(w.tokens, token)
	}
	for _, token := range []string{"[UNK]", "[CLS]", "[SEP]"} {
		if _, ok := ids[token]; !ok {
			return nil, failf(vocabHint, "%s: has no token %s", path, token)
		}
	}
	w.pieces = newPieces(ids, "##", ids["[UNK]"], wordMost)
	w.class, w.separator = ids["[CLS]"], ids["[SEP]"]
	return w, nil
}

const vocabHint = "give the vocab.txt of a BERT: a token a line, each once"

// Vocab returns the number of tokens.
func (w *WordPiece) Vocab() int { return len(w.tokens) }

// Token returns a token as the vocabulary writes it.
func (w *WordPiece) Token(id int32) string { return w.tokens[id] }

// Encode returns the tokens of text, without [CLS] and [SEP]. Tokens that text
// spells out, such as [MASK], are text like any other.
func (w *WordPiece) Encode(text string) []int32 {
	var ids []int32
	for word := range words(uncased.apply(text)) {
		ids = w.pieces.append(ids, word)
	}
	return ids
}

// EncodeSentence returns [CLS], the tokens of text, [SEP]; at most so many in
// all (2 or more), for which tokens at the end of text are left out.
func (w *WordPiece) EncodeSentence(text string, most int) []int32 {
	ids := append([]int32{w.class}, w.Encode(text)...)
	return append(ids[:min(len(ids), most-1)], w.separator)
}

// pieces are a WordPiece vocabulary. It is not changed once made.
type pieces struct {
	first, later map[string]int32 // pieces that begin a word, and those that go on, without their mark
	longest      int              // bytes of the longest piece
	unknown      int32
	most         int // characters of a word
}

// newPieces takes the ids of all tokens; those that go on begin with mark.
func newPieces(ids map[string]int32, mark string, unknown int32, most int) *pieces {
	p := &pieces{first: ids, later: map[string]int32{}, unknown: unknown, most: most}
	for token, id := range ids {
		if rest, goesOn := strings.CutPrefix(token, mark); goesOn {
			p.later[rest] = id
		}
		p.longest = max(p.longest, len(token))
	}
	return p
}

func (p *pieces) encode(ids []int32, word string) ([]int32, error) {
	return p.append(ids, word), nil
}

// append appends the tokens of a word: one unknown token where some part of it
// has none.
func (p *pieces) append(ids []int32, word string) []int32 {
	before, from := len(ids), p.first
	if utf8.RuneCountInString(word) > p.most {
		return append(ids, p.unknown)
	}
	for len(word) > 0 {
		end := min(len(word), p.longest)
		id, ok := from[word[:end]]
		for !ok && end > 1 {
			end--
			id, ok = from[word[:end]]
		}
		if !ok {
			return append(ids[:before], p.unknown)
		}
		ids, word, from = append(ids, id), word[end:], p.later
	}
	return ids
}

package text

import (
	"bytes"
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// WordPiece is the tokenizer of uncased BERT (Devlin et al. 2019): text is
// cleaned, lower-cased and cut into words, and a word into the longest pieces
// that the vocabulary has, from left to right (Wu et al. 2016, section 4.1). It
// may be used by several goroutines at once.
type WordPiece struct {
	tokens       []string
	first, later map[string]int32 // pieces that begin a word, and those that go on, without their ##
	longest      int              // bytes of the longest piece

	unknown, class, separator int32
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
	w := &WordPiece{first: map[string]int32{}, later: map[string]int32{}}
	for line := range bytes.Lines(text) {
		token := strings.TrimRight(string(line), "\r\n")
		if token == "" {
			return nil, failf(vocabHint, "%s: line %d is empty", path, len(w.tokens)+1)
		}
		if id, ok := w.add(token); !ok {
			return nil, failf(vocabHint, "%s: line %d: %s stands in line %d too", path, len(w.tokens)+1, shown(token), id+1)
		}
	}
	for _, token := range []string{"[UNK]", "[CLS]", "[SEP]"} {
		if _, ok := w.first[token]; !ok {
			return nil, failf(vocabHint, "%s: has no token %s", path, token)
		}
	}
	w.unknown, w.class, w.separator = w.first["[UNK]"], w.first["[CLS]"], w.first["[SEP]"]
	return w, nil
}

const vocabHint = "give the vocab.txt of an uncased BERT: a token a line, each once"

// add gives token the next id, or returns the one that it has.
func (w *WordPiece) add(token string) (id int32, ok bool) {
	pieces, piece := w.first, token
	if rest, goesOn := strings.CutPrefix(token, "##"); goesOn {
		pieces, piece = w.later, rest
	}
	if id, has := pieces[piece]; has {
		return id, false
	}
	id = int32(len(w.tokens))
	pieces[piece] = id
	w.tokens = append(w.tokens, token)
	w.longest = max(w.longest, len(piece))
	return id, true
}

// Vocab returns the number of tokens.
func (w *WordPiece) Vocab() int { return len(w.tokens) }

// Token returns a token as the vocabulary writes it.
func (w *WordPiece) Token(id int32) string { return w.tokens[id] }

// Encode returns the tokens of text, without [CLS] and [SEP]. Tokens that text
// spells out, such as [MASK], are text like any other.
func (w *WordPiece) Encode(text string) []int32 {
	var ids []int32
	for word := range words(normalized(text)) {
		ids = w.pieces(ids, word)
	}
	return ids
}

// EncodeSentence returns [CLS], the tokens of text, [SEP]; at most so many in
// all (2 or more), for which tokens at the end of text are left out.
func (w *WordPiece) EncodeSentence(text string, most int) []int32 {
	ids := append([]int32{w.class}, w.Encode(text)...)
	return append(ids[:min(len(ids), most-1)], w.separator)
}

// pieces appends the tokens of a word: one unknown token where some part of it
// has none.
func (w *WordPiece) pieces(ids []int32, word string) []int32 {
	before, from := len(ids), w.first
	if utf8.RuneCountInString(word) > wordMost {
		return append(ids, w.unknown)
	}
	for len(word) > 0 {
		end := min(len(word), w.longest)
		id, ok := from[word[:end]]
		for !ok && end > 1 {
			end--
			id, ok = from[word[:end]]
		}
		if !ok {
			return append(ids[:before], w.unknown)
		}
		ids, word, from = append(ids, id), word[end:], w.later
	}
	return ids
}

// normalized follows BertNormalizer of the tokenizers library for uncased
// models: control characters are dropped, all blanks are spaces, ideographs
// words of their own, accents dropped, letters small, in this order. Every
// character is taken as there but for some 600 that came into Unicode, or
// changed their category, since the library's tables were made.
func normalized(text string) string {
	var clean strings.Builder
	for _, r := range text { // what is not UTF-8 reads as U+FFFD
		switch {
		case r == 0 || r == unicode.ReplacementChar || control(r):
		case unicode.IsSpace(r):
			clean.WriteByte(' ')
		case ideograph(r):
			clean.WriteString(" " + string(r) + " ")
		default:
			clean.WriteRune(r)
		}
	}
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFD.String(clean.String()))
}

// words follows BertPreTokenizer: words end at blanks, and every punctuation
// character is one.
func words(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for word := range strings.FieldsSeq(text) {
			for len(word) > 0 {
				end := strings.IndexFunc(word, punctuation)
				if end < 0 {
					end = len(word)
				} else if end == 0 {
					_, end = utf8.DecodeRuneInString(word)
				}
				if !yield(word[:end]) {
					return
				}
				word = word[end:]
			}
		}
	}
}

// control characters, for BERT, are also those of formats and private use.
func control(r rune) bool {
	return r != '\t' && r != '\n' && r != '\r' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co)
}

// punctuation characters, for BERT, are also the symbols of ASCII, as $ and +.
func punctuation(r rune) bool {
	return unicode.Is(unicode.P, r) || r < utf8.RuneSelf && unicode.Is(unicode.S, r)
}

// ideograph follows the library, which has 2B920 where BERT's own code has
// 2B820.
func ideograph(r rune) bool {
	return 0x4E00 <= r && r <= 0x9FFF || 0x3400 <= r && r <= 0x4DBF || 0xF900 <= r && r <= 0xFAFF ||
		0x20000 <= r && r <= 0x2A6DF || 0x2A700 <= r && r <= 0x2B73F || 0x2B740 <= r && r <= 0x2B81F ||
		0x2B920 <= r && r <= 0x2CEAF || 0x2F800 <= r && r <= 0x2FA1F
}

package text

import (
	"encoding/json"
	"fmt"
	"math"
)

// wordPieceOf reads a WordPiece of tokenizer.json.
func wordPieceOf(raw json.RawMessage) (made, error) {
	f := struct {
		Type    string
		Unknown string `json:"unk_token"`
		Prefix  string `json:"continuing_subword_prefix"`
		Most    int    `json:"max_input_chars_per_word"`
		Vocab   *vocab
	}{Unknown: "[UNK]", Prefix: "##", Most: wordMost}
	if err := strict(raw, &f, "model WordPiece"); err != nil {
		return made{}, err
	}
	if f.Vocab == nil {
		return made{}, failf(tokenizerHint, "model WordPiece: has no vocab")
	}
	unknown, has := f.Vocab.ids[f.Unknown]
	switch {
	case !has:
		return made{}, failf(tokenizerHint, "model WordPiece: unk_token %s is no token", shown(f.Unknown))
	case f.Prefix == "":
		return made{}, unsupported("model WordPiece with", "an empty continuing_subword_prefix")
	case f.Most < 1 || f.Most > maxWord:
		return made{}, unsupported("model WordPiece with max_input_chars_per_word", fmt.Sprint(f.Most))
	}
	return made{newPieces(f.Vocab.ids, f.Prefix, unknown, f.Most), f.Vocab, showPlain}, nil
}

const maxWord = 10_000 // characters: the time of a word grows with their square

// scored is a piece of a Unigram with its score: ["piece", -1.5].
type scored struct {
	piece string
	score float64
}

// UnmarshalJSON reads the two.
func (s *scored) UnmarshalJSON(raw []byte) error {
	var parts []json.RawMessage
	if err := json.Unmarshal(raw, &parts); err != nil || len(parts) != 2 || json.Unmarshal(parts[0], &s.piece) != nil || json.Unmarshal(parts[1], &s.score) != nil {
		return fmt.Errorf("a piece that is no string with a score")
	}
	return nil
}

// unigramOf reads a Unigram of tokenizer.json.
func unigramOf(raw json.RawMessage) (made, error) {
	var f struct {
		Type         string
		Unknown      *int32 `json:"unk_id"`
		ByteFallback bool   `json:"byte_fallback"`
		Vocab        []scored
	}
	if err := strict(raw, &f, "model Unigram"); err != nil {
		return made{}, err
	}
	v := &vocab{ids: map[string]int32{}}
	u, lowest := &unigram{unknown: -1}, math.Inf(1)
	for id, s := range f.Vocab {
		if _, twice := v.ids[s.piece]; twice || s.piece == "" {
			return made{}, failf(tokenizerHint, "model Unigram: piece %s is empty or stands twice", shown(s.piece))
		}
		v.ids[s.piece], v.tokens = int32(id), append(v.tokens, s.piece)
		u.scores, lowest = append(u.scores, s.score), min(lowest, s.score)
	}
	if f.Unknown != nil {
		if *f.Unknown < 0 || int(*f.Unknown) >= len(f.Vocab) {
			return made{}, failf(tokenizerHint, "model Unigram: unk_id %d is no piece", *f.Unknown)
		}
		u.unknown = *f.Unknown
	}
	u.pieces, u.none = newLexicon(v.ids), lowest-unknownBelow
	var err error
	if f.ByteFallback {
		u.fallback, err = fallbackOf(v.ids)
	}
	return made{u, v, showBlanks}, err
}

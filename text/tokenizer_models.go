package text

import (
	"encoding/json"
	"fmt"
	"strings"
)

// made is a model with its vocabulary.
type made struct {
	model model
	vocab *vocab
	show  func(string) string
}

// modelOf reads the model of tokenizer.json. Old files do not name it: it shows
// by its keys.
func modelOf(raw json.RawMessage, byteLevel bool) (made, error) {
	if absent(raw) {
		return made{}, failf(tokenizerHint, "tokenizer.json: has no model")
	}
	var keys struct {
		Type   string
		Merges json.RawMessage
		Most   json.RawMessage `json:"max_input_chars_per_word"`
	}
	if err := json.Unmarshal(raw, &keys); err != nil {
		return made{}, failf(tokenizerHint, "model: %s", cutShort(err.Error()))
	}
	unnamed := keys.Type == ""
	switch {
	case keys.Type == "BPE", unnamed && keys.Merges != nil:
		return bpeOf(raw, byteLevel)
	case (keys.Type == "WordPiece" || unnamed && keys.Most != nil) && !byteLevel:
		return wordPieceOf(raw)
	case keys.Type == "Unigram" && !byteLevel:
		return unigramOf(raw)
	}
	return made{}, unsupported("model", keys.Type)
}

// bpeFile is a BPE of tokenizer.json.
type bpeFile struct {
	Type         string
	Dropout      *float64
	Unknown      *string `json:"unk_token"`
	Prefix       *string `json:"continuing_subword_prefix"`
	Suffix       *string `json:"end_of_word_suffix"`
	Fuse         bool    `json:"fuse_unk"`
	ByteFallback bool    `json:"byte_fallback"`
	IgnoreMerges bool    `json:"ignore_merges"`
	Vocab        *vocab
	Merges       []mergePair
}

// bpeOf reads a BPE of tokenizer.json.
func bpeOf(raw json.RawMessage, byteLevel bool) (made, error) {
	var f bpeFile
	if err := strict(raw, &f, "model BPE"); err != nil {
		return made{}, err
	}
	if err := f.check(byteLevel); err != nil {
		return made{}, err
	}
	b := &bpe{whole: f.IgnoreMerges, unknown: -1, fuse: f.Fuse}
	if f.Unknown != nil {
		id, has := f.Vocab.ids[*f.Unknown]
		if !has {
			return made{}, failf(tokenizerHint, "model BPE: unk_token %s is no token", shown(*f.Unknown))
		}
		b.unknown = id
	}
	return b.complete(f.Vocab, f.Merges, byteLevel, f.ByteFallback)
}

// check refuses what is not supported.
func (f *bpeFile) check(byteLevel bool) error {
	switch {
	case f.Dropout != nil && *f.Dropout != 0:
		return unsupported("model BPE with", "dropout")
	case f.Prefix != nil && *f.Prefix != "":
		return unsupported("model BPE with continuing_subword_prefix", *f.Prefix)
	case f.Suffix != nil && *f.Suffix != "":
		return unsupported("model BPE with end_of_word_suffix", *f.Suffix)
	case f.ByteFallback && byteLevel:
		return unsupported("model BPE with", "byte_fallback behind ByteLevel")
	case f.Vocab == nil:
		return failf(tokenizerHint, "model BPE: has no vocab")
	}
	return nil
}

// complete gives a BPE its tokens and merges.
func (b *bpe) complete(v *vocab, merges []mergePair, byteLevel, fallback bool) (m made, err error) {
	if b.join, err = mergesOf(v, merges); err != nil {
		return made{}, err
	}
	if fallback {
		if b.fallback, err = fallbackOf(v.ids); err != nil {
			return made{}, err
		}
	}
	if !byteLevel {
		b.ids = v.ids
		return made{b, v, showBlanks}, nil
	}
	b.ofBytes(v)
	return made{b, v, showBytes}, nil
}

// ofBytes takes the tokens that stand for bytes: others are never met.
func (b *bpe) ofBytes(v *vocab) {
	b.ids, b.bytes = map[string]int32{}, &[256]int32{}
	for token, id := range v.ids {
		if raw, ok := rawBytes(token); ok {
			b.ids[raw] = id
		}
	}
	for c := range b.bytes {
		b.bytes[c] = -1
		if id, ok := b.ids[string([]byte{byte(c)})]; ok {
			b.bytes[c] = id
		}
	}
}

// mergePair is two tokens to be joined: "a b" or ["a","b"].
type mergePair [2]string

// UnmarshalJSON reads either form.
func (m *mergePair) UnmarshalJSON(raw []byte) error {
	if raw[0] != '"' {
		var list []string
		if err := json.Unmarshal(raw, &list); err != nil || len(list) != 2 {
			return fmt.Errorf("a merge that is no pair of strings")
		}
		*m = mergePair(list)
		return nil
	}
	var line string
	if err := json.Unmarshal(raw, &line); err != nil {
		return err
	}
	var ok bool
	if *m, ok = mergeLine(line); !ok {
		return fmt.Errorf("merge %s is no pair", shown(line))
	}
	return nil
}

// mergeLine reads "a b".
func mergeLine(line string) (mergePair, bool) {
	a, b, ok := strings.Cut(line, " ")
	return mergePair{a, b}, ok && a != "" && b != "" && !strings.Contains(b, " ")
}

// mergesOf ranks merges by their order; of equal ones the last counts.
func mergesOf(v *vocab, merges []mergePair) (pairs, error) {
	out := make(pairs, len(merges))
	for rank, m := range merges {
		var ids [3]int32
		for i, token := range []string{m[0], m[1], m[0] + m[1]} {
			id, has := v.ids[token]
			if !has {
				return nil, failf(tokenizerHint, "merge %d, %s and %s: %s is no token", rank+1, shown(m[0]), shown(m[1]), shown(token))
			}
			ids[i] = id
		}
		out[[2]int32{ids[0], ids[1]}] = [2]int32{int32(rank), ids[2]}
	}
	return out, nil
}

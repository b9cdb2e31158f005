package text

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// tokenizerFile is tokenizer.json, as the PyPI package tokenizers writes it.
type tokenizerFile struct {
	Version       json.RawMessage `json:"version"`
	Truncation    json.RawMessage `json:"truncation"` // these three say nothing of the ids of a whole text
	Padding       json.RawMessage `json:"padding"`
	Decoder       json.RawMessage `json:"decoder"`
	Added         []addedToken    `json:"added_tokens"`
	Normalizer    json.RawMessage `json:"normalizer"`
	PreTokenizer  json.RawMessage `json:"pre_tokenizer"`
	PostProcessor json.RawMessage `json:"post_processor"`
	Model         json.RawMessage `json:"model"`
}

func readTokenizerJSON(path string, _ Source) (*pipeline, error) {
	raw, err := readSmallText(path)
	if err != nil {
		return nil, err
	}
	p, err := parseTokenizerJSON(raw)
	if err != nil {
		return nil, located(path, err)
	}
	return p, nil
}

func parseTokenizerJSON(raw []byte) (*pipeline, error) {
	var file tokenizerFile
	if err := strict(raw, &file, "tokenizer.json"); err != nil {
		return nil, err
	}
	if loneSurrogate(raw) {
		return nil, failf(tokenizerHint, "tokenizer.json: half of a surrogate pair")
	}
	normalize, _, err := normalizerOf(file.Normalizer, 0)
	if err != nil {
		return nil, err
	}
	steps, byteLevel, err := cuttersOf(file.PreTokenizer, 0)
	if err != nil {
		return nil, err
	}
	made, err := modelOf(file.Model, byteLevel)
	if err != nil {
		return nil, err
	}
	p := &pipeline{normalize: normalize, model: made.model}
	if len(steps) > 0 {
		p.cut = chain(steps)
	}
	if err := p.take(made.vocab, made.show, file.Added); err != nil {
		return nil, err
	}
	return p, p.template(file.PostProcessor, 0)
}

// strict decodes JSON whose every key is known.
func strict(raw []byte, to any, what string) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	err := d.Decode(to)
	if err == nil && len(bytes.TrimSpace(raw[d.InputOffset():])) > 0 {
		err = fmt.Errorf("more behind its end")
	}
	if err != nil {
		return failf(tokenizerHint, "%s: %s", what, cutShort(strings.TrimPrefix(err.Error(), "json: ")))
	}
	return nil
}

// cutShort makes a message that may hold parts of a file fit for one line.
func cutShort(message string) string {
	if len(message) > 160 {
		message = strings.ToValidUTF8(message[:160], "") + "…"
	}
	return strings.Join(strings.FieldsFunc(message, func(r rune) bool { return r < ' ' || r == 0x7f }), " ")
}

// escapes are what strings write with a backslash; the group is half of a
// surrogate pair without the other.
var escapes = regexp.MustCompile(`(?s)\\(?:u[dD][89abAB][[:xdigit:]]{2}\\u[dD][c-fC-F][[:xdigit:]]{2}|(u[dD][89a-fA-F][[:xdigit:]]{2})|.)`)

// loneSurrogate finds what the decoder would read as U+FFFD.
func loneSurrogate(raw []byte) bool {
	for {
		at := escapes.FindSubmatchIndex(raw)
		if at == nil {
			return false
		}
		if at[2] >= 0 {
			return true
		}
		raw = raw[at[1]:]
	}
}

func absent(raw json.RawMessage) bool { return len(raw) == 0 || string(raw) == "null" }

// partOf decodes a part of the file, of one of the known types.
func partOf(raw json.RawMessage, what string, to any, known ...string) (name string, err error) {
	var part struct{ Type string }
	if err := json.Unmarshal(raw, &part); err != nil {
		return "", failf(tokenizerHint, "%s: %s", what, cutShort(strings.TrimPrefix(err.Error(), "json: ")))
	}
	if !slices.Contains(known, part.Type) {
		return "", unsupported(what, part.Type)
	}
	return part.Type, strict(raw, to, what+" "+part.Type)
}

// unsupported says what a file asks for that is not here.
func unsupported(what, name string) error {
	return failf(tokenizerHint, "%s %s is not supported", what, shown(name))
}

const deepest = 8 // parts within parts

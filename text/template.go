package text

import (
	"encoding/json"
	"slices"
)

// postProcessor is any part that puts special tokens about text.
type postProcessor struct {
	Type           string
	Processors     []json.RawMessage
	Single, Pair   []json.RawMessage
	SpecialTokens  map[string]specialToken `json:"special_tokens"`
	Sep, Cls       json.RawMessage
	AddPrefixSpace bool `json:"add_prefix_space"` // these three concern places in the text alone
	TrimOffsets    bool `json:"trim_offsets"`
	UseRegex       bool `json:"use_regex"`
}

type specialToken struct {
	ID     string   `json:"id"`
	IDs    []int32  `json:"ids"`
	Tokens []string `json:"tokens"`
}

// templateStep is a special token, or the place of the text.
type templateStep struct {
	SpecialToken, Sequence *struct {
		ID     string `json:"id"`
		TypeID int    `json:"type_id"`
	}
}

// template reads what stands before and behind text.
func (p *pipeline) template(raw json.RawMessage, depth int) error {
	if absent(raw) {
		return nil
	}
	var part postProcessor
	name, err := partOf(raw, "post_processor", &part, "Sequence", "ByteLevel", "TemplateProcessing", "BertProcessing", "RobertaProcessing")
	switch {
	case err != nil:
		return err
	case depth > deepest:
		return unsupported("post_processor", "Sequence within Sequences, many deep")
	case name == "TemplateProcessing":
		return p.single(part)
	case name == "BertProcessing", name == "RobertaProcessing":
		return p.aroundBy(part)
	}
	for _, raw := range part.Processors {
		if err := p.template(raw, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// single reads the template for one text: special tokens, the text, special
// tokens.
func (p *pipeline) single(part postProcessor) error {
	var sides [2][]int32
	side := 0
	for _, raw := range part.Single {
		var step templateStep
		if err := strict(raw, &step, "post_processor TemplateProcessing"); err != nil {
			return err
		}
		switch {
		case step.SpecialToken != nil && step.Sequence == nil:
			special, has := part.SpecialTokens[step.SpecialToken.ID]
			if !has {
				return failf(tokenizerHint, "post_processor TemplateProcessing: %s is none of its special_tokens", shown(step.SpecialToken.ID))
			}
			sides[side] = append(sides[side], special.IDs...)
		case step.Sequence != nil && step.SpecialToken == nil && step.Sequence.ID == "A" && side == 0:
			side = 1
		default:
			return unsupported("post_processor TemplateProcessing with", cutShort(string(raw)))
		}
	}
	if side == 0 {
		return failf(tokenizerHint, "post_processor TemplateProcessing: the text has no place")
	}
	return p.around(sides[0], sides[1])
}

// aroundBy reads the tokens of BERT's and RoBERTa's own processors, each with
// its id: ["[CLS]", 101].
func (p *pipeline) aroundBy(part postProcessor) error {
	var ids [2]int32
	for i, raw := range []json.RawMessage{part.Cls, part.Sep} {
		var pair []json.RawMessage
		var token string
		if json.Unmarshal(raw, &pair) != nil || len(pair) != 2 || json.Unmarshal(pair[0], &token) != nil || json.Unmarshal(pair[1], &ids[i]) != nil {
			return failf(tokenizerHint, "post_processor %s: cls and sep are no tokens with their ids", part.Type)
		}
	}
	return p.around(ids[:1], ids[1:])
}

// around puts ids outside those that are there.
func (p *pipeline) around(before, after []int32) error {
	for _, id := range slices.Concat(before, after) {
		if id < 0 || int(id) >= len(p.shown) || p.shown[id] == "" {
			return failf(tokenizerHint, "post_processor: special token %d is not in the vocabulary", id)
		}
		if at, has := slices.BinarySearch(p.specials, int(id)); !has {
			p.specials = slices.Insert(p.specials, at, int(id))
		}
	}
	p.before, p.after = slices.Concat(before, p.before), slices.Concat(p.after, after)
	return nil
}

package text

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// settings is what tokenizer_config.json says that matters for ids.
type settings struct {
	Class       string                     `json:"tokenizer_class"`
	LowerCase   *bool                      `json:"do_lower_case"`
	Accents     *bool                      `json:"strip_accents"`
	Chinese     *bool                      `json:"tokenize_chinese_chars"`
	BasicWords  *bool                      `json:"do_basic_tokenize"`
	AddBOS      *bool                      `json:"add_bos_token"`
	AddEOS      *bool                      `json:"add_eos_token"`
	PrefixSpace bool                       `json:"add_prefix_space"`
	Added       map[string]json.RawMessage `json:"added_tokens_decoder"`
}

// settingsOf reads tokenizer_config.json, if it is there. The class is that of
// the slow tokenizer, or what config.json calls the model.
func settingsOf(from Source) (s settings, err error) {
	if path, ok := from.File("tokenizer_config.json"); ok {
		raw, err := readSmallText(path)
		if err != nil {
			return s, err
		}
		if err := json.Unmarshal(raw, &s); err != nil {
			return s, located(path, err)
		}
	}
	s.Class = strings.TrimSuffix(s.Class, "Fast")
	if s.Class == "" {
		s.Class, _ = from.Config()["model_type"].(string)
	}
	return s, nil
}

// added returns the tokens of added_tokens_decoder by their ids, or the special
// ones of names that the vocabulary has.
func (s settings) added(v *vocab, names ...string) (list []addedToken, err error) {
	for key, raw := range s.Added {
		var t addedToken
		if err := strict(raw, &t, "added_tokens_decoder"); err != nil {
			return nil, err
		}
		id, err := strconv.ParseInt(key, 10, 32)
		if err != nil || id < 0 {
			return nil, failf(tokenizerHint, "added_tokens_decoder: id %s", shown(key))
		}
		t.ID = int32(id)
		list = append(list, t)
	}
	slices.SortFunc(list, func(a, b addedToken) int { return int(a.ID) - int(b.ID) })
	if s.Added == nil {
		for _, name := range names {
			if id, has := v.ids[name]; has {
				list = append(list, addedToken{ID: id, Content: name, Special: true, LStrip: name == "<mask>"})
			}
		}
	}
	return list, nil
}

func isTrue(b *bool, unset bool) bool {
	if b == nil {
		return unset
	}
	return *b
}

const settingsHint = "put the model's tokenizer.json beside it, which says all; or its tokenizer_config.json"

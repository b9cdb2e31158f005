package text

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
)

// vocab is a vocabulary: a JSON object of ids.
type vocab struct {
	ids    map[string]int32
	tokens []string // by id; "" where there is none
}

// UnmarshalJSON reads the object token by token, since [json.Unmarshal] would
// keep the last of equal keys.
func (v *vocab) UnmarshalJSON(raw []byte) error {
	v.ids = map[string]int32{}
	d := json.NewDecoder(bytes.NewReader(raw))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return fmt.Errorf("the vocabulary is no object")
	}
	highest := int64(-1)
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		var id int64
		if err := d.Decode(&id); err != nil {
			return fmt.Errorf("the id of %s is no whole number", shown(key.(string)))
		}
		if _, twice := v.ids[key.(string)]; twice {
			return fmt.Errorf("token %s stands twice", shown(key.(string)))
		}
		if id < 0 || id > maxID {
			return fmt.Errorf("token %s has id %d", shown(key.(string)), id)
		}
		v.ids[key.(string)] = int32(id)
		highest = max(highest, id)
	}
	return v.list(int(highest))
}

const maxID = 1<<31 - 2

// list makes the tokens by id.
func (v *vocab) list(highest int) error {
	if highest >= 4*len(v.ids)+1<<16 {
		return fmt.Errorf("%d tokens, but an id %d", len(v.ids), highest)
	}
	v.tokens = make([]string, highest+1)
	have := make([]bool, highest+1)
	for token, id := range v.ids {
		if have[id] {
			return fmt.Errorf("two tokens have id %d", id)
		}
		have[id], v.tokens[id] = true, token
	}
	return nil
}

// take gives the pipeline its vocabulary, with what is added to it. An added
// token has the id of its text in the vocabulary, or else the next free one.
func (p *pipeline) take(v *vocab, show func(string) string, list []addedToken) error {
	p.shown = make([]string, len(v.tokens), len(v.tokens)+len(list))
	for id, token := range v.tokens {
		p.shown[id] = show(token)
	}
	var asIs, normal []addedToken
	seen, next := map[string]bool{}, len(v.ids)
	for _, t := range list {
		if t.Content == "" || seen[t.Content] {
			return failf(tokenizerHint, "added token %s is empty or stands twice", shown(t.Content))
		}
		seen[t.Content] = true
		id, err := v.placed(t, next)
		if err != nil {
			return err
		}
		next = max(next, id+1)
		p.add(t)
		if t.Normalized {
			normal = append(normal, t)
		} else {
			asIs = append(asIs, t)
		}
	}
	p.asIs, p.normal = newAdded(asIs, showPlain), newAdded(normal, p.normalized)
	slices.Sort(p.specials)
	return nil
}

// placed checks the id of an added token: next is the next free one.
func (v *vocab) placed(t addedToken, next int) (int, error) {
	id, has := v.ids[t.Content]
	switch {
	case has && id == t.ID:
		if int(id) < len(v.ids) {
			return -1, nil // it takes no new place
		}
		return int(id), nil
	case has:
		next = int(id)
	case int(t.ID) == next && (next >= len(v.tokens) || v.tokens[next] == ""):
		return next, nil
	}
	return 0, failf(tokenizerHint, "added token %s has id %d; by the vocabulary it would be %d", shown(t.Content), t.ID, next)
}

// add lists an added token.
func (p *pipeline) add(t addedToken) {
	for len(p.shown) <= int(t.ID) {
		p.shown = append(p.shown, "")
	}
	p.shown[t.ID] = t.Content
	if t.Special {
		p.specials = append(p.specials, int(t.ID))
	}
}

func (p *pipeline) normalized(text string) string {
	if p.normalize == nil {
		return text
	}
	return p.normalize(text)
}

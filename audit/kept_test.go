package audit

import (
	"encoding/json"
	"reflect"
	"testing"

	"keyhull"
)

// A result survives JSON: what is kept of a text is all that was found.
func TestTextKept(t *testing.T) {
	m := newLlama(t)
	opt := TextOptions{Options: Options{Best: 2, Margins: keyhull.MarginExact}, Stages: Stages, Keys: true, Reach: true}
	found, err := Text(t.Context(), m, []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 2, 4}, opt, func() {})
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(found)
	if err != nil {
		t.Fatal(err)
	}
	var kept *TextResult
	if err := json.Unmarshal(text, &kept); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(kept, found) {
		again, _ := json.Marshal(kept)
		t.Errorf("kept as %s, was %s", again, text)
	}
	for word, v := range map[string]any{`"vertex"`: new(keyhull.Verdict), `"perhaps"`: new(Reachable)} {
		if json.Unmarshal([]byte(word), v) == nil {
			t.Errorf("%s is taken for %v", word, v)
		}
	}
}

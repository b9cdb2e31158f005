package serve

import (
	"bytes"
	"encoding/json"
	"io"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"keyhull"
	"keyhull/decide"
)

// question is what is asked about keys: the fields of a JSON body, or the
// parameters beside a file.
type question struct {
	Keys      [][]float64 `json:"keys"`
	Norm      string      `json:"norm"`
	Reading   string      `json:"reading"`
	Eps       float64     `json:"eps"`
	Causal    bool        `json:"causal"`
	Margins   string      `json:"margins"`
	MinMargin *float64    `json:"min_margin"`
	Best      float64     `json:"best_attention"`
	Proofs    *bool       `json:"certificates"` // nil: yes
	file      string      // "" for keys as JSON
	tensor    string
	body      []byte
}

// ask reads the question, and checks all of it but the keys.
func ask(values url.Values, body []byte, isJSON bool) (q question, err error) {
	q.body = body
	if isJSON {
		err = q.decode()
	} else {
		q.file = "keys"
		err = q.take(values)
	}
	if err != nil {
		return q, err
	}
	return q, q.check()
}

func (q *question) decode() error {
	d := json.NewDecoder(bytes.NewReader(q.body))
	d.DisallowUnknownFields()
	if err := d.Decode(q); err != nil {
		return failf(`for example {"keys": [[0, 0], [1, 0], [0, 1]], "norm": "none"}`, "the body is no question: %.300v", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return failf("send one JSON object", "more follows the question")
	}
	return nil
}

// take reads the parameters beside a file.
func (q *question) take(values url.Values) (err error) {
	for name, given := range values {
		text := given[0]
		switch name {
		case "file":
			q.file = orPreset(text, q.file)
		case "tensor":
			q.tensor = text
		case "norm":
			q.Norm = text
		case "reading":
			q.Reading = text
		case "margins":
			q.Margins = text
		case "causal":
			q.Causal, err = strconv.ParseBool(text)
		case "certificates":
			var yes bool
			yes, err = strconv.ParseBool(text)
			q.Proofs = &yes
		case "eps":
			q.Eps, err = strconv.ParseFloat(text, 64)
		case "best_attention":
			q.Best, err = strconv.ParseFloat(text, 64)
		case "min_margin":
			var x float64
			x, err = strconv.ParseFloat(text, 64)
			q.MinMargin = &x
		default:
			return failf("see openapi.json", "there is no parameter %.40q", name)
		}
		if err != nil || len(given) > 1 {
			return failf("see openapi.json", "parameter %s cannot be read", name)
		}
	}
	return nil
}

// check refuses what the flags of keyhull decide would refuse, and fills in
// what was not given.
func (q *question) check() error {
	q.Norm, q.Margins = orPreset(q.Norm, decide.Norms[0]), orPreset(q.Margins, "auto")
	n := decide.Norm{Kind: q.Norm}
	finite := func(x float64) bool { return x >= 0 && !math.IsInf(x, 0) }
	switch {
	case !slices.Contains(decide.Norms, q.Norm):
		return failf("give one of "+strings.Join(decide.Norms, ", "), "norm is %.40q", q.Norm)
	case q.Reading != "" && (!n.Projects() || !slices.Contains(decide.Readings, q.Reading)):
		return failf("give affine or ambient, with norm project or layernorm", "reading is %.40q with norm %s", q.Reading, q.Norm)
	case !finite(q.Eps) || q.Eps != 0 && !n.Scales():
		return failf("give a number ≥ 0, with norm layernorm, rmsnorm or scale", "eps is %v with norm %s", q.Eps, q.Norm)
	case !slices.Contains([]string{"auto", "exact", "bound", "none"}, q.Margins):
		return failf("give auto, exact, bound or none", "margins is %.40q", q.Margins)
	case q.MinMargin != nil && !finite(*q.MinMargin):
		return failf("give a number ≥ 0", "min_margin is %v", *q.MinMargin)
	case !finite(q.Best):
		return failf("give a radius > 0", "best_attention is %v", q.Best)
	}
	if n.Projects() {
		q.Reading = orPreset(q.Reading, decide.Readings[0])
	}
	return nil
}

func orPreset(text, preset string) string {
	if text == "" {
		return preset
	}
	return text
}

func (q *question) options() decide.Options {
	opt := decide.Options{Norm: decide.Norm{Kind: q.Norm, Reading: q.Reading, Eps: q.Eps}, MinMargin: keyhull.DefaultMinMargin,
		Margins: q.Margins, Radius: q.Best, Causal: q.Causal, Workers: 1, Brief: q.Proofs != nil && !*q.Proofs}
	if q.MinMargin != nil {
		opt.MinMargin = *q.MinMargin
	}
	return opt
}

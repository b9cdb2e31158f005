// Package cert holds the certificates that keyhull gives with its verdicts,
// and checks them in exact arithmetic. It is the base of trust: it shares no
// code with the solver, imports the standard library only and decides nothing
// in floating point. docs/certificates.md describes the format.
package cert

import (
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"strings"
)

// File is what `keyhull decide --format json` prints: for each set of keys, for
// each key, a verdict and what proves it.
type File struct {
	File      string   `json:"file"`
	Tensor    string   `json:"tensor"`
	Norm      string   `json:"norm"`
	Reading   string   `json:"reading,omitempty"`
	Eps       float64  `json:"eps,omitempty"`
	Sets      []Set    `json:"sets"`
	Certified bool     `json:"certified"`
	Warnings  []string `json:"warnings"`
}

// Set is one set of keys. Causal says that the keys carry their deaths.
type Set struct {
	N                    int            `json:"n"`
	Dim                  int            `json:"dim"`
	Rank                 int            `json:"rank"`
	Counts               map[string]int `json:"counts"`
	UnselectableFraction float64        `json:"unselectable_fraction"`
	Seconds              float64        `json:"seconds"`
	Causal               bool           `json:"causal,omitempty"`
	Keys                 []Key          `json:"keys"`
}

// Key is the verdict on one key and its certificate.
type Key struct {
	Index          int         `json:"index"`
	Verdict        string      `json:"verdict"`
	Margin         *float64    `json:"margin,omitempty"`
	RelativeMargin *float64    `json:"relative_margin,omitempty"`
	BestAttention  *float64    `json:"best_attention,omitempty"`
	Copies         []int       `json:"copies,omitempty"`
	Bases          [][]int     `json:"bases,omitempty"`
	Weights        [][]float64 `json:"weights,omitempty"`
	Query          *Query      `json:"query,omitempty"`
	// Under a causal mask: the first position from which on the key is
	// unselectable, a basis of keys up to there, and a query that still
	// selects it among the keys before.
	Death        *int      `json:"death,omitempty"`
	DeathBasis   []int     `json:"death_basis,omitempty"`
	DeathWeights []float64 `json:"death_weights,omitempty"`
	AliveQuery   *Query    `json:"alive_query,omitempty"`
}

// Query is a query as float64 numbers or, where those do not prove enough, as
// exact fractions. One of the two is set.
type Query struct {
	Float []float64
	Exact []*big.Rat
}

// MarshalJSON writes numbers, or fractions as strings.
func (q Query) MarshalJSON() ([]byte, error) {
	if q.Exact == nil {
		return json.Marshal(q.Float)
	}
	s := make([]string, len(q.Exact))
	for i, r := range q.Exact {
		s[i] = r.RatString()
	}
	return json.Marshal(s)
}

// maxDigits bounds the length of a fraction in a file.
const maxDigits = 1 << 16

// UnmarshalJSON reads an array of numbers or of fractions like "-1/3".
func (q *Query) UnmarshalJSON(b []byte) error {
	if err := json.Unmarshal(b, &q.Float); err == nil {
		return nil
	}
	q.Float = nil
	var s []string
	if err := json.Unmarshal(b, &s); err != nil {
		return fmt.Errorf("a query is an array of numbers, or of fractions as strings")
	}
	q.Exact = make([]*big.Rat, len(s))
	for i, v := range s {
		r, ok := new(big.Rat), len(v) <= maxDigits && !strings.ContainsAny(v, ".eEpPxXbBoO_")
		if ok {
			_, ok = r.SetString(v)
		}
		if !ok {
			return fmt.Errorf("%.40q is not a fraction", v)
		}
		q.Exact[i] = r
	}
	return nil
}

// Read reads a file of certificates. It refuses what is not JSON of that form;
// whether the certificates prove anything is for Check to say.
func Read(r io.Reader) (*File, error) {
	var f File
	d := json.NewDecoder(r)
	if err := d.Decode(&f); err != nil {
		return nil, fmt.Errorf("not a file of certificates: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("not a file of certificates: something follows the JSON object")
	}
	return &f, nil
}

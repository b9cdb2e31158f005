// Package cert holds the certificates that keyhull gives with its verdicts, and
// checks them in exact arithmetic. It is the base of trust: it shares no code
// with the solver, imports the standard library only, and nothing in floating
// point decides. docs/certificates.md describes the format and the proofs;
// package cert/shortcut answers the same questions faster.
package cert

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
)

// File is what `keyhull decide --format json` prints. json.Unmarshal refuses what
// is not of the form; whether the certificates prove anything is for Check to say.
type File struct {
	File      string   `json:"file"`
	Tensor    string   `json:"tensor"`
	Axes      string   `json:"axes,omitempty"`
	Heads     int      `json:"heads,omitempty"`
	Norm      string   `json:"norm"`
	Reading   string   `json:"reading,omitempty"`
	Eps       float64  `json:"eps,omitempty"`
	Sets      []Set    `json:"sets"`
	Reach     []Reach  `json:"reach,omitempty"` // instead of sets
	Certified bool     `json:"certified"`
	Warnings  []string `json:"warnings"`
}

// Set is one set of keys. Causal says that its unselectable keys have deaths.
type Set struct {
	Name                 string         `json:"name,omitempty"`
	N                    int            `json:"n"`
	Dim                  int            `json:"dim"`
	Rank                 int            `json:"rank"`
	Counts               map[string]int `json:"counts"` // of each verdict, and by_rounding
	UnselectableFraction float64        `json:"unselectable_fraction"`
	Seconds              float64        `json:"seconds"`
	Causal               bool           `json:"causal,omitempty"`
	Keys                 []Key          `json:"keys"`
}

// Key is the verdict on one key and its certificate. Death is the position from
// which on the key is unselectable under a causal mask.
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
	Death          *int        `json:"death,omitempty"`
	DeathBasis     []int       `json:"death_basis,omitempty"`
	DeathWeights   []float64   `json:"death_weights,omitempty"`
	AliveQuery     *Query      `json:"alive_query,omitempty"`
}

// Query is a query in float64 numbers or in exact fractions: one of the two.
type Query struct {
	Float []float64
	Exact []*big.Rat
}

// MarshalJSON writes numbers, or fractions as strings.
func (q Query) MarshalJSON() ([]byte, error) {
	if q.Exact != nil {
		return json.Marshal(q.Exact)
	}
	return json.Marshal(q.Float)
}

// UnmarshalJSON reads an array of numbers, or of strings that hold fractions:
// "-1/3" or "2", in 65,536 bytes at most.
func (q *Query) UnmarshalJSON(b []byte) error {
	if *q = (Query{}); !bytes.ContainsAny(b, `"n`) { // no string, no null
		return json.Unmarshal(b, &q.Float)
	}
	var list []string
	err := json.Unmarshal(b, &list)
	for _, s := range list {
		num, den, found := strings.Cut(s[:min(len(s), 1<<16+1)], "/")
		if !found {
			den = "1"
		}
		n, ok1 := new(big.Int).SetString(num, 10)
		d, ok2 := new(big.Int).SetString(den, 10)
		if len(s) > 1<<16 || !ok1 || !ok2 || d.Sign() <= 0 {
			return fmt.Errorf("%.40q in a query is no fraction", s)
		}
		q.Exact = append(q.Exact, new(big.Rat).SetFrac(n, d))
	}
	return err
}

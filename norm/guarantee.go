package norm

import (
	"fmt"
	"slices"
)

// Effect says what a fact means for the keys.
type Effect string

const (
	Keeps  Effect = "keeps"  // every key that differs from the others is a vertex
	Partly Effect = "partly" // some keys are vertices, and it says which
	Breaks Effect = "breaks" // a promise that is not given: a counterexample
	Ties   Effect = "ties"   // keys, or their scores, become equal
)

// Fact is one thing that a normalization does to the selectability of keys:
// a theorem (Keeps, Partly, Ties) or a counterexample (Breaks), with the test
// that would fail if it was false.
type Fact struct {
	Name   string
	Kinds  []Kind
	Effect Effect
	Text   string
	When   []string // conditions, all of which must hold
	Test   string   // in this package
}

// Guarantee is what a normalization promises about its keys: which of them
// are vertices of their convex hull, so that some query gives them the highest
// attention. It speaks of real numbers; the fact "rounding" says how far that
// carries.
type Guarantee struct {
	Kind Kind
	// EveryKey says whether all keys that differ after the normalization are
	// vertices, under the Conditions.
	EveryKey   bool
	Conditions []string
	// Hull says what happens to the dimension of the keys' affine hull.
	Hull  string
	Facts []Fact
}

// Guarantee returns what k promises. It panics on an unknown kind. The caller
// owns the result.
func (k Kind) Guarantee() Guarantee {
	known(k)
	g := Guarantee{Kind: k, Hull: hulls[k]}
	for _, f := range Facts() {
		if !slices.Contains(f.Kinds, k) {
			continue
		}
		g.Facts = append(g.Facts, f)
		if f.Name == "sphere" || f.Name == "sphere-per-head" {
			g.EveryKey, g.Conditions = true, slices.Clone(f.When)
		}
	}
	return g
}

// Facts returns all facts, in the order of docs/layernorm.md. The caller owns
// the result.
func Facts() []Fact {
	all := slices.Concat(sphereFacts(), headFacts(), planeFacts(), otherFacts(), queryKeyFacts())
	for _, f := range all {
		if f.Name == "" || f.Text == "" || f.Test == "" || len(f.Kinds) == 0 {
			panic(fmt.Sprintf("norm: internal error: fact %+v", f))
		}
	}
	return all
}

// hulls says what each normalization does to the dimension of the affine hull
// of a key set (TestHullDimension).
var hulls = map[Kind]string{
	None: "unchanged",
	Project: "one less if 1 is a direction of the hull, that is, a combination of differences of keys; " +
		"else unchanged. Never above d−1",
	Scale:          ofScale,
	ScalePublished: ofScale,
	RMSNorm:        ofScale + ". A gain without zeros changes nothing more",
	LayerNorm: "that of scale after project: with s the dimension of the projected keys' linear span, " +
		"s or s−1, never above d−1. A gain without zeros, and the bias, change nothing more",
	DyT: "anything up to d: it bends lines, so that collinear keys can span everything; " +
		"0 if alpha or all gains are 0",
	QKNorm: "in each head that of scale, or of layernorm; RoPE after it can raise it to the width of the head",
}

const ofScale = "with s the dimension of the keys' linear span, which stays: s−1 if one hyperplane " +
	"apart from 0 holds all scaled keys, else s"

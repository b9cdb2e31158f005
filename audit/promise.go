package audit

import (
	"fmt"
	"slices"
	"strings"

	"keyhull/norm"
)

// Promise is what an architecture says of keys and whether the measurement agrees.
type Promise struct {
	// EveryKey: all keys that differ from the others are vertices, under the
	// Conditions of the fact, but for what eps and rounding do.
	EveryKey   bool     `json:"every_key"`
	Fact       string   `json:"fact"` // in package norm, with its proof or counterexample
	Conditions []string `json:"conditions,omitempty"`
	// Unselectable is the share of keys that are, the mean over texts and layers or
	// heads; nil if that was not looked at. Lost of those have such keys.
	Unselectable *float64  `json:"unselectable,omitempty"`
	Lost         int       `json:"lost"`
	Agreement    Agreement `json:"agreement"`
	Text         string    `json:"text"` // a sentence or two
}

// Agreement says how a measurement stands to a promise.
type Agreement string

const (
	Agrees      Agreement = "agrees"       // promised, and no key is unselectable
	Disagrees   Agreement = "disagrees"    // promised, and some are: eps, rounding, or a condition
	NoPromise   Agreement = "no promise"   // so that any measurement agrees
	NotMeasured Agreement = "not measured" // and promised
)

// Guarantee is what the norms of an architecture promise.
type Guarantee struct {
	Layers Promise `json:"layers"` // about what W_K gets, and queries of all its coordinates
	Heads  Promise `json:"heads"`  // about the keys of each head, as they are multiplied
}

// GuaranteeOf holds what was measured against what the ways of the keys, of one
// layer or more, promise: what all of them do.
func GuaranteeOf(paths []KeyPath, s *Summary) *Guarantee {
	g := &Guarantee{Layers: promise(paths, (*KeyPath).layerFact), Heads: promise(paths, (*KeyPath).headFact)}
	var layers, heads []float64
	for _, stage := range s.Stages {
		if stage.Stage == AfterNorm {
			layers = append(layers, stage.Unselectable.Mean)
		}
	}
	for _, h := range s.Heads {
		heads = append(heads, h.Unselectable.Mean)
	}
	k := paths[0]
	g.Layers.say(k.after(), fmt.Sprintf(" by a query of all %d coordinates", k.Dim), k.Eps, layers, "layers")
	lead := fmt.Sprintf("In a head of %d coordinates", k.Width)
	if k.QKNorm {
		lead += ", after QK-norm,"
	}
	g.Heads.say(lead, "", k.Eps, heads, "heads")
	return g
}

// promise is the first that is none, or that of the first way.
func promise(paths []KeyPath, of func(*KeyPath) string) (p Promise) {
	for i := range paths {
		name := of(&paths[i])
		all := norm.Facts()
		fact := all[slices.IndexFunc(all, func(f norm.Fact) bool { return f.Name == name })]
		if keeps := fact.Effect == norm.Keeps; i == 0 || !keeps {
			p = Promise{EveryKey: keeps, Fact: name, Conditions: fact.When}
		}
		if !p.EveryKey {
			break
		}
	}
	return p
}

// say takes the shares of unselectable keys, one a layer or head, and puts all
// into words.
func (p *Promise) say(lead, query string, eps float64, shares []float64, places string) {
	conditions := strings.Join(p.Conditions, " and ")
	switch {
	case p.EveryKey:
		p.Text = fmt.Sprintf("%s each key that differs from the others is selectable%s, if %s (here eps is %.3g).", lead, query, conditions, eps)
	case conditions == "":
		p.Text = lead + " nothing is promised."
	default:
		p.Text = lead + " nothing is promised: " + conditions + "."
	}
	p.measure(shares, places)
}

func (p *Promise) measure(shares []float64, places string) {
	if p.Agreement = NoPromise; p.EveryKey {
		p.Agreement = NotMeasured
	}
	if len(shares) == 0 {
		return
	}
	sum := 0.0
	for _, x := range shares {
		sum += x / float64(len(shares))
		p.Lost += one(x > 0)
	}
	p.Unselectable = &sum
	found := "none is unselectable"
	if p.Lost > 0 {
		found = fmt.Sprintf("%s are unselectable, in %d of %d %s", percent(sum), p.Lost, len(shares), places)
	}
	switch {
	case p.EveryKey && p.Lost > 0:
		p.Agreement = Disagrees
		found += "; eps, rounding, or a condition that does not hold took them off the surface"
	case p.EveryKey:
		p.Agreement = Agrees
		found += ", as promised"
	case p.Lost == 0:
		found += " all the same"
	}
	p.Text += " Measured: " + found + "."
}

// percent never shows some as none, nor nearly all as all.
func percent(x float64) string {
	switch {
	case x < 0.0005:
		return "less than 0.1 %"
	case x < 1 && x >= 0.9995:
		return "more than 99.9 %"
	}
	return fmt.Sprintf("%.1f %%", 100*x)
}

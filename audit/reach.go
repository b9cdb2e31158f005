package audit

import (
	"context"
	"fmt"
	"slices"

	"keyhull"
	"keyhull/internal/vec"
)

// Reachable says whether some query that the model can make selects a key.
type Reachable uint8

const (
	// Unreachable: no query of the map does, which is proved: by the key's
	// verdict if it is unselectable, else by a barrier.
	Unreachable Reachable = iota
	// CanReach: the query of some state does, which is proved.
	CanReach
	// Undecided: neither was found within Options.Reach steps. It is no verdict.
	Undecided
)

var reachableNames = [...]string{"unreachable", "reachable", "undecided"}

func (r Reachable) String() string { return reachableNames[r] }

// MarshalText gives the word.
func (r Reachable) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText takes it back; any other word is an error.
func (r *Reachable) UnmarshalText(text []byte) error {
	i := slices.Index(reachableNames[:], string(text))
	if i < 0 {
		return fmt.Errorf("%q says nothing of reachability", text)
	}
	*r = Reachable(i)
	return nil
}

// Reach is what the queries of one query head can select among all keys, no
// mask. As for verdicts, equal keys do not keep one another from it.
//
// The queries that a norm and a linear map make are an ellipsoid. Scores keep
// their order when a query grows, so what counts is its directions. If the
// origin is inside, which is proved once, they are all there are.
type Reach struct {
	// Whole: the origin is inside the ellipsoid, so that exactly the selectable
	// and tied keys are reachable, at every position.
	Whole bool `json:"whole"`
	// Depth is a proved upper bound of ‖z‖/Radius for the state z whose query is
	// 0: below 1 if Whole. −1: no such state was proved.
	Depth float64 `json:"depth"`
	// Positions are those at which queries were turned, if that was needed. A
	// key is reachable if it is from one of them, and unreachable if it is
	// proved to be from none.
	Positions []int       `json:"positions,omitempty"`
	Keys      []Reachable `json:"keys"`
	// How many vertices (selectable and tied keys) have each answer.
	Reachable   int `json:"reachable"`
	Unreachable int `json:"unreachable"`
	Undecided   int `json:"undecided"`
	// States and Barriers prove the answers for vertices unless Whole: a state
	// for a key that can be reached, at position Of, else a barrier for each
	// position. Nil unless Options.Certificates.
	Proofs []ReachProof `json:"proofs,omitempty"`
}

// ReachProof is the proof for one key.
type ReachProof struct {
	Key      int       `json:"key"`
	Position int       `json:"position"` // of State; −1 where positions are alike
	State    State     `json:"state,omitempty"`
	Barriers []Barrier `json:"barriers,omitempty"` // one a position
}

// reachSteps is the default of Options.Reach.
const reachSteps = 200

// reach answers for every query head that has a map.
func (h *Head) reach(ctx context.Context, d *keyhull.Result, opt Options) ([]Reach, error) {
	var list []Reach
	for m := range h.Maps {
		r, err := h.reachOf(ctx, &h.Maps[m], d, opt)
		if err != nil {
			return nil, fmt.Errorf("reach of query head %d: %w", m, err)
		}
		list = append(list, *r)
	}
	return list, nil
}

func (h *Head) reachOf(ctx context.Context, m *QueryMap, d *keyhull.Result, opt Options) (*Reach, error) {
	r := &Reach{Depth: -1, Keys: make([]Reachable, h.N)}
	f := m.at(-1, h.Width).factorize()
	if depth := f.depth(); depth < 1e300 {
		r.Depth, r.Whole = depth, depth < 1
	}
	var err error
	if r.Whole {
		for i := range d.Keys {
			if !d.Keys[i].Verdict.Unselectable() {
				r.Keys[i] = CanReach
			}
		}
	} else {
		err = h.reachEach(ctx, m, f, d, opt, r)
	}
	for _, i := range vertices(d) {
		r.add(r.Keys[i])
	}
	return r, err
}

// reachEach searches for every vertex, at each position.
func (h *Head) reachEach(ctx context.Context, m *QueryMap, f *factor, d *keyhull.Result, opt Options, r *Reach) error {
	places := []int{-1}
	factors := []*factor{f}
	if m.Rotate != nil {
		r.Positions, places, factors = opt.Positions, opt.Positions, nil
		if len(places) == 0 {
			r.Positions, places = []int{h.N - 1}, []int{h.N - 1}
		}
		for _, t := range places {
			if t < 0 || t >= h.N {
				panic(fmt.Sprintf("audit: position %d of %d", t, h.N))
			}
			factors = append(factors, m.at(t, h.Width).factorize())
		}
	}
	list := vertices(d)
	proofs := make([]ReachProof, len(list))
	const run = 32
	err := vec.ParallelErr((len(list)+run-1)/run, opt.Workers, func(k int) error {
		var searches []*search
		for _, f := range factors {
			c := newContest(f, h.Keys, nil)
			c.fill(nil)
			searches = append(searches, newSearch(c))
		}
		for n := k * run; n < min((k+1)*run, len(list)); n++ {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			proofs[n] = reachKey(list[n], searches, places, opt.Reach)
			r.Keys[list[n]] = proofs[n].answer(len(places))
		}
		return nil
	})
	if opt.Certificates {
		r.Proofs = proofs
	}
	return err
}

// reachKey ends at the first position from which the key is reached.
func reachKey(i int, searches []*search, places []int, steps int) ReachProof {
	if steps <= 0 {
		steps = reachSteps
	}
	p := ReachProof{Key: i, Position: -1}
	for k, s := range searches {
		z, b := s.decide(i, steps)
		if z != nil {
			return ReachProof{Key: i, Position: places[k], State: z}
		}
		if b.Keys != nil {
			p.Barriers = append(p.Barriers, b)
		}
	}
	return p
}

func (p *ReachProof) answer(positions int) Reachable {
	switch {
	case p.State != nil:
		return CanReach
	case len(p.Barriers) == positions:
		return Unreachable
	}
	return Undecided
}

// vertices lists the selectable and tied keys.
func vertices(d *keyhull.Result) (list []int) {
	for i := range d.Keys {
		if !d.Keys[i].Verdict.Unselectable() {
			list = append(list, i)
		}
	}
	return list
}

// add counts one answer for a vertex.
func (r *Reach) add(answer Reachable) {
	switch answer {
	case CanReach:
		r.Reachable++
	case Unreachable:
		r.Unreachable++
	default:
		r.Undecided++
	}
}

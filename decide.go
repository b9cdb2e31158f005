package keyhull

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"

	"keyhull/internal/hull"
)

// Margins says how margins are computed.
type Margins uint8

const (
	MarginExact Margins = iota // distance to the hull of the other keys
	MarginBound                // lower bounds that the certificates' queries prove; exact below Options.MinMargin
	MarginNone                 // not computed (0)
)

// Options tunes a decision; the zero value decides everything with exact
// margins on all cores.
type Options struct {
	// Workers is the number of goroutines; 0 means GOMAXPROCS. Results do not
	// depend on it.
	Workers int
	Margins Margins
	// MinMargin is the relative margin below which MarginBound computes exact
	// margins after all, so that Counts of no larger threshold are exact. 0
	// means DefaultMinMargin.
	MinMargin float64
	// Progress is called now and then with the number of keys decided, from
	// any goroutine, never concurrently.
	Progress func(done, total int)
	// Searching is called, if not nil, once one scan of all keys has decided most,
	// before those that are left: each takes a search of its own.
	Searching func()
	// NoQueries leaves the queries of vertices out of the result: of large sets
	// they take twice the memory of the keys. Bases are kept.
	NoQueries bool
	// MarginProgress is the same for exact margins, which come after that.
	MarginProgress func(done, total int)
}

// Decide returns verdict and certificate for every key.
//
// It fails on an empty set, on NaN or Inf, on a factor that is not positive
// and finite, and when ctx is done. It never guesses: what floats with proved
// error bounds leave open is decided in exact arithmetic. The result does not
// depend on the number of workers. Time grows with n·h·dim for h vertices
// (docs/architecture.md has the algorithm and its sources).
func Decide(ctx context.Context, keys Keys, opt Options) (*Result, error) {
	r, _, err := decide(ctx, keys, opt)
	return r, err
}

func decide(ctx context.Context, keys Keys, opt Options) (*Result, *hull.Outcome, error) {
	src, err := keys.source()
	if err != nil {
		return nil, nil, err
	}
	workers := opt.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	o, err := hull.Decide(ctx, src, hull.Options{Workers: workers, Progress: opt.Progress, Search: opt.Searching, Leads: opt.Margins == MarginBound})
	if err != nil {
		return nil, nil, err
	}
	r := &Result{N: keys.n, Dim: keys.dim, Rank: o.Rank, MarginExact: opt.Margins == MarginExact,
		Stats: Stats{Distinct: o.Distinct(), Scan: o.Scan, Walk: o.Walk, Exact: o.Exact, Plane: o.Plane, Whitened: o.Whitened}}
	r.Keys = make([]Key, keys.n)
	o.NoQueries = opt.NoQueries && opt.Margins == MarginNone
	for i := range r.Keys {
		p := o.Proof(i)
		r.Keys[i] = Key{Verdict: Verdict(p.Verdict), Query: p.Query, ExactQuery: p.Exact, Copies: p.Copies, Bases: p.Bases, Weights: p.Weights}
	}
	if opt.Margins != MarginNone {
		err = r.addMargins(ctx, keys, o, opt, workers)
	}
	if err != nil {
		return nil, nil, err
	}
	for i := range r.Keys {
		if k := &r.Keys[i]; opt.NoQueries && !k.Verdict.Unselectable() {
			k.Query, k.ExactQuery = nil, nil
		}
	}
	return r, o, nil
}

// source checks the keys and hands them to the solver.
func (k Keys) source() (*hull.Source, error) {
	if k.n == 0 {
		return nil, errors.New("no keys")
	}
	if at := max(notFinite(k.f32), notFinite(k.f64)); at >= 0 {
		return nil, fmt.Errorf("key %d, coordinate %d is %v", at/k.dim, at%k.dim, k.At(at/k.dim, at%k.dim))
	}
	for i, f := range k.scale {
		if !(f > 0) || math.IsInf(f, 0) {
			return nil, fmt.Errorf("factor of key %d is %v, not a positive number", i, f)
		}
	}
	return &hull.Source{N: k.n, Width: k.dim, F32: k.f32, F64: k.f64, Scale: k.scale, Projected: k.projected}, nil
}

// notFinite returns the place of the first NaN or Inf, or −1.
func notFinite[T float32 | float64](x []T) int {
	for i, v := range x {
		if v-v != 0 {
			return i
		}
	}
	return -1
}

// Solver answers the yes/no question for many small key sets, reusing its
// memory. The zero value is ready. Not for concurrent use.
type Solver struct{ any hull.Any }

// AnyUnselectable reports whether some key is Face or Interior, and the index
// of one such key (-1 if none). It stops at the first proof; every answer is
// proved as Decide's are. Errors are those of Decide.
func (s *Solver) AnyUnselectable(keys Keys) (index int, found bool, err error) {
	src, err := keys.source()
	if err != nil {
		return -1, false, err
	}
	index, err = s.any.Unselectable(src)
	return index, err == nil && index >= 0, err
}

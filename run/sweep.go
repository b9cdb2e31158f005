package run

import (
	"context"
	"errors"
	"time"
)

// Sweep stands between a command and its cells where these are computed by
// several processes: see Pool.Sweep.
type Sweep interface {
	// Here returns the numbers of a group's cells that this process is to
	// compute, in any order; it may return none.
	Here(Group) ([]int, error)
	// Failed is told of a cell that ended with an error, from any goroutine. The
	// others are computed all the same.
	Failed(cell string, err error)
	// Done reports whether this process has nothing left to compute.
	Done() bool
}

// ErrIncomplete is the error of work whose cells are not all there, in a process
// that is not to compute those that are missing.
var ErrIncomplete = errors.New("some cells are not there yet")

// Train calls do for 0 … len(seeds)−1 as Each does; do(ctx, i) trains seeds[i] in
// a folder, and only reads it when it is done. The folder is nil where nothing
// is kept.
func (p Pool) Train(ctx context.Context, folder *Folder, name string, seeds []uint64, do func(ctx context.Context, i int) error) error {
	if p.Sweep != nil {
		if folder == nil {
			return failf("give --out DIR, on a disk that all machines share", "%s: nothing is kept, so that other processes cannot help", name)
		}
		one := p
		one.Workers = 1 // see Share
		if err := one.sweep(ctx, Group{Name: name, Dir: folder.dir, Seeds: seeds}, do); err != nil {
			return err
		}
	}
	return p.Each(ctx, len(seeds), do)
}

// Share is how many cores each of n trainings may use: where there are more
// cores than trainings, several. In a sweep they are trained one after another,
// since a process has few of them.
func (p Pool) Share(n int) int {
	if p.Sweep != nil {
		return p.Cores()
	}
	return max(1, p.Cores()/n)
}

// sweep computes those of a group's cells that are to be computed here. It
// returns ErrIncomplete unless all are there then.
func (p Pool) sweep(ctx context.Context, g Group, do func(ctx context.Context, i int) error) error {
	here, err := p.Sweep.Here(g)
	if err != nil {
		return err
	}
	err = p.Each(ctx, len(here), func(ctx context.Context, i int) error {
		err := patiently(ctx, func() error { return do(ctx, here[i]) })
		if err == nil || ctx.Err() != nil || full(err) {
			return err
		}
		p.Sweep.Failed(g.Cell(here[i]), err)
		return nil
	})
	if err != nil {
		return err
	}
	if p.Sweep.Done() {
		return ErrIncomplete // nobody needs to know
	}
	missing, err := g.Missing()
	if err == nil && len(missing) > 0 {
		err = ErrIncomplete
	}
	return err
}

// ErrInUse is the error of a seed that another process trains.
var ErrInUse = errors.New("is in use: another process trains there")

// patiently waits as long as another process trains the seed: it may be a copy
// of this one that its scheduler has lost.
func patiently(ctx context.Context, do func() error) error {
	for {
		err := do()
		if !errors.Is(err, ErrInUse) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(inUsePause):
		}
	}
}

const inUsePause = 2 * time.Second

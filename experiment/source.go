package experiment

import (
	"context"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"keyhull/norm"
	"keyhull/run"
)

// once keeps the runs of a source, all seeds of a norm, so that each is trained
// once. Its zero value is ready; callers wait for each other.
type once[R any] struct {
	mu   sync.Mutex
	done map[norm.Kind][]R
}

// runs returns the runs of a norm, trained unless they were before.
func (o *once[R]) runs(at norm.Kind, train func() ([]R, error)) ([]R, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if runs, ok := o.done[at]; ok {
		return runs, nil
	}
	runs, err := train()
	if err != nil {
		return nil, err
	}
	if o.done == nil {
		o.done = map[norm.Kind][]R{}
	}
	o.done[at] = runs
	return runs, nil
}

// folderIn opens the folder name under pool.Dir for runs of a configuration;
// folder is nil if that is "".
func folderIn(pool run.Pool, name string, config any) (dir string, folder *run.Folder, err error) {
	if pool.Dir == "" {
		return "", nil, nil
	}
	dir = filepath.Join(pool.Dir, name)
	folder, err = run.OpenFolder(dir, config)
	return dir, folder, err
}

// training starts a clock of what a seed takes on all its cores: nothing if it was
// finished before.
func training(folder *run.Folder, seed uint64, cores int) (seconds func() float64) {
	if folder != nil && folder.Done(seed) {
		return func() float64 { return 0 }
	}
	start := time.Now()
	return func() float64 { return time.Since(start).Seconds() * float64(cores) }
}

// trainSeeds trains seeds 1 to n of a model side by side, in a folder if that is
// not nil; where cores are left over, each uses more than one.
func trainSeeds[R any](ctx context.Context, pool run.Pool, folder *run.Folder, label string, steps, n int, train func(ctx context.Context, seed uint64, cores int, progress func(int, float64)) (R, error)) ([]R, error) {
	set, stop := func(int) {}, func() {}
	if pool.Progress != nil {
		set, stop = pool.Progress(label, steps*n)
	}
	defer stop()
	runs, at, seeds := make([]R, n), make([]atomic.Int64, n), make([]uint64, n)
	for i := range seeds {
		seeds[i] = uint64(i + 1)
	}
	err := pool.Train(ctx, folder, label, seeds, func(ctx context.Context, i int) (err error) {
		runs[i], err = train(ctx, seeds[i], pool.Share(n), func(step int, _ float64) {
			at[i].Store(int64(step))
			sum := int64(0)
			for k := range at {
				sum += at[k].Load()
			}
			set(int(sum))
		})
		return err
	})
	return runs, err
}

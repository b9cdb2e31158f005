package sweep

import (
	"context"
	"errors"
	"slices"
	"sync"

	"keyhull/run"
	"keyhull/weights"
)

// part is a sweep that computes some cells of a plan.
type part struct {
	folder Folder
	plan   *Plan

	mu     sync.Mutex
	want   []int // cells that the command has not come to yet
	failed []error
}

// Here hands out the cells of a group that are wanted; each once.
func (s *part) Here(g run.Group) (here []int, err error) {
	g, err = s.folder.relative(g)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	first := 0
	for _, planned := range s.plan.Groups {
		n := planned.Len()
		s.want = slices.DeleteFunc(s.want, func(cell int) bool {
			if cell < first || cell >= first+n {
				return false
			}
			i, mine := g.Number(planned, cell-first)
			if mine {
				here = append(here, i)
			}
			return mine
		})
		first += n
	}
	return here, nil
}

func (s *part) Failed(cell string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failed = append(s.failed, &weights.Error{Msg: cell + ": " + err.Error(), Err: err})
}

func (s *part) Done() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.want) == 0
}

// Compute has a command compute some cells of a plan. Those that have a valid
// result already are left alone; one that fails does not keep the others from
// being computed, and the first error is returned.
func (f Folder) Compute(ctx context.Context, p *Plan, cells []int, command Command) error {
	s := &part{folder: f, plan: p, want: slices.Clone(cells)}
	err := command(ctx, s)
	switch {
	case err != nil && !errors.Is(err, run.ErrIncomplete):
		return err
	case len(s.failed) > 0:
		return s.failed[0]
	case len(s.want) > 0:
		return &weights.Error{Msg: "the command has no " + p.Cell(s.want[0]) + " any more",
			Hint: "what it reads has changed since, or a cell was removed: submit again"}
	}
	return nil
}

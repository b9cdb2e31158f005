package hull

import (
	"context"
	"sync"
)

// meter counts decided points, reports them and passes on cancellation.
type meter struct {
	ctx    context.Context
	report func(done, total int)
	mu     sync.Mutex
	n, all int
}

func newMeter(ctx context.Context, all int, report func(done, total int)) *meter {
	return &meter{ctx: ctx, report: report, all: all}
}

// settled says how many points are decided, for sure.
func (m *meter) settled(n int) {
	m.mu.Lock()
	m.n = n
	m.mu.Unlock()
	m.settle(0)
}

// done counts k more points, if any, and returns the context's error.
func (m *meter) done(k int) error {
	if k > 0 {
		m.settle(k)
	}
	return m.ctx.Err()
}

func (m *meter) settle(k int) {
	if m.report == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.n = min(m.n+k, m.all)
	m.report(m.n, m.all)
}

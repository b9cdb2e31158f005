package serve

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"time"
)

// The limits of decisions.
const (
	bodyMost    = 32 << 20  // bytes of a file that is sent
	jsonMost    = 8 << 20   // of keys as JSON
	numbersMost = 1 << 20   // in all keys together
	keysMost    = 1 << 16   // in all sets together
	smallBody   = 256 << 10 // bytes up to which a body counts as small
	smallAnswer = 1 << 20   // bytes up to which an answer counts as small
	heldMost    = 256 << 20 // bytes of small bodies that are held at once, of large ones, and the same of answers
	smallWork   = 1 << 25   // n²·d up to which a decision is small
	smallQueue  = 512       // small decisions that may wait
	largeQueue  = 8         // others
	decideTime  = 20 * time.Second
	answerTime  = 5 * time.Second // to take an answer, and a second more for each
	answerRate  = 256 << 10       // bytes of it
)

// lane lets so many decisions run at once, and so many wait.
type lane struct {
	slots chan struct{}
	queue gauge
}

// lanes keep what is decided in milliseconds apart from what takes seconds: a
// large decision never stands in a small one's way but for its share of the
// processor.
type lanes struct{ small, large *lane }

func newLanes() lanes {
	return lanes{newLane(runtime.GOMAXPROCS(0), smallQueue), newLane(1, largeQueue)}
}

func newLane(slots, queue int) *lane {
	l := &lane{slots: make(chan struct{}, slots)}
	l.queue.most = int64(slots + queue)
	return l
}

var errBusy = errors.New("too many decisions are waiting")

// do runs one decision when it is its turn. It fails if too many wait, and
// when ctx is done.
func (l *lane) do(ctx context.Context, decide func(context.Context) error) error {
	if !l.queue.enter() {
		return errBusy
	}
	defer l.queue.leave()
	select {
	case l.slots <- struct{}{}:
		defer func() { <-l.slots }()
	case <-ctx.Done():
		return ctx.Err()
	}
	limited, cancel := context.WithTimeout(ctx, decideTime)
	defer cancel()
	return decide(limited)
}

// gauge counts up to most.
type gauge struct {
	now  atomic.Int64
	most int64
}

func (g *gauge) take(n int64) bool {
	if g.now.Add(n) > g.most {
		g.now.Add(-n)
		return false
	}
	return true
}

func (g *gauge) enter() bool { return g.take(1) }
func (g *gauge) leave()      { g.now.Add(-1) }

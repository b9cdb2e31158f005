package serve

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// A client gets what there was, then what comes; another that was away gets
// what it missed, by the id of the last event it had.
func TestEventsResume(t *testing.T) {
	t.Parallel()
	dir, log := toy(t, 50)
	_, addr := started(t, Options{Dir: dir})
	events, leave := follow(t, addr, "")
	if e := next(t, events, "state"); !strings.Contains(e.data, `"state":"running"`) || !strings.Contains(e.data, `{"seed":1,"state":"done"}`) {
		t.Error(e)
	}
	for want := uint64(1); want <= 2; want++ {
		if seed, list := steps(t, next(t, events, "rows").data); seed != want || !slices.Equal(list, []int{0, 10, 20, 30, 40}) {
			t.Errorf("seed %d: %v", seed, list)
		}
	}
	must(t, log.Step(50, values(50)))
	e := next(t, events, "rows")
	if seed, list := steps(t, e.data); seed != 2 || !slices.Equal(list, []int{50}) {
		t.Errorf("seed %d: %v", seed, list)
	}
	leave()
	must(t, log.Step(60, values(60)))
	for _, how := range [][]string{{"", "Last-Event-ID", e.id}, {"?since=" + e.id}, {"?since=1-3", "Last-Event-ID", e.id}} {
		again, leave := follow(t, addr, how[0], how[1:]...)
		if seed, list := steps(t, next(t, again, "rows").data); seed != 2 || !slices.Equal(list, []int{60}) {
			t.Errorf("%v: seed %d: %v", how, seed, list)
		}
		leave()
	}
	must(t, log.Finish(map[string]int{}))
	must(t, log.Close())
	last, _ := follow(t, addr, "?since="+e.id)
	for {
		if e := next(t, last, "state"); strings.Contains(e.data, `"state":"done","`) {
			break
		}
	}
}

// A file that was cut back by a resume is told, and sent again.
func TestEventsReset(t *testing.T) {
	t.Parallel()
	dir, _ := toy(t, 50)
	_, addr := started(t, Options{Dir: dir})
	events, _ := follow(t, addr, "")
	next(t, events, "rows")
	next(t, events, "rows")
	path := filepath.Join(dir, "toy", "seed-2", "metrics.jsonl")
	text := read(t, path)
	must(t, os.Truncate(path, int64(strings.Index(string(text), `{"step":20`))))
	if e := next(t, events, "reset"); e.data != `{"seed":2}` {
		t.Error(e)
	}
	e := next(t, events, "rows")
	if seed, list := steps(t, e.data); seed != 2 || !slices.Equal(list, []int{0, 10}) {
		t.Errorf("seed %d: %v", seed, list)
	}
}

// However clients come and go while a run logs, each gets every row once.
func TestEventsOnce(t *testing.T) {
	t.Parallel()
	dir, log := toy(t, 10)
	_, addr := started(t, Options{Dir: dir})
	writer := make(chan error)
	go func() {
		for step := 10; step <= 300; step += 10 {
			if err := log.Step(step, values(step)); err != nil {
				writer <- err
				return
			}
			time.Sleep(8 * time.Millisecond)
		}
		writer <- nil
	}()
	var streams []<-chan got
	for range 20 {
		events, _ := follow(t, addr, "")
		streams = append(streams, events)
		time.Sleep(10 * time.Millisecond)
	}
	must(t, <-writer)
	var want []int
	for step := 0; step <= 300; step += 10 {
		want = append(want, step)
	}
	for i, events := range streams {
		var all []int
		for len(all) == 0 || all[len(all)-1] < 300 {
			if seed, list := steps(t, next(t, events, "rows").data); seed == 2 {
				all = append(all, list...)
			}
		}
		if !slices.Equal(all, want) {
			t.Errorf("stream %d: %v", i, all)
		}
	}
}

// A client that does not read is left behind; the others notice nothing.
func TestSlowReader(t *testing.T) {
	t.Parallel()
	dir, log := toy(t, 10)
	s, addr := started(t, Options{Dir: dir})
	slow, err := net.Dial("tcp", addr)
	must(t, err)
	defer slow.Close()
	slow.(*net.TCPConn).SetReadBuffer(1 << 10)
	_, err = slow.Write([]byte("GET /api/v1/runs/toy/events HTTP/1.1\r\nHost: " + addr + "\r\n\r\n"))
	must(t, err)
	events, _ := follow(t, addr, "")
	next(t, events, "rows")
	f := s.follow.runs["toy"]
	big := make([]byte, 64<<10)
	for i := range big {
		big[i] = 'x'
	}
	begin := time.Now()
	for range 4 * clientMost { // more than the system's buffers and the client's hold
		f.mu.Lock()
		f.broadcast(newEvent("noise", f.at, big))
		f.mu.Unlock()
		if e := next(t, events, "noise"); len(e.data) != len(big) {
			t.Fatal(len(e.data))
		}
	}
	must(t, log.Step(20, values(20)))
	f.lookAll()
	if _, list := steps(t, next(t, events, "rows").data); !slices.Contains(list, 20) {
		t.Error(list)
	}
	if took := time.Since(begin); took > 8*time.Second {
		t.Errorf("a reader that does not read held others up: %v", took)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.clients) != 1 {
		t.Errorf("%d clients are kept", len(f.clients))
	}
}

// Who is left behind is told where to go on.
func TestLag(t *testing.T) {
	f := &follower{at: cursor{1: 5}, clients: map[*client]bool{}}
	c := &client{make(chan event, 2)}
	f.clients[c] = true
	for range 3 {
		f.broadcast(newEvent("rows", f.at, nil))
	}
	if len(f.clients) != 0 {
		t.Error("the client is kept")
	}
	<-c.events
	<-c.events
	if _, ok := <-c.events; ok {
		t.Error("the client's events are not closed")
	}
}

// A follower goes when nobody looks any more, and streams are bounded.
func TestFollowerEnds(t *testing.T) {
	t.Parallel()
	dir, _ := toy(t, 10)
	s, addr := started(t, Options{Dir: dir})
	s.streams.most = 2
	a, leaveA := follow(t, addr, "")
	b, leaveB := follow(t, addr, "")
	next(t, a, "state")
	next(t, b, "state")
	if code, head, _ := askRaw(t, addr, "GET", "/api/v1/runs/toy/events", ""); code != 503 || head.Get("Retry-After") == "" {
		t.Errorf("a third stream: %d", code)
	}
	leaveA()
	leaveB()
	for late := time.Now().Add(8 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		s.follow.mu.Lock()
		left := len(s.follow.runs)
		s.follow.mu.Unlock()
		if left == 0 && s.streams.now.Load() == 0 {
			break
		}
		if time.Now().After(late) {
			t.Fatalf("%d followers, %d streams", left, s.streams.now.Load())
		}
	}
}

// The end of the server ends streams, and frees its port.
func TestShutdown(t *testing.T) {
	t.Parallel()
	dir, _ := toy(t, 10)
	s, err := Listen(Options{Dir: dir, Addr: "127.0.0.1:0"})
	must(t, err)
	addr := s.listen.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx) }()
	events, _ := follow(t, addr, "")
	next(t, events, "rows")
	begin := time.Now()
	cancel()
	select {
	case err := <-ended:
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	case <-time.After(closeTime + 2*time.Second):
		t.Fatal("it does not end")
	}
	for range events { // to its end
	}
	if took := time.Since(begin); took > closeTime {
		t.Errorf("it took %v", took)
	}
	l, err := net.Listen("tcp", addr)
	must(t, err)
	l.Close()
}

func TestCursor(t *testing.T) {
	for _, c := range []cursor{{}, {3: 5}, {1: 2, 10: 0, 4294967297: 1 << 40}} {
		back, err := parseCursor(c.String())
		if err != nil || back.String() != c.String() || len(back) != len(c) {
			t.Errorf("%v: %v, %v", c, back, err)
		}
	}
}

// The time left follows from how fast steps were logged while it was looked.
func TestPace(t *testing.T) {
	var p pace
	at := time.Now().Add(-10 * time.Second)
	r := &Run{Run: "a", State: running, Steps: 1000, Seeds: []Seed{{Seed: 1, State: running, Step: 100, at: at}}}
	if left := p.left(r); left != nil {
		t.Errorf("known at once: %v", *left)
	}
	r.Seeds[0].Step, r.Seeds[0].at = 200, at.Add(10*time.Second)
	if left := p.left(r); left == nil || *left < 79 || *left > 81 {
		t.Errorf("%v, want 80 s", left)
	}
	r.Seeds[0].Step = 50 // cut back
	if left := p.left(r); left != nil {
		t.Errorf("after a resume: %v", *left)
	}
}

package serve

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"keyhull/run"
)

// However many looks go on at once, a row is handed out once, in order.
func TestLooksHandOutOnce(t *testing.T) {
	dir, log := toy(t, 10)
	s, _ := started(t, Options{Dir: dir})
	f := &follower{server: s, name: "toy", place: run.Place{FS: s.root.FS(), Dir: "toy"}, at: cursor{}, clients: map[*client]bool{}}
	f.begin()
	c := &client{make(chan event, 10000)}
	f.clients[c] = true
	var want []int
	for round := range 3 {
		for step := 1; step <= 1000; step++ { // so many take a while to read
			must(t, log.Step(1000*(round+1)+step, values(step)))
			want = append(want, 1000*(round+1)+step)
		}
		var group sync.WaitGroup
		for range 8 {
			group.Go(f.lookAll)
		}
		group.Wait()
	}
	close(c.events)
	var all []int
	for e := range c.events {
		_, data, _ := strings.Cut(string(e.text), "data: ")
		_, list := steps(t, data)
		all = append(all, list...)
	}
	if !slices.Equal(all, want) {
		t.Errorf("%v", all)
	}
}

// A client that has read more than the follower has handed out gets what comes
// next, and nothing twice.
func TestEventsAhead(t *testing.T) {
	t.Parallel()
	dir, log := toy(t, 10)
	s, addr := started(t, Options{Dir: dir})
	first, _ := follow(t, addr, "")
	next(t, first, "rows")
	f := s.follow.runs["toy"]
	f.looking.Lock() // the follower is behind
	must(t, log.Step(10, values(10)))
	size := int64(len(read(t, filepath.Join(dir, "toy", "seed-2", "metrics.jsonl"))))
	f.looking.Unlock()
	since := cursor{2: size}
	events, _ := follow(t, addr, "?since="+since.String())
	must(t, log.Step(20, values(20)))
	for {
		e := next(t, events, "rows")
		seed, list := steps(t, e.data)
		if seed == 1 {
			continue
		}
		if !slices.Equal(list, []int{20}) {
			t.Errorf("%v", list)
		}
		break
	}
}

// A client that has more than there is begins anew.
func TestEventsBeyond(t *testing.T) {
	t.Parallel()
	dir, _ := toy(t, 30)
	_, addr := started(t, Options{Dir: dir})
	events, _ := follow(t, addr, "?since=2-99999999")
	if e := next(t, events, "reset"); e.data != `{"seed":2}` {
		t.Error(e)
	}
	if seed, list := steps(t, next(t, events, "rows").data); seed != 2 || !slices.Equal(list, []int{0, 10, 20}) {
		t.Errorf("seed %d: %v", seed, list)
	}
}

// A piece ends where it is asked to, and a file that is read again is read the
// same.
func TestReadTo(t *testing.T) {
	dir, _ := toy(t, 50)
	s, _ := started(t, Options{Dir: dir})
	p := run.Place{FS: s.root.FS(), Dir: "toy"}
	text := string(read(t, filepath.Join(dir, "toy", "seed-2", "metrics.jsonl")))
	to := int64(strings.Index(text, `{"step":20`))
	for range 2 {
		rows, end, cut, err := s.read(p, 2, 0, to)
		if err != nil || cut || end != to || strings.Count(string(rows), `"step"`) != 2 {
			t.Errorf("%s, to %d of %d, %v, %v", rows, end, to, cut, err)
		}
		if _, end, _, _ := s.read(p, 2, 0, 1<<40); end != int64(len(text)) {
			t.Errorf("all is %d bytes of %d", end, len(text))
		}
	}
	path := filepath.Join(dir, "toy", "seed-2", "metrics.jsonl")
	write(t, path, text+`{"step":"x"}`+"\n")
	if rows, end, _, _ := s.read(p, 2, 0, 1<<40); end != int64(len(text)) {
		t.Errorf("a line that cannot be read is handed out: …%s", rows[max(0, len(rows)-30):])
	}
	must(t, os.Truncate(path, to+5))
	if _, end, cut, err := s.read(p, 2, 0, 1<<40); end != to || cut || err != nil {
		t.Errorf("a line that is cut off: %d, %v, %v", end, cut, err)
	}
	if _, _, cut, _ := s.read(p, 2, to+9, 1<<40); !cut {
		t.Error("an offset beyond the end is taken")
	}
}

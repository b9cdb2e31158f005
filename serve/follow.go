package serve

import (
	"maps"
	"math"
	"os"
	"sync"
	"time"

	"keyhull/run"
)

// How often a followed run is looked at, every how many looks its locks are
// too, and how many events a client may be behind.
const (
	lookTime   = time.Second
	lockLooks  = 3
	clientMost = 64
)

// event is one server-sent event, ready to be written to all clients.
type event struct {
	text []byte
	at   string // the cursor of a client that has it
}

func newEvent(kind string, at cursor, data []byte) event {
	id := at.String()
	text := append([]byte("event: "+kind+"\nid: "+id+"\ndata: "), data...)
	return event{append(text, "\n\n"...), id}
}

// client is one stream. Its events are closed when it is too far behind.
type client struct{ events chan event }

// follower reads one run for all who look at it: they cost the run one look a
// second together, and nothing when all have gone.
type follower struct {
	server *Server
	name   string
	place  run.Place

	looking sync.Mutex // held while files are read: no line is handed out twice

	mu      sync.Mutex
	at      cursor // what was handed out
	clients map[*client]bool
	joining int    // clients that are on their way
	said    []byte // the last state
}

// followers are the runs that are followed now.
type followers struct {
	root  *os.Root
	mu    sync.Mutex
	runs  map[string]*follower
	group sync.WaitGroup
	pace  pace
}

func (f *followers) wait() { f.group.Wait() }

// join adds a client to a run's follower, and returns how far that one is: the
// client must read up to there itself. The follower looks first, so that no
// client is ahead of it.
func (s *Server) join(name string, p run.Place) (f *follower, c *client, at cursor, said []byte) {
	f = s.follower(name, p)
	f.lookAll()
	c = &client{make(chan event, clientMost)}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.joining--
	f.clients[c] = true
	return f, c, maps.Clone(f.at), f.said
}

// follower returns the follower of a run, with one more client on its way.
func (s *Server) follower(name string, p run.Place) *follower {
	all := &s.follow
	all.mu.Lock()
	defer all.mu.Unlock()
	f := all.runs[name]
	if f == nil {
		f = &follower{server: s, name: name, place: p, at: cursor{}, clients: map[*client]bool{}}
		f.begin()
		if all.runs == nil {
			all.runs = map[string]*follower{}
		}
		all.runs[name] = f
		all.group.Go(f.loop)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.joining++
	return f
}

// leave takes a client away.
func (f *follower) leave(c *client) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.clients, c)
}

// begin takes the ends of the files: what is before them clients read
// themselves.
func (f *follower) begin() {
	r := f.server.status(f.name, f.place)
	for _, seed := range r.Seeds {
		if whole := f.server.wholeLines(f.place, seed.Seed, seed.bytes); whole > 0 {
			f.at[seed.Seed] = whole
		}
	}
	f.said = stateOf(r)
}

// loop looks at the run while anybody does. The server's end takes all clients
// away, and so ends it.
func (f *follower) loop() {
	tick := time.NewTicker(lookTime)
	defer tick.Stop()
	for looks := 1; ; looks++ {
		<-tick.C
		if f.abandoned() {
			return
		}
		f.lookAll()
		if looks%lockLooks == 0 {
			f.tell()
		}
	}
}

// abandoned ends the follower if nobody is left, in one step with joining.
func (f *follower) abandoned() bool {
	all := &f.server.follow
	all.mu.Lock()
	defer all.mu.Unlock()
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.clients)+f.joining > 0 {
		return false
	}
	delete(all.runs, f.name)
	return true
}

// lookAll looks at every seed.
func (f *follower) lookAll() {
	f.looking.Lock()
	defer f.looking.Unlock()
	for _, seed := range f.place.Seeds() {
		f.look(seed)
	}
}

// look hands out what a seed has logged since.
func (f *follower) look(seed uint64) {
	for {
		f.mu.Lock()
		from := f.at[seed]
		f.mu.Unlock()
		rows, end, cut, err := f.server.read(f.place, seed, from, math.MaxInt64)
		switch {
		case cut:
			f.send("reset", seed, 0, resetOf(seed))
		case err != nil || end == from:
			return
		default:
			f.send("rows", seed, end, rowsOf(seed, rows))
		}
	}
}

// tell hands out the state, if it is new.
func (f *follower) tell() {
	said := stateOf(f.server.status(f.name, f.place))
	f.mu.Lock()
	defer f.mu.Unlock()
	if string(said) != string(f.said) {
		f.said = said
		f.broadcast(newEvent("state", f.at, said))
	}
}

func (f *follower) send(kind string, seed uint64, end int64, data []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.at[seed] = end; end == 0 {
		delete(f.at, seed)
	}
	f.broadcast(newEvent(kind, f.at, data))
}

// broadcast waits for nobody: a client whose events pile up is left behind.
func (f *follower) broadcast(e event) {
	for c := range f.clients {
		select {
		case c.events <- e:
		default:
			close(c.events)
			delete(f.clients, c)
		}
	}
}

// stateOf is what an event says of a run: nothing that rows say too.
func stateOf(r Run) []byte {
	state := State{State: r.State, Seeds: []SeedState{}}
	if r.SecondsLeft != nil {
		rounded := 5 * math.Ceil(*r.SecondsLeft/5)
		state.SecondsLeft = &rounded
	}
	for _, s := range r.Seeds {
		state.Seeds = append(state.Seeds, SeedState{s.Seed, s.State})
	}
	return marshal(state)
}

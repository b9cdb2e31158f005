package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"keyhull/weights"
)

// tally collects how long things took, and failures.
type tally struct {
	name   string
	mu     sync.Mutex
	times  []time.Duration
	begun  int // streams that are open
	errors int
	first  string // failure
}

func (t *tally) add(d time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.times = append(t.times, d)
}

func (t *tally) fail(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.errors++; t.first == "" {
		t.first = fmt.Sprintf(format, args...)
	}
}

func (t *tally) forget() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.times = nil
}

// wait waits until so many streams are open, or failed.
func (t *tally) wait(n int) {
	for {
		t.mu.Lock()
		enough := t.begun+t.errors >= n
		t.mu.Unlock()
		if enough {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func (t *tally) print() {
	t.mu.Lock()
	defer t.mu.Unlock()
	slices.Sort(t.times)
	n := len(t.times)
	if n == 0 {
		fmt.Printf("%s: none, %d errors %s\n", t.name, t.errors, t.first)
		return
	}
	at := func(q float64) time.Duration {
		return t.times[min(n-1, int(q*float64(n)))].Round(100 * time.Microsecond)
	}
	fmt.Printf("%s: %d, %d errors %s; p50 %v, p90 %v, p99 %v, most %v\n", t.name, n, t.errors, t.first, at(0.5), at(0.9), at(0.99), t.times[n-1].Round(100*time.Microsecond))
}

// view follows the run and takes how old rows are when they come.
func view(ctx context.Context, address string, t *tally) {
	r, err := http.NewRequestWithContext(ctx, "GET", address+"/api/v1/runs/load/events", nil)
	must(err)
	transport := &http.Transport{DisableKeepAlives: true}
	answer, err := transport.RoundTrip(r)
	if err != nil || answer.StatusCode != 200 {
		t.fail("stream: %v", err)
		return
	}
	defer answer.Body.Close()
	t.mu.Lock()
	t.begun++
	t.mu.Unlock()
	lines := bufio.NewReaderSize(answer.Body, 64<<10)
	for caughtUp := false; ; {
		line, err := lines.ReadString('\n')
		if err != nil {
			if ctx.Err() == nil {
				t.fail("stream: %v", err)
			}
			return
		}
		if strings.HasPrefix(line, "event: lag") {
			t.fail("a viewer was left behind")
		}
		// The last row of an event is the newest; of the first events, which
		// hold what there was before, nothing is taken.
		if i := strings.LastIndex(line, `"written":`); i >= 0 {
			number, _, _ := strings.Cut(line[i+len(`"written":`):], "}")
			number, _, _ = strings.Cut(number, ",")
			if us, err := strconv.ParseFloat(number, 64); err == nil && caughtUp {
				t.add(time.Since(time.UnixMicro(int64(us))))
			}
			caughtUp = true
		}
	}
}

// decide sends decisions until ctx is done, all clients in bursts or each at its
// own time, and takes how long answers took. No two ask about the same keys.
func decide(ctx context.Context, address string, t *tally) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: *deciders}}
	one := func(body []byte) {
		begin := time.Now()
		answer, err := client.Post(address+"/api/v1/decide?file=k.npy&"+*query, "application/octet-stream", bytes.NewReader(body))
		if err != nil {
			t.fail("%v", err)
			return
		}
		defer answer.Body.Close()
		n, err := io.Copy(io.Discard, answer.Body)
		if err != nil || answer.StatusCode != 200 || n < int64(*keys)*30 {
			t.fail("%s, %d bytes, %v", answer.Status, n, err)
			return
		}
		t.add(time.Since(begin))
	}
	var group sync.WaitGroup
	defer group.Wait()
	if *every > 0 {
		for i := range *deciders {
			group.Go(func() { spread(ctx, i, one) })
		}
		return
	}
	bodies := make([][]byte, *deciders)
	for burst := 0; ctx.Err() == nil; burst++ {
		for i := range bodies {
			bodies[i] = gauss(uint64(burst**deciders + i))
		}
		for _, body := range bodies {
			group.Go(func() { one(body) })
		}
		group.Wait()
		time.Sleep(*pause)
	}
}

// spread asks again and again, as often as it is to however long answers take.
func spread(ctx context.Context, i int, one func(body []byte)) {
	time.Sleep(*every * time.Duration(i) / time.Duration(*deciders))
	tick := time.NewTicker(*every)
	defer tick.Stop()
	for k := 0; ; k++ {
		one(gauss(uint64(k**deciders + i)))
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

func gauss(seed uint64) []byte {
	rng := rand.New(rand.NewPCG(seed, 7))
	x := make([]float32, *keys**dim)
	for i := range x {
		x[i] = float32(rng.NormFloat64())
	}
	var b bytes.Buffer
	must(weights.WriteNPY(&b, []int{*keys, *dim}, x))
	return b.Bytes()
}

// readNothing opens a stream and reads none of it.
func readNothing(ctx context.Context, address string) {
	conn := dial(address)
	defer conn.Close()
	conn.(*net.TCPConn).SetReadBuffer(1 << 10)
	fmt.Fprintf(conn, "GET /api/v1/runs/load/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
	<-ctx.Done()
}

// sendSlowly announces a large body and sends a byte a second, again and again.
func sendSlowly(ctx context.Context, address string) {
	for ctx.Err() == nil {
		conn := dial(address)
		fmt.Fprintf(conn, "POST /api/v1/decide HTTP/1.1\r\nHost: localhost\r\nContent-Length: 30000000\r\n\r\n")
		for ctx.Err() == nil {
			if _, err := conn.Write([]byte("1")); err != nil {
				break
			}
			time.Sleep(time.Second)
		}
		conn.Close()
	}
}

func dial(address string) net.Conn {
	conn, err := net.Dial("tcp", strings.TrimPrefix(address, "http://"))
	must(err)
	return conn
}

// memory reads a line of /proc/PID/status.
func memory(pid int, name string) string {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, name+":"); ok {
			return strings.TrimSpace(rest)
		}
	}
	return "unknown"
}

// cpu is how many seconds of a core a process has used.
func cpu(pid int) float64 {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.ParseFloat(fields[11], 64)
	system, _ := strconv.ParseFloat(fields[12], 64)
	return (user + system) / 100 // of a second, on Linux
}

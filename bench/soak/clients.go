//go:build linux

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"
)

const viewers = 3

// clients start all who talk to the server until ctx is done.
func (s *soak) clients(ctx context.Context, group *sync.WaitGroup) {
	for i := range viewers {
		group.Go(func() { s.again(ctx, uint64(10+i), time.Second, s.view) })
	}
	group.Go(func() { s.again(ctx, 20, 2*time.Second, s.decide) })
	group.Go(func() { s.again(ctx, 30, 2*time.Second, s.upload) })
	group.Go(func() { s.again(ctx, 40, 2*time.Second, s.rude) })
	group.Go(func() { s.again(ctx, 50, 2*time.Second, s.vandal) })
}

// again does something until ctx is done, with random pauses; its random numbers
// are a stream of their own.
func (s *soak) again(ctx context.Context, stream uint64, pause time.Duration, do func(context.Context, *rand.Rand)) {
	rng := rand.New(rand.NewPCG(*seed, stream))
	for ctx.Err() == nil {
		do(ctx, rng)
		select {
		case <-ctx.Done():
		case <-time.After(time.Duration(rng.Int64N(2 * int64(pause)))):
		}
	}
}

// ask sends a request and returns status and body, 0 if nothing came.
func (s *soak) ask(ctx context.Context, method, path string, body io.Reader) (int, []byte) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, s.server.address+path, body)
	must(err)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, []byte(err.Error())
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return 0, []byte(err.Error())
	}
	return answer.StatusCode, text
}

// wanted fails unless a status is among those wanted; nothing is wanted once ctx is
// done.
func (s *soak) wanted(ctx context.Context, what string, code int, text []byte, want ...int) bool {
	s.count(fmt.Sprintf("request: %s, %d", what, code))
	for _, w := range want {
		if code == w {
			return true
		}
	}
	if ctx.Err() == nil {
		s.fail("server, %s: %d %.300s", what, code, text)
	}
	return false
}

// view looks at the list of runs and reports, at one of each, and follows a run
// for a while. What it looks at may have gone meanwhile.
func (s *soak) view(ctx context.Context, rng *rand.Rand) {
	code, text := s.ask(ctx, "GET", "/api/v1/runs", nil)
	var list struct {
		Runs    []struct{ Run string }
		Reports []struct{ Href string }
	}
	if !s.wanted(ctx, "runs", code, text, 200) {
		return
	}
	if err := json.Unmarshal(text, &list); err != nil {
		s.fail("server, runs: %v: %.300s", err, text)
	}
	if n := len(list.Reports); n > 0 {
		code, text = s.ask(ctx, "GET", list.Reports[rng.IntN(n)].Href, nil)
		s.wanted(ctx, "report", code, text, 200, 404)
	}
	if n := len(list.Runs); n > 0 {
		name := "/api/v1/runs/" + url.PathEscape(list.Runs[rng.IntN(n)].Run)
		for _, path := range []string{name, name + "/metrics"} {
			if code, text = s.ask(ctx, "GET", path, nil); s.wanted(ctx, "run", code, text, 200, 404) && !json.Valid(text) {
				s.fail("server, %s: %.300s", path, text)
			}
		}
		s.follow(ctx, name+"/events", time.Duration(1+rng.IntN(15))*time.Second)
	}
}

// follow reads a run's events and goes away without a word.
func (s *soak) follow(ctx context.Context, path string, lasts time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, lasts)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, "GET", s.server.address+path, nil)
	must(err)
	answer, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
	if err != nil {
		return // the time was over
	}
	defer answer.Body.Close()
	s.count(fmt.Sprintf("request: events, %d", answer.StatusCode))
	if answer.StatusCode != 200 {
		return
	}
	lines := bufio.NewReaderSize(answer.Body, 64<<10)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return
		}
		if data, ok := strings.CutPrefix(line, "data: "); ok {
			if s.count("event"); !json.Valid([]byte(data)) {
				s.fail("server, event: %.300s", data)
			}
		}
	}
}

// decide has keys decided: all answers are the same.
func (s *soak) decide(ctx context.Context, _ *rand.Rand) {
	keys, err := os.ReadFile(s.input("keys.npy"))
	must(err)
	code, text := s.ask(ctx, "POST", "/api/v1/decide?file=keys.npy", bytes.NewReader(keys))
	if !s.wanted(ctx, "decide", code, text, 200, 503) || code != 200 {
		return
	}
	answer := timeless(string(text))
	if s.answer == "" {
		s.answer = answer
	}
	if s.answer != answer {
		s.fail("server, decide: two answers differ")
	}
}

package serve

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"keyhull/run"
)

// toy makes a folder with a run "toy" of two seeds: seed 1 done, seed 2 with
// rows of steps 0, 10, … below the steps given, which trains until the test
// ends.
func toy(t *testing.T, steps int) (dir string, log *run.Log) {
	t.Helper()
	dir = t.TempDir()
	folder, err := run.OpenFolder(filepath.Join(dir, "toy"), map[string]any{"steps": 1000, "norm": "layernorm"})
	must(t, err)
	for seed := uint64(1); seed <= 2; seed++ {
		log, err = folder.Seed(seed)
		must(t, err)
		_, err = log.Start(run.Checkpoint{})
		must(t, err)
		for step := 0; step < steps; step += 10 {
			must(t, log.Step(step, values(step)))
		}
		if seed == 1 {
			must(t, log.Finish(map[string]int{}))
			must(t, log.Close())
		}
	}
	t.Cleanup(func() { log.Close() })
	return dir, log
}

func values(step int) run.Values {
	return run.Values{"train_loss": 1 / float64(1+step), "angle_mean": float64(90 - step%90)}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// started is a server that listens, and its address "host:port".
func started(t *testing.T, opt Options) (s *Server, addr string) {
	t.Helper()
	if opt.Addr == "" {
		opt.Addr = "127.0.0.1:0"
	}
	s, err := Listen(opt)
	must(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		select {
		case err := <-ended:
			if !errors.Is(err, context.Canceled) {
				t.Errorf("Serve ended with %v", err)
			}
		case <-time.After(10 * time.Second):
			t.Error("Serve does not end")
		}
	})
	return s, s.listen.Addr().String()
}

// askRaw sends a request as it stands and returns the answer. The path is not
// cleaned, and headers are as given.
func askRaw(t *testing.T, addr, method, path, body string, headers ...string) (int, http.Header, string) {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	must(t, err)
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	if !strings.Contains(strings.Join(headers, "\n"), "Host:") {
		headers = append(headers, "Host: "+addr)
	}
	fmt.Fprintf(conn, "%s %s HTTP/1.1\r\n%s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", method, path, strings.Join(headers, "\r\n"), len(body), body)
	answer, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	must(t, err)
	defer answer.Body.Close()
	text, _ := io.ReadAll(answer.Body)
	return answer.StatusCode, answer.Header, string(text)
}

// got is an event that a client got.
type got struct{ kind, id, data string }

// follow opens a stream and hands its events on until the test ends.
func follow(t *testing.T, addr, query string, headers ...string) (<-chan got, func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, "GET", "http://"+addr+"/api/v1/runs/toy/events"+query, nil)
	must(t, err)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := http.DefaultClient.Do(r)
	must(t, err)
	if answer.StatusCode != 200 || answer.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("%s, %s", answer.Status, answer.Header.Get("Content-Type"))
	}
	events := make(chan got, 10000)
	go func() {
		defer close(events)
		defer answer.Body.Close()
		lines := bufio.NewReaderSize(answer.Body, 1<<20)
		var e got
		for {
			line, err := lines.ReadString('\n')
			if err != nil {
				return
			}
			name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
			switch name {
			case "event":
				e.kind = value
			case "id":
				e.id = value
			case "data":
				e.data = value
			case "":
				events <- e
				e = got{}
			}
		}
	}()
	return events, cancel
}

// next waits for an event of a kind, and skips others.
func next(t *testing.T, events <-chan got, kind string) got {
	t.Helper()
	late := time.After(10 * time.Second)
	for {
		select {
		case e, ok := <-events:
			if !ok {
				t.Fatalf("the stream ended before %s", kind)
			}
			if e.kind == kind {
				return e
			}
		case <-late:
			t.Fatalf("no event %s", kind)
		}
	}
}

// steps are those in the data of a rows event, and the seed.
func steps(t *testing.T, data string) (seed uint64, list []int) {
	t.Helper()
	var d struct {
		Seed uint64
		Rows []struct{ Step int }
	}
	must(t, json.Unmarshal([]byte(data), &d))
	for _, r := range d.Rows {
		list = append(list, r.Step)
	}
	return d.Seed, list
}

func write(t *testing.T, path, text string) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Dir(path), 0o777))
	must(t, os.WriteFile(path, []byte(text), 0o666))
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	must(t, err)
	return bytes.Clone(text)
}

//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"strings"
	"time"
)

// upload sends what is no set of keys: it is refused, with an error and a hint.
func (s *soak) upload(ctx context.Context, rng *rand.Rand) {
	keys, err := os.ReadFile(s.input("keys.npy"))
	must(err)
	name, query, body := "", "?file=x.npy", keys
	switch rng.IntN(9) {
	case 0:
		name, body = "cut", keys[:rng.IntN(len(keys))]
	case 1:
		name, body = "10¹² rows", bytes.Replace(keys, []byte("(300, 5)"), []byte("(1000000000000, 5)"), 1)
	case 2:
		name, query, body = "NaN", "", []byte(`{"keys":[[1,NaN],[2,3]]}`)
	case 3:
		name, query, body = "nested", "", bytes.Repeat([]byte("["), 1+rng.IntN(1<<20))
	case 4:
		name, query, body = "zip", "?file=x.npz", append([]byte("PK\x03\x04"), keys[:rng.IntN(len(keys))]...)
	case 5:
		name, query, body = "safetensors", "?file=x.safetensors", append([]byte{255, 255, 255, 255, 255, 255, 255, byte(rng.IntN(256))}, keys...)
	case 6:
		name, query = "unknown parameter", "?file=x.npy&colour=red"
	case 7:
		name, body = "noise", noise(rng, 1+rng.IntN(1<<16))
	case 8:
		name, query, body = "ragged", "?file=x.csv", []byte("1,2\n3\n"+strings.Repeat("4,5\n", rng.IntN(1000)))
	}
	code, text := s.ask(ctx, "POST", "/api/v1/decide"+query, bytes.NewReader(body))
	if code == 200 && name == "cut" && len(body) == len(keys) || !s.wanted(ctx, "upload, "+name, code, text, 400, 413, 503) {
		return
	}
	var says struct{ Error, Hint string }
	if err := json.Unmarshal(text, &says); err != nil || says.Error == "" || says.Hint == "" {
		s.fail("server, upload, %s: %.300s", name, text)
	}
	s.count("fault: hostile upload")
}

func noise(rng *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return b
}

// rude connects and behaves badly.
func (s *soak) rude(ctx context.Context, rng *rand.Rand) {
	host := strings.TrimPrefix(s.server.address, "http://")
	conn, err := net.DialTimeout("tcp", host, 10*time.Second)
	if err != nil {
		if ctx.Err() == nil {
			s.fail("server: %v", err)
		}
		return
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	kind := ""
	switch rng.IntN(8) {
	case 0:
		kind = "a byte of the header at a time"
		slowly(ctx, conn, "GET / HTTP/1.1\r\nHost: localhost\r\nX: "+strings.Repeat("y", 1000))
	case 1:
		kind = "a byte of the body at a time"
		fmt.Fprintf(conn, "POST /api/v1/decide HTTP/1.1\r\nHost: localhost\r\nContent-Length: 30000000\r\n\r\n")
		slowly(ctx, conn, strings.Repeat("1", 1000))
	case 2:
		kind = "reads nothing"
		conn.(*net.TCPConn).SetReadBuffer(1 << 10)
		for range 20 {
			fmt.Fprintf(conn, "GET /api/v1/runs HTTP/1.1\r\nHost: localhost\r\n\r\n")
		}
		pause(ctx, 10*time.Second)
	case 3:
		kind = "noise"
		conn.Write(noise(rng, 1+rng.IntN(1<<14)))
	case 4:
		kind = "another name"
		s.raw(ctx, conn, "GET /api/v1/runs HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n", "421")
	case 5:
		kind = "a path out of the folder"
		s.raw(ctx, conn, "GET /files/..%2f..%2f"+strings.Repeat("..%2f", rng.IntN(10))+"etc/passwd HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "404")
	case 6:
		kind = "another site"
		s.raw(ctx, conn, "POST /api/v1/decide HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\nSec-Fetch-Site: cross-site\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}", "403")
	case 7:
		kind = "half a request"
		fmt.Fprintf(conn, "POST /api/v1/decide?file=k.npy HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n%s", noise(rng, rng.IntN(999)))
	}
	s.count("fault: rude client, " + kind)
}

func slowly(ctx context.Context, conn net.Conn, text string) {
	for i := range text {
		if _, err := conn.Write([]byte{text[i]}); err != nil || !pause(ctx, 100*time.Millisecond) {
			return
		}
	}
}

// raw sends a request as it is and wants a status.
func (s *soak) raw(ctx context.Context, conn net.Conn, request, want string) {
	io.WriteString(conn, request)
	text, err := io.ReadAll(conn)
	if !strings.HasPrefix(string(text), "HTTP/1.1 "+want) && ctx.Err() == nil {
		s.fail("server: %q: %.200q, want %s (%v)", request, text, want, err)
	}
}

func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

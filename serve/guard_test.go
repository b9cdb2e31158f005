package serve

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// A name that another site bound to this address (DNS rebinding) is refused
// everywhere; the names of this machine are not.
func TestHost(t *testing.T) {
	dir, _ := toy(t, 30)
	_, addr := started(t, Options{Dir: dir})
	_, port, _ := strings.Cut(addr, ":")
	for _, host := range []string{"evil.example", "evil.example:" + port, "127.0.0.1.evil.example", "localhost.evil.example:" + port, "10.0.0.1:" + port, "[::2]", "", "0x7f.1"} {
		for _, path := range []string{"/", "/api/v1/runs", "/files/x.html", "/live.js"} {
			if code, _, text := askRaw(t, addr, "GET", path, "", "Host: "+host); code != http.StatusMisdirectedRequest && code != http.StatusBadRequest {
				t.Errorf("%q, %s: %d %.80s", host, path, code, text)
			}
		}
	}
	for _, host := range []string{addr, "localhost:" + port, "LOCALHOST", "127.0.0.1:9", "[::1]:" + port} {
		if code, _, text := askRaw(t, addr, "GET", "/api/v1/runs", "", "Host: "+host); code != 200 {
			t.Errorf("%q: %d %s", host, code, text)
		}
	}
}

// What a page of another site asks for is refused: what it sends, and what it
// could only hold open. A link to the page itself works.
func TestCrossSite(t *testing.T) {
	dir, _ := toy(t, 30)
	_, addr := started(t, Options{Dir: dir})
	const keys = `{"keys":[[0],[1]]}`
	for _, c := range []struct {
		method, path string
		headers      []string
		want         int
	}{
		{"POST", "/api/v1/decide", []string{"Sec-Fetch-Site: cross-site", "Origin: http://evil.example"}, 403},
		{"POST", "/api/v1/decide", []string{"Sec-Fetch-Site: same-site"}, 403},
		{"POST", "/api/v1/decide", []string{"Origin: http://evil.example"}, 403}, // an old browser
		{"POST", "/api/v1/decide", []string{"Origin: null"}, 403},                // a sandboxed page: a report
		{"POST", "/api/v1/decide", []string{"Origin: http://localhost:1"}, 403},  // another port
		{"GET", "/api/v1/runs/toy/events", []string{"Sec-Fetch-Site: cross-site"}, 403},
		{"GET", "/api/v1/runs", []string{"Sec-Fetch-Site: same-site"}, 403},
		{"GET", "/", []string{"Sec-Fetch-Site: cross-site"}, 200},
		{"POST", "/api/v1/decide", []string{"Sec-Fetch-Site: same-origin"}, 200},
		{"POST", "/api/v1/decide", []string{"Origin: http://" + addr}, 200},
		{"POST", "/api/v1/decide", nil, 200}, // no browser
		{"PUT", "/api/v1/decide", nil, 405},
		{"DELETE", "/api/v1/runs/toy", nil, 405},
		{"OPTIONS", "/api/v1/decide", []string{"Origin: http://evil.example", "Access-Control-Request-Method: POST"}, 405},
	} {
		code, head, text := askRaw(t, addr, c.method, c.path, keys, append(c.headers, "Content-Type: application/json")...)
		if code != c.want {
			t.Errorf("%s %s %v: %d, want %d: %.100s", c.method, c.path, c.headers, code, c.want, text)
		}
		for name := range head {
			if strings.HasPrefix(name, "Access-Control-") {
				t.Errorf("%s %s: %s", c.method, c.path, name)
			}
		}
	}
}

func TestHeaders(t *testing.T) {
	dir, _ := toy(t, 30)
	_, addr := started(t, Options{Dir: dir})
	for _, path := range []string{"/", "/live.js", "/live_common.js", "/live_compare.js", "/live_decide.js", "/make.js", "/curves.js", "/style.css", "/live.css", "/api/v1/runs", "/nothing"} {
		code, head, text := askRaw(t, addr, "GET", path, "")
		if want := 200; path != "/nothing" && (code != want || text == "") {
			t.Errorf("%s: %d", path, code)
		}
		policy := head.Get("Content-Security-Policy")
		if !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "script-src 'self'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: policy %q", path, policy)
		}
		if head.Get("X-Content-Type-Options") != "nosniff" || head.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s: %v", path, head)
		}
	}
}

// The page keeps to its own policy: no inline script, style or handler.
func TestPageKeepsPolicy(t *testing.T) {
	dir, _ := toy(t, 30)
	_, addr := started(t, Options{Dir: dir})
	_, _, text := askRaw(t, addr, "GET", "/", "")
	for _, bad := range []string{"<style", " style=", " onclick=", "javascript:", "<script>"} {
		if strings.Contains(text, bad) {
			t.Errorf("the page has %q", bad)
		}
	}
}

// The explorable hull is one file that loads nothing.
func TestExplore(t *testing.T) {
	_, addr := started(t, Options{Dir: t.TempDir()})
	code, head, text := askRaw(t, addr, "GET", "/explore", "")
	if code != 200 || !strings.Contains(text, "keyhull-explore") || !strings.Contains(text, "Content-Security-Policy") {
		t.Errorf("%d %.200s", code, text)
	}
	if policy := head.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "connect-src") {
		t.Error(policy)
	}
}

// Who sends a header and never ends it is let go; meanwhile others are answered.
func TestSlowHeader(t *testing.T) {
	t.Parallel()
	_, addr := started(t, Options{Dir: t.TempDir()})
	conn, err := net.Dial("tcp", addr)
	must(t, err)
	defer conn.Close()
	fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: %s\r\nX-Slow: ", addr)
	if code, _, _ := askRaw(t, addr, "GET", "/api/v1/runs", ""); code != 200 {
		t.Errorf("another client: %d", code)
	}
	conn.SetReadDeadline(time.Now().Add(2 * headerTime))
	if _, err := io.Copy(io.Discard, conn); err != nil {
		t.Errorf("the connection is kept: %v", err)
	}
}

// With a token nothing is answered without it, and cookies stand for it.
func TestToken(t *testing.T) {
	const token = "0123456789abcdef"
	dir, _ := toy(t, 30)
	write(t, dir+"/report/index.html", "report")
	write(t, dir+"/report/results.json", "{}")
	s, addr := started(t, Options{Dir: dir, Token: token})
	if !strings.HasSuffix(s.URL(), "/?token="+token) {
		t.Error(s.URL())
	}
	for _, path := range []string{"/", "/?token=", "/?token=0123456789abcdeF", "/api/v1/runs", "/api/v1/runs?token=" + token, "/files/report/index.html", "/live.js"} {
		if code, head, _ := askRaw(t, addr, "GET", path, ""); code != 401 || head.Get("Set-Cookie") != "" {
			t.Errorf("%s without token: %d", path, code)
		}
	}
	if code, _, _ := askRaw(t, addr, "GET", "/api/v1/runs", "", "Authorization: Bearer "+token); code != 200 {
		t.Errorf("bearer: %d", code)
	}
	if code, _, _ := askRaw(t, addr, "GET", "/api/v1/runs", "", "Authorization: Bearer wrong"); code != 401 {
		t.Errorf("wrong bearer: %d", code)
	}
	code, head, _ := askRaw(t, addr, "GET", "/?token="+token, "")
	cookies := (&http.Response{Header: head}).Cookies()
	if code != 200 || len(cookies) != 2 {
		t.Fatalf("%d, cookies %v", code, cookies)
	}
	for i, c := range cookies {
		if !c.HttpOnly || strings.Contains(c.Value, token) || c.SameSite != []http.SameSite{http.SameSiteStrictMode, http.SameSiteLaxMode}[i] {
			t.Errorf("cookie %v", c)
		}
	}
	page, files := "Cookie: "+cookies[0].Name+"="+cookies[0].Value, "Cookie: "+cookies[1].Name+"="+cookies[1].Value
	for _, c := range []struct {
		path, cookie string
		want         int
	}{{"/api/v1/runs", page, 200}, {"/", page, 200}, {"/files/report/index.html", files, 200}, {"/api/v1/runs", files, 401},
		{"/api/v1/runs", "Cookie: " + cookies[0].Name + "=" + cookies[1].Value, 401}} {
		if code, _, _ := askRaw(t, addr, "GET", c.path, "", c.cookie); code != c.want {
			t.Errorf("%s with %.30s…: %d, want %d", c.path, c.cookie, code, c.want)
		}
	}
}

// Beyond this machine a token is made; loopback needs none.
func TestTokenBeyondLoopback(t *testing.T) {
	dir, _ := toy(t, 30)
	open, _ := started(t, Options{Dir: dir, Addr: "0.0.0.0:0"})
	if len(open.token) < 20 || !strings.Contains(open.URL(), open.token) {
		t.Errorf("token %q", open.token)
	}
	here, _ := started(t, Options{Dir: dir})
	if here.token != "" {
		t.Error("loopback asks for a token")
	}
	for _, bad := range []Options{{Dir: dir, Addr: "127.0.0.1:0", Token: "short"}, {Dir: dir, Addr: "nowhere"}, {Dir: dir, Addr: "127.0.0.1:99999"}, {Dir: dir + "/none", Addr: "127.0.0.1:0"}} {
		if s, err := Listen(bad); err == nil {
			s.listen.Close()
			t.Errorf("%+v is taken", bad)
		}
	}
}

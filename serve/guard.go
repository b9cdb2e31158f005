package serve

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
)

// quiet drops what net/http would log about each client that goes away.
var quiet = log.New(io.Discard, "", 0)

// hosts are the names under which the server may be asked for. A page of
// another site whose name was bound anew to this address (DNS rebinding) asks
// under its own.
type hosts struct {
	names map[string]bool
	any   bool // any address that is no name will do
}

func newHosts(given string, loopback bool) hosts {
	h := hosts{names: map[string]bool{"localhost": true, "127.0.0.1": true, "::1": true}, any: !loopback}
	if given != "" {
		h.names[strings.ToLower(given)] = true
	}
	if name, err := os.Hostname(); err == nil && !loopback {
		h.names[strings.ToLower(name)] = true
	}
	return h
}

// allow takes any port: a tunnel may have another.
func (h hosts) allow(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
	ip := net.ParseIP(host)
	return h.names[host] || ip != nil && (h.any || ip.IsLoopback())
}

// policy lets the page load its own files and nothing else.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Handler answers everything, behind the guards.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	for _, r := range s.routes() {
		mux.HandleFunc(r.method+" "+r.path, r.handle)
	}
	return s.guard(http.NewCrossOriginProtection().Handler(mux))
}

// guard checks who asks, before anything else is looked at. CrossOriginProtection
// refuses what another site's page sends; here what such a page would make the
// server work for, or hold open, is refused too.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		switch site := r.Header.Get("Sec-Fetch-Site"); {
		case !s.hosts.allow(r.Host):
			refuse(w, http.StatusMisdirectedRequest, "ask for it by the address that it printed", "this server is not called %q", r.Host)
		case r.URL.Path != "/" && r.URL.Path != "/explore" && !strings.HasPrefix(r.URL.Path, filesPath) && site != "" && site != "same-origin" && site != "none":
			refuse(w, http.StatusForbidden, "open the page itself", "asked for by the page of another site")
		case !s.known(w, r):
			refuse(w, http.StatusUnauthorized, "open the URL that the server printed, or send Authorization: Bearer TOKEN", "a token is asked for")
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// The cookies that stand for the token, before the port: browsers give cookies
// to all ports of a host. That of files is Lax, so that links within a report,
// whose page has no origin, are followed with it.
const (
	pageCookie  = "keyhull-"
	filesCookie = "keyhull-files-"
)

// known reports whether a visitor has the token: in a header, in a cookie, or
// once in the page's address, which gives the cookies.
func (s *Server) known(w http.ResponseWriter, r *http.Request) bool {
	if s.token == "" {
		return true
	}
	if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return same(bearer, s.token)
	}
	cookie, path := pageCookie, "/"
	if strings.HasPrefix(r.URL.Path, filesPath) {
		cookie, path = filesCookie, filesPath
	}
	if c, err := r.Cookie(cookie + s.port); err == nil && same(c.Value, s.cookie(path)) {
		return true
	}
	if r.URL.Path != "/" || !same(r.URL.Query().Get("token"), s.token) {
		return false
	}
	http.SetCookie(w, &http.Cookie{Name: pageCookie + s.port, Value: s.cookie("/"), Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
	http.SetCookie(w, &http.Cookie{Name: filesCookie + s.port, Value: s.cookie(filesPath), Path: filesPath, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	return true
}

// cookie is a value that only who has the token can make.
func (s *Server) cookie(path string) string {
	mac := hmac.New(sha256.New, []byte(s.token))
	mac.Write([]byte(path))
	return hex.EncodeToString(mac.Sum(nil))
}

// same compares in a time that says nothing about where they differ.
func same(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

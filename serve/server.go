// Package serve shows the runs in a folder as a live page, and decides keys
// that are sent to it, by the same code as `keyhull decide`. The page and
// programs use one API, which openapi.json describes.
//
// A server trusts nobody: not the page of another site in the same browser
// (guard.go), not who sends bodies that are large, slow or malformed (body.go,
// lanes.go), not a reader that does not read (events.go). It opens nothing
// outside its folder (files.go).
package serve

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"keyhull/weights"
)

// Options of a server; the zero value will do but for Dir and Addr.
type Options struct {
	Dir     string // whose runs are shown
	Addr    string // host:port to listen at; port 0 is any free one
	Token   string // that a visitor must show; "" is none on loopback, elsewhere a random one
	Version string // of keyhull, for the API
}

// Server is a folder, and who looks at it. Its methods may be called from
// several goroutines.
type Server struct {
	opt     Options
	root    *os.Root
	listen  net.Listener
	hosts   hosts
	port    string
	token   string // "" if none is asked for
	scan    scanner
	follow  followers
	lanes   lanes
	bodies  budget
	answers budget // of decisions
	streams gauge
	reads   gauge // of metrics
	list    list
	good    sync.Map // path of a metrics file to the offset up to which its lines can be read
}

// How long a client may take. A decision has its own limit (lanes.go).
const (
	headerTime = 5 * time.Second
	bodyTime   = 30 * time.Second
	writeTime  = 30 * time.Second // of an answer, or of one event
	idleTime   = 2 * time.Minute
	closeTime  = 3 * time.Second
	headerMost = 16 << 10
)

// Listen opens the folder and begins to listen. Errors have a hint: they are
// of type [*weights.Error]. The caller must call Serve.
func Listen(opt Options) (*Server, error) {
	if len(opt.Token) > 0 && len(opt.Token) < 16 {
		return nil, failf("give 16 characters or more, or leave it away: a random one is made", "the token has %d characters", len(opt.Token))
	}
	root, err := openDir(opt.Dir)
	if err != nil {
		return nil, err
	}
	host, _, err := net.SplitHostPort(opt.Addr)
	if err == nil {
		var l net.Listener
		if l, err = net.Listen("tcp", opt.Addr); err == nil {
			return newServer(opt, root, l, host), nil
		}
	}
	root.Close()
	var op *net.OpError
	if errors.As(err, &op) {
		err = op.Err
	}
	return nil, &weights.Error{Msg: fmt.Sprintf("%s: %v", opt.Addr, err), Hint: "for example 127.0.0.1:8080, or 127.0.0.1:0 for any free port", Err: err}
}

func openDir(dir string) (*os.Root, error) {
	root, err := os.OpenRoot(dir)
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	if err != nil {
		return nil, &weights.Error{Msg: fmt.Sprintf("%s: %v", dir, err), Hint: "give the folder that holds runs: what --out named, or one above it", Err: err}
	}
	return root, nil
}

func newServer(opt Options, root *os.Root, l net.Listener, host string) *Server {
	s := &Server{opt: opt, root: root, listen: l, token: opt.Token, lanes: newLanes()}
	addr, _ := l.Addr().(*net.TCPAddr)
	loopback := addr != nil && addr.IP.IsLoopback()
	if s.token == "" && !loopback {
		s.token = rand.Text()
	}
	_, s.port, _ = net.SplitHostPort(l.Addr().String())
	s.hosts = newHosts(host, loopback)
	s.scan.root, s.follow.root = root, root
	s.scan.base = baseName(opt.Dir)
	for _, b := range []*budget{&s.bodies, &s.answers} {
		b.small.most, b.large.most = heldMost, heldMost
	}
	s.streams.most, s.reads.most = streamsMost, readsMost
	return s
}

// baseName is what a run is called that stands in the folder itself.
func baseName(dir string) string {
	if full, err := filepath.Abs(dir); err == nil {
		dir = full
	}
	if name := filepath.Base(dir); fs.ValidPath(name) && name != "." && !strings.Contains(name, "/") {
		return name
	}
	return "run"
}

// URL is where the page is, with the token if one is asked for.
func (s *Server) URL() string {
	host, port, _ := net.SplitHostPort(s.listen.Addr().String())
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "localhost"
		if name, err := os.Hostname(); err == nil {
			host = name
		}
	}
	address := "http://" + net.JoinHostPort(host, port) + "/"
	if s.token != "" {
		address += "?token=" + url.QueryEscape(s.token)
	}
	return address
}

// Serve answers until ctx is done, then ends streams and running decisions,
// waits a moment for answers that are being written, and returns ctx's error.
func (s *Server) Serve(ctx context.Context) error {
	defer s.root.Close()
	server := &http.Server{
		Handler:           s.Handler(),
		ReadHeaderTimeout: headerTime, ReadTimeout: bodyTime, WriteTimeout: writeTime + bodyTime, IdleTimeout: idleTime,
		MaxHeaderBytes: headerMost,
		BaseContext:    func(net.Listener) context.Context { return ctx },
		ErrorLog:       quiet,
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(s.listen) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTime)
	defer cancel()
	if server.Shutdown(last) != nil {
		server.Close()
	}
	s.follow.wait()
	return ctx.Err()
}

func failf(hint, format string, args ...any) error {
	return &weights.Error{Msg: fmt.Sprintf(format, args...), Hint: hint}
}

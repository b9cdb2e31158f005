//go:build linux

package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// server is the keyhull serve that lives all the time.
type server struct {
	cmd     *exec.Cmd
	address string // http://HOST:PORT
	said    bytes.Buffer
}

func (s *soak) serve() {
	v := &server{cmd: exec.Command(s.keyhull, "serve", filepath.Join(s.dir, "runs"))}
	v.cmd.Stderr = &v.said
	out, err := v.cmd.StdoutPipe()
	must(err)
	must(v.cmd.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	must(err)
	v.address = strings.TrimSuffix(strings.TrimSpace(line), "/")
	s.server = v
	s.say("server: process %d at %s", v.cmd.Process.Pid, v.address)
}

// stopServer ends it by Ctrl-C, as a user does.
func (s *soak) stopServer() {
	cmd := s.server.cmd
	cmd.Process.Signal(syscall.SIGINT)
	timer := time.AfterFunc(20*time.Second, func() {
		s.fail("server: does not end")
		cmd.Process.Kill()
	})
	cmd.Wait()
	timer.Stop()
	if code := cmd.ProcessState.ExitCode(); code != 130 || s.server.said.String() != "interrupted\n" {
		s.fail("server: exit code %d, %s", code, &s.server.said)
	}
}

// status reads a number of /proc/PID/status.
func (v *server) status(name string) int64 {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", v.cmd.Process.Pid))
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, name+":"); ok {
			n, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return n
		}
	}
	return 0
}

// descriptors is how many files and connections it has open.
func (v *server) descriptors() int {
	list, _ := os.ReadDir(fmt.Sprintf("/proc/%d/fd", v.cmd.Process.Pid))
	return len(list)
}

// cpu is how many seconds of a core it has used.
func (v *server) cpu() float64 {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", v.cmd.Process.Pid))
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.ParseFloat(fields[11], 64)
	system, _ := strconv.ParseFloat(fields[12], 64)
	return (user + system) / 100 // of a second, on Linux
}

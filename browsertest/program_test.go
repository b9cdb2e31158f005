package browsertest

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// program is keyhull, built once from the module around this one. Its folder
// goes when all tests are done.
var program struct {
	once sync.Once
	dir  string
	err  error
	said []byte
}

// built is the path of the program.
func built(t *testing.T) string {
	t.Helper()
	program.once.Do(func() {
		if program.dir, program.err = os.MkdirTemp("", "keyhull-browsertest-"); program.err != nil {
			return
		}
		build := exec.Command("go", "build", "-buildvcs=false", "-o", filepath.Join(program.dir, "keyhull"), "./cmd/keyhull")
		build.Dir = ".."
		program.said, program.err = build.CombinedOutput()
	})
	if program.err != nil {
		t.Fatalf("go build: %v\n%s", program.err, program.said)
	}
	return filepath.Join(program.dir, "keyhull")
}

// do runs keyhull as a user does, and returns what it prints.
func do(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command(built(t), args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("keyhull %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return string(out)
}

// begin starts keyhull with what is to end by Ctrl-C: by stop, or with the test.
func begin(t *testing.T, args ...string) (out *bufio.Reader, stop func()) {
	t.Helper()
	cmd := exec.Command(built(t), args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	out = bufio.NewReader(pipe)
	stop = sync.OnceFunc(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_, _ = out.WriteTo(&stderr)
		if _ = cmd.Wait(); cmd.ProcessState.ExitCode() != 130 {
			t.Errorf("keyhull %s ended with %v\n%s", strings.Join(args, " "), cmd.ProcessState, stderr.String())
		}
	})
	t.Cleanup(stop)
	return out, stop
}

// serve starts the live page of a folder, and returns its address.
func serve(t *testing.T, dir string) string {
	t.Helper()
	out, _ := begin(t, "serve", dir)
	url, err := out.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(url)
}

func read(t *testing.T, path ...string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
}

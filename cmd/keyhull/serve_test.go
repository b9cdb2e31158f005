package main

import (
	"bufio"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// served ARGS… starts keyhull serve, takes the URL that it prints, asks it for
// the page and for the runs, and ends it with Ctrl-C. What it answered goes to
// the files url, page and list.
func served(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("usage: served ARGS…")
	}
	path, err := lookIn(ts.Getenv("PATH"), "keyhull")
	ts.Check(err)
	cmd := &exec.Cmd{Path: path, Args: append([]string{"keyhull", "serve"}, args...), Dir: ts.Getenv("WORK")}
	var stderr strings.Builder
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	defer cmd.Process.Kill()
	out := bufio.NewReader(stdout)
	url, err := out.ReadString('\n')
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs("url"), []byte(url), 0o666))
	address, token, _ := strings.Cut(strings.TrimSpace(url), "?token=")
	client := http.Client{Timeout: 10 * time.Second}
	for file, path := range map[string]string{"page": "", "list": "api/v1/runs"} {
		r, err := http.NewRequest("GET", address+path, nil)
		ts.Check(err)
		r.Host = "localhost"
		r.Header.Set("Authorization", "Bearer "+token)
		answer, err := client.Do(r)
		ts.Check(err)
		text, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		ts.Check(err)
		ts.Check(os.WriteFile(ts.MkAbs(file), text, 0o666))
	}
	ts.Check(cmd.Process.Signal(os.Interrupt))
	rest, _ := io.ReadAll(out)
	cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 130 || stderr.String() != "interrupted\n" || len(rest) > 0 {
		ts.Fatalf("exit code %d, printed %q and %q", code, rest, stderr.String())
	}
}

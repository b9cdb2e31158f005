package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"keyhull/sweep"
)

// cluster is a real Slurm of two nodes on this machine.
type cluster struct {
	t      *testing.T
	script string
	dir    string
}

// startSlurm starts one by the script that KEYHULL_SLURM names, and stops it
// when the test ends.
func startSlurm(t *testing.T) *cluster {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a Slurm")
	}
	script := os.Getenv("KEYHULL_SLURM")
	if script == "" || os.Geteuid() != 0 {
		t.Skip("needs root on Debian, and in KEYHULL_SLURM the absolute path of a script that starts a Slurm (start DIR) and stops it (stop DIR); .ci/run slurm looks for one")
	}
	dir, err := os.MkdirTemp("", "slurm") // a short name: sockets lie there
	if err != nil {
		t.Fatal(err)
	}
	c := &cluster{t, script, dir}
	t.Cleanup(func() {
		c.run("stop", dir)
		os.RemoveAll(dir)
	})
	c.run("start", dir)
	t.Setenv("SLURM_CONF", filepath.Join(dir, "slurm.conf"))
	t.Setenv("PATH", os.Getenv("PATH")+":/usr/sbin:/sbin")
	return c
}

// run runs the script, which may fail while something else is broken on purpose.
func (c *cluster) run(args ...string) {
	c.t.Helper()
	if out, err := exec.Command(c.script, args...).CombinedOutput(); err != nil {
		c.t.Logf("%s %v: %v: %s", filepath.Base(c.script), args, err, out)
	}
}

// called runs keyhull as a process and returns what it prints.
func called(t *testing.T, args ...string) string {
	t.Helper()
	var failed bytes.Buffer
	c := exec.Command("keyhull", args...)
	c.Stderr = &failed
	out, err := c.Output()
	if err != nil {
		t.Fatalf("keyhull %v: %v: %s", args, err, &failed)
	}
	return string(out)
}

// statusOf reads how far a submitted command is.
func statusOf(t *testing.T, dir string) (s folderStatus) {
	t.Helper()
	if err := json.Unmarshal([]byte(called(t, "status", "--format", "json", dir)), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s folderStatus) running() bool {
	return slices.ContainsFunc(s.Slurm, sweep.QueueRow.Alive)
}

// pids lists the processes that run keyhull with such a verb on a folder.
func pids(t *testing.T, verb, dir string) (list []int) {
	t.Helper()
	found, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, path := range found {
		text, _ := os.ReadFile(path)
		words := strings.Split(string(text), "\x00")
		if len(words) > 2 && strings.HasSuffix(words[0], "keyhull") && words[1] == verb && words[2] == dir {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
			list = append(list, pid)
		}
	}
	return list
}

// results are the files of a folder, but for what says how they came about: kept
// cells have the times they took, and what is killed may leave half of a file
// under a name that begins with a dot.
func results(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	files := contents(t, dir)
	maps.DeleteFunc(files, func(name string, _ []byte) bool {
		return strings.HasPrefix(name, "plan/") || strings.HasPrefix(name, ".") || strings.Contains(name, "/.")
	})
	return files
}

// sameResults wants the results of one folder in another, and what was printed.
func sameResults(t *testing.T, want map[string][]byte, printed, dir string) {
	t.Helper()
	got := results(t, dir)
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if !bytes.Equal(want[name], got[name]) {
			t.Errorf("%s: %s differs", dir, name)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%s: %d files, want %d", dir, len(got), len(want))
	}
	output, err := os.ReadFile(filepath.Join(dir, "plan", "output"))
	if err != nil || string(output) != printed {
		t.Errorf("%s: printed %q, want %q (%v)", dir, output, printed, err)
	}
}

// pooled starts a Slurm and goes to a new folder, where it has the pool run a
// command that writes to out. It returns what that wrote and printed, and the
// path of out, which is free again.
func pooled(t *testing.T, command []string) (dir string, want map[string][]byte, printed string) {
	startSlurm(t)
	t.Chdir(t.TempDir())
	printed = called(t, command...)
	want = results(t, "out")
	if err := os.Rename("out", "pool"); err != nil {
		t.Fatal(err)
	}
	dir, err := filepath.Abs("out")
	if err != nil {
		t.Fatal(err)
	}
	return dir, want, printed
}

// A sweep through a real Slurm, of which a task is killed, ends as the pool's:
// what is missing is submitted again by the job that collects.
func TestSlurm(t *testing.T) {
	command := strings.Fields("heatmap --keys 3:40 --runs 400 --out out")
	dir, want, printed := pooled(t, command)
	said := called(t, append(strings.Fields("submit slurm --tasks 4 --sbatch partition=main --"), command...)...)
	if !strings.HasPrefix(said, "38 cells in 4 tasks: job ") {
		t.Errorf("submit said %q", said)
	}
	again := exec.Command("keyhull", append(strings.Fields("submit slurm --"), command...)...)
	if out, err := again.CombinedOutput(); err == nil || !strings.Contains(string(out), "attempt 1 still runs") {
		t.Errorf("a second submit: %v: %s", err, out)
	}
	killed := false
	for end := time.Now().Add(5 * time.Minute); ; time.Sleep(100 * time.Millisecond) {
		if list := pids(t, "task", dir); len(list) > 0 && !killed {
			p, _ := os.FindProcess(list[0])
			killed = p.Kill() == nil
		}
		if s := statusOf(t, "out"); s.Plan.Finished || time.Now().After(end) {
			break
		}
	}
	s := statusOf(t, "out")
	if !killed || !s.Plan.Finished || s.Plan.Missing != 0 || len(s.Plan.Attempts) < 2 {
		t.Errorf("killed a task: %v; then %+v", killed, s.Plan)
	}
	sameResults(t, want, printed, "out")
	if text := called(t, "status", "out"); !strings.Contains(text, "finished: out/plan/output") {
		t.Errorf("status: %s", text)
	}
}

// A task that is told that its time is over leaves a checkpoint and has itself
// requeued: the training goes on from there, in the same attempt.
func TestSlurmOutOfTime(t *testing.T) {
	command := strings.Fields("majority --samples 2000 --batch 500 --steps 6000 --every 10 --seeds 1 --out out")
	dir, want, printed := pooled(t, command)
	called(t, append(strings.Fields("submit slurm --"), command...)...)
	told := false
	for end := time.Now().Add(5 * time.Minute); !statusOf(t, "out").Plan.Finished && time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if list := pids(t, "task", dir); len(list) > 0 && len(checkpoints(t, dir)) > 0 && !told {
			p, _ := os.FindProcess(list[0])
			told = p.Signal(syscall.SIGUSR1) == nil
		}
	}
	s := statusOf(t, "out")
	if !told || !s.Plan.Finished || len(s.Plan.Attempts) != 1 {
		t.Errorf("told a task: %v; then %+v", told, s.Plan)
	}
	logs, _ := filepath.Glob("out/plan/logs/*_0.log")
	text, err := os.ReadFile(logs[0])
	if err != nil || strings.Count(string(text), "attempt 1, task 0, 1 cell, on ") != 2 || !strings.Contains(string(text), "interrupted\n") {
		t.Errorf("%v: %s", err, text)
	}
	sameResults(t, want, printed, "out")
}

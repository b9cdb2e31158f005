package sweep

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// fake is a Slurm of shell scripts: each answer is what a command does at one
// call, the last one at all calls after it.
type fake struct {
	t   *testing.T
	dir string
}

const (
	away    = `echo "slurm_load_jobs error: Unable to contact slurm controller (connect failure)" >&2; exit 1`
	unknown = `echo "slurm_load_jobs error: Invalid job id specified" >&2; exit 1`
)

func newFake(t *testing.T) *fake {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("no shell")
	}
	f := &fake{t, t.TempDir()}
	for _, name := range []string{"sbatch", "squeue", "scontrol"} {
		f.answers(name, "exit 0")
		f.write(name, `#!/bin/sh
cd `+f.dir+` || exit 9
echo "$@" >> `+name+`.args
env > `+name+`.env
[ `+name+` != sbatch ] || cat >> sbatch.input
n=$(ls | grep -c '^`+name+`\.done\.')
while [ ! -e `+name+`.$n ]; do n=$((n-1)); done
: > `+name+`.done.$(ls | grep -c '^`+name+`\.done\.')
. ./`+name+`.$n
`)
		os.Chmod(filepath.Join(f.dir, name), 0o755)
	}
	t.Setenv("PATH", f.dir+":"+os.Getenv("PATH"))
	return f
}

func (f *fake) write(name, text string) {
	if err := os.WriteFile(filepath.Join(f.dir, name), []byte(text), 0o666); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fake) answers(name string, answers ...string) {
	old, _ := filepath.Glob(filepath.Join(f.dir, name+".*"))
	for _, path := range old {
		os.Remove(path)
	}
	for i, a := range answers {
		f.write(fmt.Sprintf("%s.%d", name, i), a+"\n")
	}
}

// said lists what a command was called with.
func (f *fake) said(name string) string {
	text, _ := os.ReadFile(filepath.Join(f.dir, name))
	return string(text)
}

// quick is a Slurm that waits for nothing.
func quick(tries int) Slurm {
	return Slurm{Program: "/bin/keyhull", Tries: tries, Pause: time.Millisecond}
}

func TestQueue(t *testing.T) {
	f := newFake(t)
	for text, want := range map[string]string{
		``: "[]",
		// the state decides; one that is not known counts as alive
		`echo "7|0|COMPLETED|mine|None"; echo "7|1|RUNNING|mine|None"; echo "7|2|NEW_STATE|mine|None"`: "[7_0 ended 7_1 alive 7_2 alive]",
		// several that wait may come in one row
		`echo "7|2-5,9%2|PENDING|mine|Resources"; echo "7|[0-1]|PENDING|mine|x|y"`: "[7_2-5,9%2 alive 7_[0-1] alive]",
		// an id may be another job's now: its name says so
		`echo "7|0|RUNNING|other|None"`: "[]",
		`echo "nonsense"; echo`:         "[]",
		`echo "7|N/A|TIMEOUT|mine|TimeLimit"; echo "8|N/A|CANCELLED|mine|None"`: "[7_N/A ended 8_N/A ended]",
	} {
		f.answers("squeue", text)
		rows, err := quick(1).Queue(t.Context(), "mine")
		if err != nil {
			t.Errorf("%s: %v", text, err)
		}
		var got []string
		for _, r := range rows {
			got = append(got, r.Job+"_"+r.Index, map[bool]string{true: "alive", false: "ended"}[r.Alive()])
		}
		if fmt.Sprint(got) != want {
			t.Errorf("%s: %v, want %s", text, got, want)
		}
	}
	if args := f.said("squeue.args"); !strings.Contains(args, "-t all --name=mine -o %F|%K|%T|%j|%r") {
		t.Errorf("asked %s", args)
	}
}

// Whoever submits from within a job must not hand that job's variables on.
func TestEnvironment(t *testing.T) {
	f := newFake(t)
	t.Setenv("SLURM_CONF", "/etc/x.conf")
	t.Setenv("SLURM_JOB_ID", "1")
	t.Setenv("SBATCH_PARTITION", "short")
	t.Setenv("SQUEUE_FORMAT", "%i")
	t.Setenv("KEPT", "yes")
	if _, err := quick(1).Queue(t.Context(), "mine"); err != nil {
		t.Fatal(err)
	}
	env := f.said("squeue.env")
	for name, want := range map[string]bool{"SLURM_CONF=/etc/x.conf": true, "KEPT=yes": true, "SLURM_JOB_ID": false, "SBATCH_PARTITION": false, "SQUEUE_FORMAT": false} {
		if strings.Contains(env, name) != want {
			t.Errorf("%s: want %v", name, want)
		}
	}
}

func TestSubmit(t *testing.T) {
	f := newFake(t)
	c := newToy(t, 10)
	p := c.plan(t)
	p.Options.Tasks = 10
	f.answers("scontrol", `echo "MaxArraySize            = 5"`)
	f.answers("sbatch", `echo "warm words"; echo "101;cluster"`, `echo 102`, `echo 103`)
	a, _, err := c.folder().Next(p, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9})
	if err != nil {
		t.Fatal(err)
	}
	jobs, err := quick(1).Submit(t.Context(), c.folder(), p, a)
	if err != nil {
		t.Fatal(err)
	}
	want := Jobs{Arrays: []Array{{"keyhull-abc-1.0", "101", 0, 5}, {"keyhull-abc-1.1", "102", 5, 5}}, Collectors: []Array{{Name: "keyhull-abc-1.collect-1", ID: "103"}}}
	if fmt.Sprint(jobs) != fmt.Sprint(want) {
		t.Errorf("%+v", jobs)
	}
	input := f.said("sbatch.input")
	for _, line := range []string{"--array=0-4\n", "--first 5\n", "--dependency=afterany:101:102\n", "collect '" + c.dir + "' --attempt 1\n"} {
		if !strings.Contains(input, line) {
			t.Errorf("no %q in %s", line, input)
		}
	}
	if _, err := os.Stat(filepath.Join(c.dir, "plan", "logs")); err != nil {
		t.Error("no folder for logs: tasks would die with no word", err)
	}
	if _, err := quick(1).Submit(t.Context(), c.folder(), p, a); err != nil || strings.Count(f.said("sbatch.args"), "\n") != 3 {
		t.Errorf("submitted again: %v, %s", err, f.said("sbatch.args"))
	}
}

// A process that died between handing in and noting has its job found by name.
func TestSubmitFindsJobs(t *testing.T) {
	f := newFake(t)
	c := newToy(t, 10)
	p := c.plan(t)
	a, _, err := c.folder().Next(p, []int{0, 1})
	if err != nil {
		t.Fatal(err)
	}
	f.answers("squeue", `echo "55|0|PENDING|keyhull-abc-1.0|Priority"`, "exit 0")
	f.answers("sbatch", `echo 56`)
	jobs, err := quick(1).Submit(t.Context(), c.folder(), p, a)
	if err != nil || jobs.Arrays[0].ID != "55" || jobs.Collectors[0].ID != "56" {
		t.Errorf("%+v, %v", jobs, err)
	}
}

// What sbatch refuses is passed on in one line; a controller that is away is
// tried again, and what was handed in meanwhile is found.
func TestSbatchErrors(t *testing.T) {
	f := newFake(t)
	f.answers("sbatch", `echo "sbatch: error: Batch job submission failed: Invalid job array specification" >&2; exit 1`)
	if _, err := quick(3).submit(t.Context(), "x", ""); err == nil || err.Error() != "sbatch: error: Batch job submission failed: Invalid job array specification" {
		t.Error(err)
	}
	if n := strings.Count(f.said("sbatch.args"), "\n"); n != 1 {
		t.Errorf("tried %d times", n)
	}
	f.answers("sbatch", `echo "Submitted"`)
	if _, err := quick(3).submit(t.Context(), "x", ""); err == nil || !strings.Contains(err.Error(), "no job id") {
		t.Error(err)
	}
	f.answers("sbatch", strings.Replace(away, "slurm_load_jobs", "sbatch", 1))
	f.answers("squeue", "exit 0", away, `echo "77|0|RUNNING|x|None"`)
	if id, err := quick(5).submit(t.Context(), "x", ""); err != nil || id != "77" {
		t.Error(id, err)
	}
	f.answers("squeue", away)
	if _, err := quick(2).submit(t.Context(), "x", ""); !errors.Is(err, errNoController) {
		t.Error(err)
	}
}

func TestNoSlurm(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if _, err := (Slurm{}).Queue(t.Context(), "x"); err == nil || err.Error() != "squeue is not in PATH" {
		t.Error(err)
	}
	if n := (Slurm{}).maxArraySize(t.Context()); n != 1001 {
		t.Error(n)
	}
}

// Tasks that Slurm holds after a failed launch are released; those that a person
// holds are not.
func TestRelease(t *testing.T) {
	f := newFake(t)
	f.answers("squeue", `echo "7|2|PENDING|x|launch failed requeued held"; echo "7|3|PENDING|x|JobHeldUser"; echo "8|N/A|PENDING|x|job requeued in held state"; echo "7|4|RUNNING|x|None"`)
	rows, err := quick(1).Queue(t.Context(), "x")
	if err != nil {
		t.Fatal(err)
	}
	if n, err := quick(1).Release(t.Context(), rows); n != 2 || err != nil || f.said("scontrol.args") != "release 7_2\nrelease 8\n" {
		t.Errorf("%d, %v: %s", n, err, f.said("scontrol.args"))
	}
}

// A command that hangs is given up, and its context ends it at once.
func TestHangingCommand(t *testing.T) {
	f := newFake(t)
	f.answers("squeue", "sleep 60")
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	start := time.Now()
	if _, err := quick(1).Queue(ctx, "x"); err == nil || time.Since(start) > 10*time.Second {
		t.Errorf("%v after %v", err, time.Since(start))
	}
}

// submitted is a toy with an attempt of all cells handed in.
func submitted(t *testing.T, f *fake) (*toy, *Plan) {
	t.Helper()
	c := newToy(t, 6)
	p := c.plan(t)
	if err := c.folder().Write(p); err != nil {
		t.Fatal(err)
	}
	f.answers("sbatch", "echo 1", "echo 2", "echo 3", "echo 4", "echo 5")
	a, _, err := c.folder().Next(p, []int{0, 1, 2, 3, 4, 5})
	if err == nil {
		_, err = quick(1).Submit(t.Context(), c.folder(), p, a)
	}
	if err != nil {
		t.Fatal(err)
	}
	return c, p
}

// What is missing is submitted again until nothing is: a second stage too.
func TestCollect(t *testing.T) {
	f := newFake(t)
	c, p := submitted(t, f)
	s := quick(1)
	compute := func(cells ...int) {
		if err := c.folder().Compute(t.Context(), p, cells, c.command); err != nil {
			t.Fatal(err)
		}
	}
	collect := func(attempt int, want string) bool {
		t.Helper()
		complete, did, err := s.Collect(t.Context(), c.folder(), p, attempt, c.command)
		if err != nil || did != want {
			t.Fatalf("attempt %d: %v, %q, want %q", attempt, err, did, want)
		}
		return complete
	}
	compute(0, 1, 2)
	collect(1, "3 cells are missing: attempt 2")
	collect(1, "attempt 2 goes on") // another that collects the same
	compute(3, 4, 5)
	collect(2, "3 cells are missing: attempt 3") // the second stage
	attempts, _ := c.folder().Attempts()
	if a := attempts[2]; a.Cells != "6-8" {
		t.Errorf("%+v", a)
	}
	compute(6, 7, 8)
	if !collect(3, "") {
		t.Error("not complete")
	}
	if n := strings.Count(f.said("sbatch.args"), "\n"); n != 6 {
		t.Errorf("%d submissions, want an array and a collector for each of 3 attempts", n)
	}
}

// Tasks that came back are waited for once more.
func TestCollectWaits(t *testing.T) {
	f := newFake(t)
	c, p := submitted(t, f)
	f.answers("squeue", `echo "1|0|COMPLETED|keyhull-abc-1.0|None"; echo "1|1|RUNNING|keyhull-abc-1.0|None"`, "exit 0")
	f.answers("sbatch", "echo 9")
	complete, did, err := quick(1).Collect(t.Context(), c.folder(), p, 1, c.command)
	if complete || err != nil || !strings.HasPrefix(did, "tasks run again") {
		t.Error(complete, did, err)
	}
	jobs, _ := c.folder().Jobs(1)
	if len(jobs.Collectors) != 2 || jobs.Collectors[1].Name != "keyhull-abc-1.collect-2" {
		t.Errorf("%+v", jobs)
	}
}

// What somebody cancels stays cancelled.
func TestCollectCancelled(t *testing.T) {
	f := newFake(t)
	c, p := submitted(t, f)
	f.answers("squeue", `echo "1|0|CANCELLED by 1000|keyhull-abc-1.0|None"`)
	complete, _, err := quick(1).Collect(t.Context(), c.folder(), p, 1, c.command)
	if complete || err == nil || err.Error() != "tasks of attempt 1 were cancelled: nothing is submitted again" {
		t.Error(complete, err)
	}
}

// Cells that fail each time end the sweep, with words.
func TestCollectGivesUp(t *testing.T) {
	f := newFake(t)
	c, p := submitted(t, f)
	p.Options.Attempts = 1
	_, _, err := quick(1).Collect(t.Context(), c.folder(), p, 1, c.command)
	if err == nil || err.Error() != "6 of 6 cells are missing after 1 attempts, the first: squares, cell 0" {
		t.Error(err)
	}
}

// A controller that is away ends no sweep: what collects fails, and the next
// look finds everything as it was.
func TestCollectWithoutController(t *testing.T) {
	f := newFake(t)
	c, p := submitted(t, f)
	for _, answer := range []string{away, unknown} {
		f.answers("squeue", answer)
		if complete, _, err := quick(2).Collect(t.Context(), c.folder(), p, 1, c.command); complete || err == nil {
			t.Errorf("%s: complete %v, %v", answer, complete, err)
		}
		attempts, err := c.folder().Attempts()
		if err != nil || len(attempts) != 1 {
			t.Errorf("%d attempts, %v", len(attempts), err)
		}
	}
}

func TestStatus(t *testing.T) {
	f := newFake(t)
	c, p := submitted(t, f)
	if err := c.folder().Compute(t.Context(), p, []int{0, 2}, c.command); err != nil {
		t.Fatal(err)
	}
	os.WriteFile(filepath.Join(c.dir, "plan", "logs", "1_3.log"), []byte("begun\nerror: no space\n\n"), 0o666)
	attempts, _ := c.folder().Attempts()
	s, err := c.folder().Status(p, attempts[0].Began.Add(10*time.Second))
	if err != nil || s.Cells != 6 || s.Missing != 4 || s.Finished || s.Left != 20*time.Second {
		t.Errorf("%+v, %v", s, err)
	}
	if len(s.Lost) != 4 || s.Lost[1] != (Lost{Task: 3, Cell: "squares, cell 3", Log: "plan/logs/1_3.log", Says: "error: no space", Array: "1", Index: 3}) {
		t.Errorf("%+v", s.Lost)
	}
	if s.Groups[0] != (GroupStatus{"squares", 6, 4}) {
		t.Errorf("%+v", s.Groups)
	}
	rows, err := c.folder().Running(func(names ...string) ([]QueueRow, error) {
		if !slices.Equal(names, []string{"keyhull-abc-1.0", "keyhull-abc-1.collect-1"}) {
			t.Errorf("%v", names)
		}
		return []QueueRow{{Job: "1"}}, nil
	})
	if len(rows) != 1 || err != nil {
		t.Error(rows, err)
	}
}

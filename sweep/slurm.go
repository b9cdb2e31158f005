package sweep

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"keyhull/weights"
)

// Slurm gives commands to Slurm. Its zero value is ready.
type Slurm struct {
	Program string // the absolute path of keyhull
	// Tries and Pause say how often a command is tried while no controller
	// answers, and how long it waits after the first; each wait is twice the
	// last. 0 means 3 and 5 s.
	Tries int
	Pause time.Duration
}

// callTimeout bounds each command: without a controller they answer after 18 s.
const callTimeout = time.Minute

// dropped are the beginnings of variables of a surrounding job, or options of
// somebody's shell, that must not reach Slurm's commands.
var dropped = []string{"SLURM_", "SBATCH_", "SQUEUE_", "SCONTROL_", "SCANCEL_", "SRUN_", "SALLOC_"}

// environment is this process's, without what is dropped.
func environment() (list []string) {
	for _, v := range os.Environ() {
		keep := strings.HasPrefix(v, "SLURM_CONF=") || strings.HasPrefix(v, "SLURM_CLUSTERS=")
		for _, d := range dropped {
			if !keep && strings.HasPrefix(v, d) {
				v = ""
			}
		}
		if v != "" {
			list = append(list, v)
		}
	}
	return list
}

// errNoController is the error of a command that no controller answered.
var errNoController = errors.New("no controller answers")

// Here returns an error where Slurm's commands are not.
func (s Slurm) Here() error {
	_, err := lookPath("sbatch")
	return err
}

func lookPath(name string) (string, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		err = &weights.Error{Msg: name + " is not in PATH", Hint: "run it where Slurm's commands are, on a login node; submit slurm --dry-run prints the scripts anywhere", Err: err}
	}
	return path, err
}

// call runs one of Slurm's commands and returns what it prints.
func (s Slurm) call(ctx context.Context, input string, name string, args ...string) (string, error) {
	path, err := lookPath(name)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	var out, failed bytes.Buffer
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = environment(), strings.NewReader(input), &out, &failed
	cmd.WaitDelay = time.Second
	if err = cmd.Run(); err == nil {
		return out.String(), nil
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return "", fmt.Errorf("%s: %w within %v", name, errNoController, callTimeout)
	}
	said := lastLine(failed.String())
	if strings.Contains(failed.String(), "Unable to contact slurm controller") || strings.Contains(said, "Socket timed out") {
		return "", fmt.Errorf("%s: %w: %s", name, errNoController, said)
	}
	if said == "" {
		said = err.Error()
	}
	hint := "see whether " + name + " answers on this machine"
	if name == "sbatch" {
		hint = "see the options given with --sbatch"
	}
	return "", &weights.Error{Msg: name + ": " + strings.TrimPrefix(said, name+": "), Hint: hint, Err: err}
}

// lastLine is the last line of a text that is not blank.
func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.TrimSpace(lines[len(lines)-1])
}

// patiently tries again while no controller answers.
func (s Slurm) patiently(ctx context.Context, do func() error) error {
	tries, pause := max(s.Tries, 1), s.Pause
	if s.Tries == 0 {
		tries, pause = 3, 5*time.Second
	}
	for {
		err := do()
		if tries--; !errors.Is(err, errNoController) || tries == 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
			pause *= 2
		}
	}
}

// maxArraySize is the site's bound of an array's indices; Slurm's own where it
// does not say.
func (s Slurm) maxArraySize(ctx context.Context) int {
	const usual = 1001
	text, err := s.call(ctx, "", "scontrol", "show", "config")
	if err != nil {
		return usual
	}
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(line, "=")
		if n, err := strconv.Atoi(strings.TrimSpace(value)); strings.TrimSpace(name) == "MaxArraySize" && err == nil && n > 1 {
			return n
		}
	}
	return usual
}

// submit hands in a script under a name, unless there is a job of that name: a
// process may have died between handing in and noting.
func (s Slurm) submit(ctx context.Context, name, script string) (id string, err error) {
	err = s.patiently(ctx, func() (err error) {
		there, err := s.Queue(ctx, name)
		if err == nil && len(there) > 0 {
			id = there[0].Job
			return nil
		}
		if err == nil {
			id, err = s.sbatch(ctx, script)
		}
		return err
	})
	return id, err
}

func (s Slurm) sbatch(ctx context.Context, script string) (string, error) {
	text, err := s.call(ctx, script, "sbatch", "--parsable")
	if err != nil {
		return "", err
	}
	id, _, _ := strings.Cut(lastLine(text), ";")
	if _, err := strconv.ParseUint(id, 10, 64); err != nil {
		return "", fmt.Errorf("sbatch: printed %q, no job id", text)
	}
	return id, nil
}

// QueueRow is what Slurm says about a task, or about several that wait together.
type QueueRow struct {
	Job   string // of the array
	Index string // in the array: "3", or several as "0-3,7%2"
	State string // RUNNING, PENDING, …
	Why   string
	Name  string
}

// ended are the states of tasks that will not run again by themselves. Any
// other, and any that is not known here, counts as alive.
var ended = map[string]bool{"COMPLETED": true, "FAILED": true, "CANCELLED": true, "TIMEOUT": true, "NODE_FAIL": true,
	"PREEMPTED": true, "BOOT_FAIL": true, "DEADLINE": true, "OUT_OF_MEMORY": true, "REVOKED": true}

// Alive reports whether the task may still run.
func (r QueueRow) Alive() bool { return !ended[r.State] }

// cancelled reports whether somebody has ended the task.
func (r QueueRow) cancelled() bool { return r.State == "CANCELLED" }

// Held reports whether Slurm will not start a task again before somebody releases
// it: a launch has failed, as when its node was lost at that moment. A task that
// a person holds is not meant.
func (r QueueRow) Held() bool { return r.State == "PENDING" && strings.Contains(r.Why, "held") }

// Queue asks about the jobs of some names, not ids: these are given to other
// jobs again. Jobs that ended minutes ago are not known any more.
func (s Slurm) Queue(ctx context.Context, names ...string) (rows []QueueRow, err error) {
	text, err := s.call(ctx, "", "squeue", "-h", "-r", "-t", "all", "--name="+strings.Join(names, ","), "-o", "%F|%K|%T|%j|%r")
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(text) {
		f := strings.SplitN(strings.TrimSpace(line), "|", 5)
		if len(f) == 5 && slices.Contains(names, f[3]) {
			state, _, _ := strings.Cut(f[2], " ") // "CANCELLED by 1000"
			rows = append(rows, QueueRow{Job: f[0], Index: f[1], State: state, Name: f[3], Why: f[4]})
		}
	}
	return rows, nil
}

// Release has tasks started that Slurm holds since a launch has failed, and
// returns how many there were.
func (s Slurm) Release(ctx context.Context, rows []QueueRow) (n int, err error) {
	for _, r := range rows {
		if !r.Held() {
			continue
		}
		task := r.Job
		if _, err := strconv.Atoi(r.Index); err == nil {
			task += "_" + r.Index
		}
		if _, err := s.call(ctx, "", "scontrol", "release", task); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// Requeue has the job that this process belongs to run again.
func (s Slurm) Requeue(ctx context.Context, job string) error {
	_, err := s.call(ctx, "", "scontrol", "requeue", job)
	return err
}

package main

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"keyhull/sweep"
)

// campaign kills what works at sweeps, until so many kills are done.
type campaign struct {
	*cluster
	rng   *rand.Rand
	dir   string // of the sweep that runs
	kills map[string]int
}

// kinds are what is killed, and how often of 20 times: what Slurm takes half a
// minute to notice is rarer.
var kinds = []struct {
	name  string
	share int
	kill  func(*campaign) bool
}{
	{"task", 9, func(c *campaign) bool { return c.killProcess("task") }},
	{"collector", 2, func(c *campaign) bool { return c.killProcess("collect") }},
	{"slurmstepd", 1, (*campaign).killManager},
	{"node", 2, (*campaign).killNode},
	{"controller", 2, (*campaign).killController},
	{"pool", 4, (*campaign).killPool},
}

// TestKillCampaign runs sweeps through a real Slurm while it kills tasks, what
// collects them, their job managers, nodes, the controller, and the pool that
// finishes a sweep here, at random. Each ends with the bytes of one that nothing
// disturbed. KEYHULL_KILLS says how often it kills: 200 takes about half an
// hour.
func TestKillCampaign(t *testing.T) {
	many, _ := strconv.Atoi(os.Getenv("KEYHULL_KILLS"))
	if many == 0 {
		t.Skip("KEYHULL_KILLS says how many kills: it takes 10 s each")
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	c := &campaign{cluster: startSlurm(t), rng: rand.New(rand.NewPCG(8, seed)), kills: map[string]int{}}
	t.Chdir(t.TempDir())
	start, sweeps := time.Now(), 0
	for ; c.count() < many && !t.Failed(); sweeps++ {
		command := []string{
			"heatmap --keys 3:40 --runs 400 --out out",
			"majority --samples 2000 --batch 500 --steps 3000 --every 10 --seeds 6 --out out",
		}[sweeps%2]
		c.sweep(strings.Fields(command), many)
		t.Logf("%d sweeps, %d kills, %.0f s: %v", sweeps+1, c.count(), time.Since(start).Seconds(), c.kills)
	}
}

func (c *campaign) count() (n int) {
	for _, k := range c.kills {
		n += k
	}
	return n
}

// sweep submits a command, disturbs it until it is finished, and compares.
func (c *campaign) sweep(command []string, most int) {
	kept := filepath.Join("undisturbed", command[0])
	if _, err := os.Stat(kept); err != nil {
		os.MkdirAll("undisturbed", 0o777)
		printed := called(c.t, command...)
		os.Rename("out", kept)
		os.WriteFile(kept+".printed", []byte(printed), 0o666)
	}
	printed, err := os.ReadFile(kept + ".printed")
	if err != nil {
		c.t.Fatal(err)
	}
	c.dir, _ = filepath.Abs("out")
	submit := append(strings.Fields("submit slurm --tasks 6 --attempts 100 --"), command...)
	for end := time.Now().Add(5 * time.Minute); !c.finished(); {
		if time.Now().After(end) {
			c.t.Errorf("not finished: %+v", statusOf(c.t, "out"))
			return
		}
		if !c.working() { // as a user who comes back and looks
			out, err := exec.Command("keyhull", submit...).CombinedOutput()
			if still := strings.Contains(string(out), "still runs"); err != nil && !still || strings.HasPrefix(string(out), "all ") {
				c.t.Logf("%s", out)
				c.resume()
			}
		}
		time.Sleep(time.Duration(c.rng.IntN(2000)) * time.Millisecond)
		if c.count() < most {
			c.disturb()
		}
	}
	sameResults(c.t, results(c.t, kept), string(printed), "out")
	c.quiet()
	os.RemoveAll("out")
}

func (c *campaign) finished() bool {
	if _, err := os.Stat(filepath.Join(c.dir, "plan", "plan.json")); err != nil {
		return false
	}
	s := statusOf(c.t, "out")
	return s.Plan.Finished && s.Plan.Missing == 0
}

// working reports whether Slurm may still do something for the sweep.
func (c *campaign) working() bool {
	if _, err := os.Stat(filepath.Join(c.dir, "plan", "plan.json")); err != nil {
		return false
	}
	s := statusOf(c.t, "out")
	return s.Silent != "" || s.running() && !slices.ContainsFunc(s.Slurm, sweep.QueueRow.Held)
}

// disturb kills something, if there is any of its kind.
func (c *campaign) disturb() {
	n := c.rng.IntN(20)
	for _, k := range kinds {
		if n -= k.share; n < 0 {
			if k.kill(c) {
				c.kills[k.name]++
			}
			return
		}
	}
}

func (c *campaign) killProcess(verb string) bool {
	list := pids(c.t, verb, c.dir)
	if len(list) == 0 {
		return false
	}
	p, err := os.FindProcess(list[c.rng.IntN(len(list))])
	return err == nil && p.Kill() == nil
}

// killManager kills the job manager of a task, which runs on as an orphan.
func (c *campaign) killManager() bool {
	list := pids(c.t, "task", c.dir)
	if len(list) == 0 {
		return false
	}
	stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", list[0]))
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	if len(fields) < 2 {
		return false
	}
	parent, _ := strconv.Atoi(fields[1])
	program, _ := os.Readlink(fmt.Sprintf("/proc/%d/exe", parent))
	if !strings.Contains(program, "slurmstepd") {
		return false
	}
	p, err := os.FindProcess(parent)
	return err == nil && p.Kill() == nil
}

func (c *campaign) killNode() bool {
	node := fmt.Sprintf("n%d", c.rng.IntN(2))
	c.run("kill-node", c.cluster.dir, node)
	time.Sleep(time.Duration(c.rng.IntN(1000)) * time.Millisecond)
	c.run("start-node", c.cluster.dir, node)
	return true
}

func (c *campaign) killController() bool {
	c.run("kill-ctld", c.cluster.dir, []string{"KILL", "TERM"}[c.rng.IntN(2)])
	time.Sleep(time.Duration(c.rng.IntN(1000)) * time.Millisecond)
	c.run("start-ctld", c.cluster.dir)
	c.run("start-node", c.cluster.dir, "n0") // an id that was given twice drains them
	c.run("start-node", c.cluster.dir, "n1")
	return true
}

// killPool has the pool finish the sweep, beside the tasks, and kills it soon.
func (c *campaign) killPool() bool {
	p := exec.Command("keyhull", "resume", "out")
	if p.Start() != nil {
		return false
	}
	time.Sleep(time.Duration(c.rng.IntN(1500)) * time.Millisecond)
	p.Process.Kill()
	return p.Wait() != nil
}

// resume lets the pool finish the sweep, if it can.
func (c *campaign) resume() {
	exec.Command("keyhull", "resume", "out").Run()
}

// quiet waits until nothing of the sweep runs any more.
func (c *campaign) quiet() {
	exec.Command("scancel", "--user=root").Run()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if len(slices.Concat(pids(c.t, "task", c.dir), pids(c.t, "collect", c.dir))) == 0 {
			return
		}
	}
	c.t.Errorf("processes stay: %v", slices.Collect(maps.Keys(c.kills)))
}

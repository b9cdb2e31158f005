package run

import (
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"keyhull/weights"
)

// dying is a disk that fails with err from operation number at on, after
// writing part of its bytes; count is how many operations there were.
type dying struct {
	at, count int
	part      float64 // of the bytes of the write that fails
	err       error
	only      string // operations that fail; "" means all
}

func (d *dying) disk() disk {
	return disk{fault: func(op, _ string, size int) (int, error) {
		d.count++
		if d.count <= d.at || d.only != "" && d.only != op {
			return size, nil
		}
		if d.count == d.at+1 {
			return int(d.part * float64(size)), d.err
		}
		return 0, d.err
	}}
}

var errKilled = errors.New("killed")

// TestKilledAnywhere kills a run before every single change that it makes to
// the disk, and within, and has another one finish it.
func TestKilledAnywhere(t *testing.T) {
	want := uninterrupted(t)
	all := &dying{at: 1 << 30}
	if _, err := trainToy(all.disk(), memoryDir(t), 4, 0); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d operations", all.count)
	for at := range all.count {
		dir := memoryDir(t)
		d := &dying{at: at, part: float64(at%4) / 3, err: errKilled}
		if _, err := trainToy(d.disk(), dir, 4, 0); !errors.Is(err, errKilled) {
			t.Fatalf("killed at operation %d: error %v", at, err)
		}
		if warnings, err := trainToy(disk{}, dir, 4, 0); err != nil || warnings != nil {
			t.Fatalf("resumed after operation %d: %v, %v", at, warnings, err)
		}
		same(t, dir, want)
		if t.Failed() {
			t.Fatalf("killed at operation %d", at)
		}
	}
}

// TestFolderIsMadeAnew kills a run within the write of a folder, which leaves a
// file that a finished run has not.
func TestFolderIsMadeAnew(t *testing.T) {
	want := uninterrupted(t)
	dir := memoryDir(t)
	d := disk{fault: func(op, path string, size int) (int, error) {
		if op == "fill" {
			return 0, errors.Join(errKilled, os.WriteFile(filepath.Join(path, ".w123"), nil, 0o666))
		}
		return size, nil
	}}
	if _, err := trainToy(d, dir, 4, 0); !errors.Is(err, errKilled) {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "seed-1", "model", ".w123")); err != nil {
		t.Fatal(err)
	}
	if _, err := trainToy(disk{}, dir, 4, 0); err != nil {
		t.Fatal(err)
	}
	same(t, dir, want)
}

// TestKilledOften kills a run again and again, until one gets through. Its
// checkpoints are at other steps each time, as if a clock said when.
func TestKilledOften(t *testing.T) {
	want := uninterrupted(t)
	rng := rand.New(rand.NewPCG(3, 4))
	for range 20 {
		dir := memoryDir(t)
		for tries := 1; ; tries++ {
			d := &dying{at: rng.IntN(40 + tries), part: rng.Float64(), err: errKilled}
			_, err := trainToy(d.disk(), dir, 1+rng.IntN(9), 0)
			if err == nil {
				break
			}
			if !errors.Is(err, errKilled) {
				t.Fatal(err)
			}
		}
		same(t, dir, want)
	}
}

// TestDiskFull: no write can be done from some operation on, until there is
// space again.
func TestDiskFull(t *testing.T) {
	want := uninterrupted(t)
	for at := 3; at < 300; at += 7 {
		dir := memoryDir(t)
		d := &dying{at: at, part: 0.5, err: &os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}, only: "write"}
		_, err := trainToy(d.disk(), dir, 4, 0)
		if err == nil {
			if at < 50 {
				t.Fatal("no error")
			}
			break
		}
		var e *weights.Error
		if !errors.As(err, &e) || !errors.Is(err, syscall.ENOSPC) || !strings.Contains(e.Hint, "free some space; the run goes on") ||
			!strings.HasPrefix(e.Msg, dir) || strings.Contains(e.Msg, "\n") {
			t.Fatalf("operation %d: %v: %+v", at, err, e)
		}
		if _, err := trainToy(disk{}, dir, 4, 0); err != nil {
			t.Fatal(err)
		}
		same(t, dir, want)
	}
}

// TestPowerLoss stops the machine before each change; what was not synced is
// lost then: bytes, and names whose folder was not.
func TestPowerLoss(t *testing.T) {
	want := uninterrupted(t)
	for at := 0; ; at++ {
		dir := memoryDir(t)
		p := &power{left: at, synced: map[string]int64{}}
		_, err := trainToy(disk{fault: p.fault}, dir, 4, 0)
		if err == nil {
			t.Logf("%d operations", at)
			break
		}
		p.lose(t)
		if warnings, err := trainToy(disk{}, dir, 4, 0); err != nil || warnings != nil {
			t.Fatalf("resumed after operation %d: %v, %v", at, warnings, err)
		}
		same(t, dir, want)
		if t.Failed() {
			t.Fatalf("lost at operation %d", at)
		}
	}
}

// power remembers what the disk has been told to keep.
type power struct {
	left   int
	synced map[string]int64 // bytes of written files that last
	undo   []change         // to names, since the sync of their folder
}

type change struct {
	dir string
	do  func()
}

func (p *power) fault(op, path string, size int) (int, error) {
	if p.left--; p.left < 0 {
		return 0, errKilled
	}
	old, err := os.ReadFile(path)
	restore := func() { os.WriteFile(path, old, 0o666) }
	if err != nil {
		restore = func() { os.RemoveAll(path) }
	}
	switch op {
	case "write":
		if _, known := p.synced[path]; !known {
			p.synced[path] = 0
		}
	case "sync":
		p.synced[path] = int64(len(old))
	case "rename":
		temporary := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".tmp")
		p.synced[path] = p.synced[temporary]
		delete(p.synced, temporary)
		p.undo = append(p.undo, change{filepath.Dir(path), restore})
	case "remove", "create", "open", "mkdir":
		p.undo = append(p.undo, change{filepath.Dir(path), restore})
	case "syncdir":
		var rest []change
		for _, c := range p.undo {
			if c.dir != path {
				rest = append(rest, c)
			}
		}
		p.undo = rest
	}
	return size, nil
}

func (p *power) lose(t *testing.T) {
	for path, size := range p.synced {
		if info, err := os.Stat(path); err == nil && info.Size() > size {
			if err := os.Truncate(path, size); err != nil {
				t.Fatal(err)
			}
		}
	}
	for i := range p.undo {
		p.undo[len(p.undo)-1-i].do()
	}
}

// TestKill9 kills real processes at random moments until one gets through.
func TestKill9(t *testing.T) {
	const variable = "KEYHULL_TOY"
	if dir := os.Getenv(variable); dir != "" {
		if _, err := trainToy(disk{}, dir, 2, 2*time.Millisecond); err != nil {
			t.Fatal(err)
		}
		return
	}
	if testing.Short() {
		t.Skip("starts many processes")
	}
	want := uninterrupted(t)
	rng := rand.New(rand.NewPCG(5, 6))
	killed, dir := 0, memoryDir(t)
	for deadline := time.Now().Add(8 * time.Second); killed < 20 && time.Now().Before(deadline); {
		command := exec.Command(os.Args[0], "-test.run=^TestKill9$")
		command.Env = append(os.Environ(), variable+"="+dir)
		var out strings.Builder
		command.Stdout, command.Stderr = &out, &out
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		death := time.AfterFunc(time.Duration(rng.IntN(80))*time.Millisecond, func() { command.Process.Kill() })
		err := command.Wait()
		death.Stop()
		var exit *exec.ExitError
		switch {
		case err == nil: // it got through
			same(t, dir, want)
			dir = memoryDir(t)
		case errors.As(err, &exit) && exit.ExitCode() == -1:
			killed++
		default:
			t.Fatalf("%v: %s", err, out.String())
		}
	}
	if t.Logf("killed %d times", killed); killed == 0 {
		t.Error("no process was killed: they all were too fast")
	}
	if _, err := trainToy(disk{}, dir, 2, 0); err != nil {
		t.Fatal(err)
	}
	same(t, dir, want)
}

// BenchmarkLog is the time of a logged step with all usual names, and of a
// checkpoint of 584 parameters with their moments, on the disk of TMPDIR.
func BenchmarkLog(b *testing.B) {
	folder, err := OpenFolder(b.TempDir(), toyRun)
	if err != nil {
		b.Fatal(err)
	}
	log, err := folder.Seed(1)
	if err != nil {
		b.Fatal(err)
	}
	defer log.Close()
	config := toyRun
	config.Model.Dim = 584
	s := newToy(config, 1)
	if _, err := log.Start(s.checkpoint()); err != nil {
		b.Fatal(err)
	}
	values := Values{}
	for i, name := range usual {
		values[name] = 1 / float64(i+3)
	}
	b.Run("step", func(b *testing.B) {
		for b.Loop() {
			s.step++
			if err := log.Step(s.step, values); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("checkpoint", func(b *testing.B) {
		for b.Loop() {
			s.step++
			if err := log.Checkpoint(s.checkpoint()); err != nil {
				b.Fatal(err)
			}
		}
	})
}

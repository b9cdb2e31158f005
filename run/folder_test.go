package run

import (
	"errors"
	"maps"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"keyhull/weights"
)

// refused fails unless err is one line that holds all words, with a hint.
func refused(t *testing.T, err error, words ...string) {
	t.Helper()
	var e *weights.Error
	if !errors.As(err, &e) || e.Hint == "" || strings.Contains(e.Msg+e.Hint, "\n") {
		t.Fatalf("error %q (%#v)", err, err)
	}
	for _, word := range words {
		if !strings.Contains(e.Msg, word) {
			t.Errorf("error %q does not say %q", e.Msg, word)
		}
	}
}

// stopped is the folder of a run killed while its first seed made its fourth
// checkpoint.
func stopped(t *testing.T) string {
	t.Helper()
	dir, dead := memoryDir(t), false
	kill := func(op, path string, size int) (int, error) {
		if dead = dead || op == "rename" && filepath.Base(path) == checkpointName(12); dead {
			return 0, errKilled
		}
		return size, nil
	}
	if _, err := trainToy(disk{fault: kill}, dir, 4, 0); !errors.Is(err, errKilled) {
		t.Fatal(err)
	}
	if steps, err := checkpointsIn(filepath.Join(dir, "seed-1")); err != nil || !reflect.DeepEqual(steps, []int{4, 8}) {
		t.Fatalf("checkpoints %v, %v", steps, err)
	}
	return dir
}

// damage changes a file of seed 1.
func damage(t *testing.T, dir, name string, change func([]byte) []byte) {
	t.Helper()
	path := filepath.Join(dir, "seed-1", name)
	text, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, change(text), 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
}

var damages = map[string]func([]byte) []byte{
	"flipped":   func(b []byte) []byte { b[len(b)/2] ^= 4; return b },
	"truncated": func(b []byte) []byte { return b[:len(b)*2/3] },
	"empty":     func([]byte) []byte { return nil },
	"longer":    func(b []byte) []byte { return append(b, 0) },
	"huge":      func(b []byte) []byte { return append(b, make([]byte, 2<<20)...) },
}

func TestDamagedCheckpoint(t *testing.T) {
	want := uninterrupted(t)
	newest, older := "checkpoints/"+checkpointName(8), "checkpoints/"+checkpointName(4)
	for name, change := range damages {
		t.Run(name, func(t *testing.T) {
			dir := stopped(t)
			damage(t, dir, newest, change)
			both := memoryDir(t)
			if err := os.CopyFS(both, os.DirFS(dir)); err != nil {
				t.Fatal(err)
			}
			warnings, err := trainToy(disk{}, dir, 3, 0)
			if err != nil || len(warnings) != 1 || !strings.Contains(warnings[0], checkpointName(8)) {
				t.Fatalf("%q, %v", warnings, err)
			}
			same(t, dir, want)

			damage(t, both, older, change)
			before := tree(t, both)
			_, err = trainToy(disk{}, both, 4, 0)
			refused(t, err, "seed-1: no checkpoint can be used: ", checkpointName(8), checkpointName(4))
			same(t, both, before)
		})
	}
}

// TestSeal flips every bit of a checkpoint; none goes unnoticed.
func TestSeal(t *testing.T) {
	file := encode(newToy(toyRun, 1).checkpoint(), mark{Config: "c"})
	if _, _, err := decode(append([]byte{}, file...)); err != nil {
		t.Fatal(err)
	}
	for bit := range 8 * len(file) {
		changed := append([]byte{}, file...)
		changed[bit/8] ^= 1 << (bit % 8)
		if _, _, err := decode(changed); err == nil {
			t.Fatalf("bit %d of byte %d flipped: not noticed", bit%8, bit/8)
		}
	}
}

func TestDamagedLogs(t *testing.T) {
	for _, name := range []string{metricsName, eventsName} {
		dir := stopped(t)
		damage(t, dir, name, damages["empty"])
		_, err := trainToy(disk{}, dir, 4, 0)
		refused(t, err, "no checkpoint can be used", name+" has 0 bytes")

		dir = stopped(t)
		damage(t, dir, name, func(b []byte) []byte { b[30] ^= 1; return b })
		_, err = trainToy(disk{}, dir, 4, 0)
		refused(t, err, "no checkpoint can be used", name+" has changed")
	}
}

func TestNeverAnew(t *testing.T) {
	dir := stopped(t)
	if err := os.RemoveAll(filepath.Join(dir, "seed-1", checkpointDir)); err != nil {
		t.Fatal(err)
	}
	before := tree(t, dir)
	_, err := trainToy(disk{}, dir, 4, 0)
	refused(t, err, "seed-1: holds a run, but no checkpoint")
	same(t, dir, before)
}

func TestCheckpointOfAnother(t *testing.T) {
	dir := memoryDir(t)
	if _, err := trainToy(disk{}, dir, 4, 0); err != nil {
		t.Fatal(err)
	}
	third := filepath.Join(dir, "seed-3")
	if err := os.CopyFS(third, os.DirFS(filepath.Join(dir, "seed-1"))); err != nil {
		t.Fatal(err)
	}
	folder, err := OpenFolder(dir, toyRun)
	if err != nil {
		t.Fatal(err)
	}
	for seed, c := range map[uint64]Checkpoint{3: newToy(toyRun, 3).checkpoint(), 1: newToy(toyConfig{}, 1).checkpoint()} {
		log, err := folder.Seed(seed)
		if err != nil {
			t.Fatal(err)
		}
		_, err = log.Start(c)
		refused(t, err, map[uint64]string{3: "is of another run", 1: `is of another model: "moments.w" (float64 [6]) there`}[seed])
		log.Close()
	}
}

func TestOtherConfiguration(t *testing.T) {
	dir := stopped(t)
	other := toyRun
	other.Model.Dim = 8
	_, err := OpenFolder(dir, other)
	refused(t, err, dir+": holds a run of another configuration: model.dim is 6 there, 8 now")
	other = toyRun
	other.Model.Norm = "project"
	_, err = OpenFolder(dir, other)
	refused(t, err, `model.norm is absent there, "project" now`)
	_, err = OpenFolder(dir, []int{1})
	refused(t, err, "another configuration")

	var read toyConfig
	if err := ReadConfig(dir, &read); err != nil || read != toyRun {
		t.Errorf("%+v, %v", read, err)
	}
	refused(t, ReadConfig(dir, &struct{}{}), configName, "unknown field")
	refused(t, ReadConfig(t.TempDir(), &read), "is no run's folder")

	damage(t, dir, "../config.json", damages["truncated"])
	_, err = OpenFolder(dir, toyRun)
	refused(t, err, configName+": is damaged")
	os.Remove(filepath.Join(dir, configName))
	_, err = OpenFolder(dir, toyRun)
	refused(t, err, "holds runs, but no config.json")
}

func TestLock(t *testing.T) {
	folder, err := OpenFolder(filepath.Join(memoryDir(t), "new", "folder"), toyRun)
	if err != nil {
		t.Fatal(err)
	}
	log, err := folder.Seed(1)
	if err != nil {
		t.Fatal(err)
	}
	_, err = folder.Seed(1)
	refused(t, err, "seed-1: is in use")
	other, err := folder.Seed(2)
	if err != nil {
		t.Fatal(err)
	}
	other.Close()
	log.Close()
	again, err := folder.Seed(1)
	if err != nil {
		t.Fatal(err)
	}
	again.Close()

	file := filepath.Join(memoryDir(t), "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	_, err = OpenFolder(file, toyRun)
	refused(t, err, file+": cannot be used")
	_, err = OpenFolder(filepath.Join(file, "below"), toyRun)
	refused(t, err, "cannot be used")
}

// TestLog: values that are not numbers, a table of what was done so far, and
// what the readers make of it.
func TestLog(t *testing.T) {
	dir := memoryDir(t)
	folder, err := OpenFolder(dir, toyRun)
	if err != nil {
		t.Fatal(err)
	}
	log, err := folder.Seed(1)
	if err != nil {
		t.Fatal(err)
	}
	s := newToy(toyRun, 1)
	if _, err := log.Start(s.checkpoint()); err != nil {
		t.Fatal(err)
	}
	rows := []Values{{"train_loss": 0.1, "b": 1e300, "tokens": 3e6}, {}, {"test_loss": math.Copysign(0, -1), "a": 5e-324}}
	for step, values := range rows {
		if err := log.Step(10*step, values); err != nil {
			t.Fatal(err)
		}
	}
	refused(t, log.Step(50, Values{"train_loss": math.NaN(), "lr": 1}), "train_loss is NaN at step 50")
	for name, do := range map[string]func(){
		"same step":       func() { log.Step(20, Values{}) },
		"a value: step":   func() { log.Step(30, Values{"step": 1}) },
		"older step":      func() { log.Checkpoint(s.checkpoint()) },
		"another model":   func() { log.Checkpoint(Checkpoint{Step: 30}) },
		"started already": func() { log.Start(s.checkpoint()) },
	} {
		panics(t, name, do)
	}
	if err := errors.Join(log.Close(), log.Close()); err != nil {
		t.Fatal(err)
	}
	text, _ := os.ReadFile(filepath.Join(dir, "seed-1", "metrics.csv"))
	if want := "step,train_loss,test_loss,tokens,a,b\n0,0.1,,3000000,,1e+300\n10,,,,,\n20,,-0,,5e-324,\n"; string(text) != want {
		t.Errorf("%q, want %q", text, want)
	}
	all, err := ReadMetrics(dir)
	if err != nil || len(all) != 1 || all[0].Seed != 1 || len(all[0].Rows) != 3 {
		t.Fatalf("%+v, %v", all, err)
	}
	for i, row := range all[0].Rows {
		if row.Step != 10*i || !maps.Equal(row.Values, rows[i]) {
			t.Errorf("%+v", row)
		}
	}
	if steps, values, err := all[0].Series("test_loss"); err != nil || steps[0] != 20 || len(values) != 1 {
		t.Error(steps, values, err)
	}
	_, _, err = all[0].Series("angle_mean")
	refused(t, err, metricsName, `has no "angle_mean"`)
	if done, err := ReadResult(dir, 1, new(any)); done || err != nil {
		t.Error(done, err)
	}
}

func panics(t *testing.T, name string, do func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Errorf("%s: no panic", name)
		}
	}()
	do()
}

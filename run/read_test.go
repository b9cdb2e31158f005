package run

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"keyhull/weights"
)

func TestReadMetricsRefuses(t *testing.T) {
	for text, want := range map[string]string{
		`{"step":1`:                            "1: the line is cut off",
		"{\"step\":1}\n{\"step\":1}\n":         "2: step 1 follows step 1",
		"{\"step\":1}\n\n":                     "2: is no JSON object",
		"{\"a\":1}\n":                          "1: has no step",
		"{\"step\":1,\"a\":null}\n":            `1: "a" is no number`,
		"{\"step\":1,\"a\":\"NaN\"}\n":         `1: "a" is no number`,
		"{\"step\":1,\"a\":{}}\n":              `1: "a" is no number`,
		"{\"step\":1,\"a\":1e999}\n":           `1: "a" is 1e999`,
		"{\"step\":1,\"a\":1,\"a\":1}\n":       "1: \"a\" is 1, which is out of range, or is repeated",
		"{\"step\":1,\"step\":2}\n":            "1: step is 2, or repeated",
		"{\"step\":1.5}\n":                     "1: step is 1.5",
		"{\"step\":-1}\n":                      "1: step is -1",
		"[1]\n":                                "1: is no JSON object",
		"{\"step\":1} {}\n":                    "1: more follows",
		"{\"step\":1,}\n":                      "1: is no JSON object",
		"{\"step\":99999999999999999999999}\n": "1: step is 9999",
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, "seed-7", metricsName)
		os.Mkdir(filepath.Dir(path), 0o777)
		os.WriteFile(path, []byte(text), 0o666)
		_, err := ReadMetrics(dir)
		refused(t, err, path+":"+want)
	}
	_, err := ReadMetrics(t.TempDir())
	refused(t, err, "holds no seed's folder")
}

func FuzzMetrics(f *testing.F) {
	f.Add([]byte("{\"step\":1,\"train_loss\":0.5}\n{\"step\":2,\"a\":-1e-3}\n"))
	f.Add([]byte("{\"step\":0,\"\xff\\u0000\":1}\n{\"step\":\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		rows, err := parseMetrics(text)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\x00\x1b") {
				t.Fatalf("%q", err)
			}
			return
		}
		var again []byte
		for _, row := range rows {
			written, err := line(row.Step, row.Values)
			if err != nil {
				t.Fatal(err)
			}
			again = append(again, written...)
		}
		rows2, err := parseMetrics(again)
		if err != nil || !bytes.Equal(table(rows), table(rows2)) {
			t.Fatalf("%q reads as %v, then as %v, %v", text, rows, rows2, err)
		}
	})
}

// FuzzCheckpoint seals whatever it is given, so that more than the checksum is
// tried.
func FuzzCheckpoint(f *testing.F) {
	f.Add(encode(newToy(toyRun, 1).checkpoint(), mark{Config: "c", Files: map[string]extent{"a": {1, "b"}}}))
	f.Add(encode(Checkpoint{}, mark{}))
	f.Fuzz(func(t *testing.T, data []byte) {
		file := bytes.Clone(data)
		if _, _, err := decode(bytes.Clone(file)); err != nil {
			setSeal(file, noSeal)
			setSeal(file, sum(file))
		}
		c, m, err := decode(file)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\x00\x1b") {
				t.Fatalf("%q", err)
			}
			return
		}
		again, m2, err := decode(encode(c, m))
		if err != nil || unlike(c.contents(), again.contents()) != "" || m2.Step != m.Step {
			t.Fatalf("%+v, then %+v, %v", c, again, err)
		}
	})
}

// python runs a script in dir with the interpreter that KEYHULL_PYTHON names,
// or skips the test if that lacks a module.
func python(t *testing.T, dir, module, script string) string {
	t.Helper()
	interpreter := os.Getenv("KEYHULL_PYTHON")
	if interpreter == "" {
		interpreter = "python3"
	}
	if err := exec.Command(interpreter, "-c", "import "+module).Run(); err != nil {
		t.Skipf("%s has no %s (pip install %s): %v", interpreter, module, module, err)
	}
	command := exec.Command(interpreter, "-c", script)
	command.Dir = dir
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}

func TestTensorBoard(t *testing.T) {
	dir := memoryDir(t)
	if _, err := trainToy(disk{}, dir, 4, 0); err != nil {
		t.Fatal(err)
	}
	out := python(t, dir, "tensorboard", `
import json
from tensorboard.backend.event_processing.event_multiplexer import EventMultiplexer
m = EventMultiplexer().AddRunsFromDirectory(".").Reload()
assert sorted(m.Runs()) == ["seed-1", "seed-2"], m.Runs()
for run, tags in m.Runs().items():
    for line in open(run + "/metrics.jsonl"):
        row = json.loads(line)
        step = row.pop("step")
        for name, value in row.items():
            found = [e for e in m.Scalars(run, name) if e.step == step]
            assert len(found) == 1 and abs(found[0].value - value) <= 1e-6 * abs(value), (name, step, value, found)
            assert found[0].wall_time == step
    print(run, sorted(tags["scalars"]))
`)
	if !strings.Contains(out, "seed-2 ['a, b', 'lr', 'test_loss', 'train_loss']") {
		t.Error(out)
	}
}

func TestPandas(t *testing.T) {
	dir := memoryDir(t)
	if _, err := trainToy(disk{}, dir, 4, 0); err != nil {
		t.Fatal(err)
	}
	python(t, dir, "pandas", `
import pandas
table, lines = pandas.read_csv("seed-1/metrics.csv"), pandas.read_json("seed-1/metrics.jsonl", lines=True)
pandas.testing.assert_frame_equal(table, lines[table.columns], check_exact=False, rtol=1e-12)
assert len(table) == 13 and table["test_loss"].count() == 2
`)
}

// An error of a file names it once, and the hint fits.
func TestUnwritten(t *testing.T) {
	for _, c := range []struct {
		err       error
		msg, hint string
	}{
		{&os.PathError{Op: "write", Path: "d/x", Err: syscall.ENOSPC}, "d/x: " + syscall.ENOSPC.Error(), "free some space; the run goes on"},
		{&os.PathError{Op: "write", Path: "d/x", Err: syscall.EFBIG}, "d/x: " + syscall.EFBIG.Error(), "no file may be that large here: see ulimit -f; the run goes on"},
		{&os.PathError{Op: "open", Path: "d/x", Err: syscall.EACCES}, "d/x: " + syscall.EACCES.Error(), "make it writable; the run goes on"},
		{errors.New("a\nb"), "d: a; b", "the run goes on"},
	} {
		var e *weights.Error
		if err := unwritten("d", c.err); !errors.As(err, &e) || e.Msg != c.msg || !strings.HasPrefix(e.Hint, c.hint) {
			t.Errorf("%v: %s", err, e.Hint)
		}
	}
}

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestReproduceScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/reproduce",
		RequireExplicitExec: true,
		UpdateScripts:       *update,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"code": code, "spoil": spoil, "names": names,
		},
	})
}

// spoil DIR changes every file of a folder: by turns emptied, cut in half and
// with a byte changed.
func spoil(ts *testscript.TestScript, neg bool, args []string) {
	files, err := filepath.Glob(filepath.Join(ts.MkAbs(args[0]), "*"))
	if ts.Check(err); neg || len(files) == 0 {
		ts.Fatalf("nothing to spoil in %s", args[0])
	}
	for i, file := range files {
		text, err := os.ReadFile(file)
		ts.Check(err)
		switch i % 3 {
		case 0:
			text = nil
		case 1:
			text = text[:len(text)/2]
		case 2:
			text[len(text)-8] ^= 1
		}
		ts.Check(os.WriteFile(file, text, 0o666))
	}
}

// names FILE NAME… wants exactly these artifacts in a results.json, each done
// or with a reason.
func names(ts *testscript.TestScript, neg bool, args []string) {
	var results struct {
		Artifacts map[string]struct{ Status, Reason, Claim, Verdict string }
	}
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &results))
	if neg || len(results.Artifacts) != len(args)-1 {
		ts.Fatalf("%d artifacts, want %d", len(results.Artifacts), len(args)-1)
	}
	for _, name := range args[1:] {
		a, ok := results.Artifacts[name]
		if !ok || a.Claim == "" || (a.Status == "done") != (a.Verdict != "") || (a.Status == "absent") != (a.Reason != "") {
			ts.Fatalf("%s: %+v", name, a)
		}
	}
}

// TestInterruptedHeatmap interrupts a heatmap after its first cells, goes on,
// and compares with one that was never interrupted.
func TestInterruptedHeatmap(t *testing.T) {
	broken, whole := t.TempDir(), t.TempDir()
	line := func(dir string) []string {
		return strings.Fields("heatmap --dims 3:8 --keys 3:60 --runs 40 --workers 2 --out " + dir)
	}
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		defer cancel()
		for len(cellsOf(broken)) == 0 && t.Context().Err() == nil {
			time.Sleep(time.Millisecond)
		}
	}()
	var out, err bytes.Buffer
	if code := run(ctx, line(broken), nil, &out, &err); code != 130 || out.Len() > 0 {
		t.Fatalf("exit code %d, want 130: %s%s", code, &out, &err)
	}
	if n := len(cellsOf(broken)); n >= 58 {
		t.Fatalf("all %d cells were computed before the interruption", n)
	}
	for _, dir := range []string{broken, whole} {
		if code := run(t.Context(), line(dir), nil, &out, &err); code != 0 {
			t.Fatalf("exit code %d: %s", code, &err)
		}
	}
	for _, name := range []string{"tables/heatmap.csv", "figures/heatmap.svg", "figures/heatmap.png", "figures/heatmap.pdf"} {
		a, errA := os.ReadFile(filepath.Join(broken, name))
		b, errB := os.ReadFile(filepath.Join(whole, name))
		if errA != nil || errB != nil || !bytes.Equal(a, b) {
			t.Errorf("%s differs: %v %v", name, errA, errB)
		}
	}
}

func cellsOf(dir string) []string {
	files, _ := filepath.Glob(filepath.Join(dir, ".cells", "*.json"))
	return files
}

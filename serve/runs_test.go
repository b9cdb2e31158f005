package serve

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The list says of each run what its folder says.
func TestRuns(t *testing.T) {
	dir, _ := toy(t, 50)
	_, addr := started(t, Options{Dir: dir, Version: "v1"})
	_, _, text := askRaw(t, addr, "GET", "/api/v1/runs", "")
	var all struct {
		Keyhull string
		Runs    []Run
	}
	must(t, json.Unmarshal([]byte(text), &all))
	if all.Keyhull != "v1" || len(all.Runs) != 1 {
		t.Fatal(text)
	}
	r := all.Runs[0]
	if r.Run != "toy" || r.State != running || r.Steps != 1000 || r.Norm != "layernorm" || len(r.Seeds) != 2 {
		t.Errorf("%+v", r)
	}
	if a, b := r.Seeds[0], r.Seeds[1]; a.State != done || b.State != running || b.Step != 40 || b.Last["angle_mean"] != 50 {
		t.Errorf("%+v", r.Seeds)
	}
}

// A run's folder itself can be given, and a run can be below .cells.
func TestRunsWhere(t *testing.T) {
	dir, _ := toy(t, 20)
	_, addr := started(t, Options{Dir: filepath.Join(dir, "toy")})
	if code, _, text := askRaw(t, addr, "GET", "/api/v1/runs/toy/metrics", ""); code != 200 || !strings.Contains(text, `"step":10`) {
		t.Errorf("%d %s", code, text)
	}
	outer := t.TempDir()
	write(t, outer+"/a/.cells/gpt2-none/config.json", `{"steps": 5, "model": {"norm_1": {"kind": "none"}}}`)
	write(t, outer+"/a/.cells/gpt2-none/seed-3/metrics.jsonl", `{"step":0,"x":1}`+"\n")
	write(t, outer+"/.git/b/config.json", `{}`)
	write(t, outer+"/.git/b/seed-3/metrics.jsonl", "")
	_, addr = started(t, Options{Dir: outer})
	_, _, text := askRaw(t, addr, "GET", "/api/v1/runs", "")
	if !strings.Contains(text, `"run":"a/.cells/gpt2-none","state":"stopped","steps":5,"norm":"none"`) || strings.Contains(text, ".git") {
		t.Error(text)
	}
	if code, _, text := askRaw(t, addr, "GET", "/api/v1/runs/a%2F.cells%2Fgpt2-none", ""); code != 200 || !strings.Contains(text, `"config":{"steps": 5`) && !strings.Contains(text, `"config":{"steps":5`) {
		t.Errorf("%d %s", code, text)
	}
}

// Rows come from an offset on, and an offset that was cut off begins anew.
func TestMetricsSince(t *testing.T) {
	dir, log := toy(t, 50)
	_, addr := started(t, Options{Dir: dir})
	get := func(since string) (found map[uint64][]int, resets []uint64, next string) {
		code, _, text := askRaw(t, addr, "GET", "/api/v1/runs/toy/metrics?since="+since, "")
		if code != 200 {
			t.Fatalf("since %q: %d %s", since, code, text)
		}
		var m struct {
			Seeds []struct {
				Seed uint64
				Rows *[]struct{ Step int }
			}
			Next string
		}
		must(t, json.Unmarshal([]byte(text), &m))
		found = map[uint64][]int{}
		for _, s := range m.Seeds {
			if s.Rows == nil {
				resets = append(resets, s.Seed)
				continue
			}
			for _, r := range *s.Rows {
				found[s.Seed] = append(found[s.Seed], r.Step)
			}
		}
		return found, resets, m.Next
	}
	all, _, next := get("")
	if want := []int{0, 10, 20, 30, 40}; !slices.Equal(all[1], want) || !slices.Equal(all[2], want) {
		t.Error(all)
	}
	must(t, log.Step(50, values(50)))
	if more, _, _ := get(next); len(more) != 1 || !slices.Equal(more[2], []int{50}) {
		t.Errorf("since %s: %v", next, more)
	}
	for _, cut := range []string{"2-7", "2-99999999"} { // inside a line, beyond the end
		if found, resets, _ := get(cut); !slices.Equal(resets, []uint64{2}) || len(found[2]) != 6 {
			t.Errorf("since %s: %v, resets %v", cut, found, resets)
		}
	}
	for _, bad := range []string{"x", "1-", "1-2.1-3", "1--5", "-1-5", "1-5.", "99999999999999999999-1", strings.Repeat("1", 500)} {
		if code, _, text := askRaw(t, addr, "GET", "/api/v1/runs/toy/metrics?since="+bad, ""); code != 400 || !strings.Contains(text, "hint") {
			t.Errorf("since %.20s: %d %s", bad, code, text)
		}
	}
}

// A line that cannot be read, and one that is cut off, end what is shown.
func TestMetricsDamaged(t *testing.T) {
	dir := t.TempDir()
	good := `{"step":0,"x":1}` + "\n"
	write(t, dir+"/a/config.json", "{}")
	write(t, dir+"/a/seed-1/metrics.jsonl", good+`{"step":5,"x":"</script>"}`+"\n"+good)
	write(t, dir+"/a/seed-2/metrics.jsonl", good+`{"step":5`)
	write(t, dir+"/a/seed-3/metrics.jsonl", strings.Repeat("x", 1<<20))
	write(t, dir+"/a/seed-4/metrics.jsonl", strings.ReplaceAll(good, "\n", "\r\n")+`{"step":5,"x":1}`+"\n")
	_, addr := started(t, Options{Dir: dir})
	_, _, text := askRaw(t, addr, "GET", "/api/v1/runs/a/metrics", "")
	var m struct{ Next string }
	must(t, json.Unmarshal([]byte(text), &m))
	if want := fmt.Sprintf("1-%d.2-%d.4-%d", len(good), len(good), len(good)+1+len(`{"step":5,"x":1}`)+1); m.Next != want || strings.Contains(text, "script") || strings.Contains(text, "\r") {
		t.Errorf("next %s, want %s: %.300s", m.Next, want, text)
	}
}

// A file that was good, and has something else in the same place now, is read as
// it is: what nobody can read is handed out to nobody.
func TestMetricsReplaced(t *testing.T) {
	dir := t.TempDir()
	path := dir + "/a/seed-1/metrics.jsonl"
	good := `{"step":0,"x":1}` + "\n"
	write(t, dir+"/a/config.json", "{}")
	_, addr := started(t, Options{Dir: dir})
	for content, want := range map[string]string{
		good + `{"step":3,"x":2}` + "\n":      "1-34",
		good + "\x00" + good:                  "1-17",
		"\x00\x01" + `"step":3,"x":2}` + "\n": "",
		good + "17\n" + good:                  "1-17",
	} {
		write(t, path, strings.Repeat(good, 5))
		askRaw(t, addr, "GET", "/api/v1/runs/a/metrics", "")
		write(t, path, content)
		_, _, text := askRaw(t, addr, "GET", "/api/v1/runs/a/metrics", "")
		var m struct{ Next string }
		if err := json.Unmarshal([]byte(text), &m); err != nil || m.Next != want {
			t.Errorf("%q: next %q, want %q: %v: %.300q", content, m.Next, want, err, text)
		}
	}
}

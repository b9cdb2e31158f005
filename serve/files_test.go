package serve

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Nothing outside the folder is served, nor what is inside and belongs to no
// report, however the path is written.
func TestTraversal(t *testing.T) {
	outer := t.TempDir()
	dir := filepath.Join(outer, "runs")
	write(t, filepath.Join(outer, "secret.json"), "SECRET")
	write(t, filepath.Join(outer, "other", "index.html"), "SECRET")
	write(t, filepath.Join(outer, "other", "results.json"), "SECRET")
	write(t, filepath.Join(dir, "notes.json"), "SECRET")
	write(t, filepath.Join(dir, "report", "index.html"), "<p>a report")
	write(t, filepath.Join(dir, "report", "results.json"), "{}")
	write(t, filepath.Join(dir, "report", "figures", "a.svg"), "<svg/>")
	write(t, filepath.Join(dir, "report", ".hidden.json"), "SECRET")
	write(t, filepath.Join(dir, "report", "deep", "x.json"), "SECRET")
	write(t, filepath.Join(dir, "report", "weights.npy"), "SECRET")
	links := os.Symlink(filepath.Join(outer, "secret.json"), filepath.Join(dir, "report", "link.json")) == nil
	if links {
		must(t, os.Symlink("../../secret.json", filepath.Join(dir, "report", "figures", "up.json")))
		must(t, os.Symlink(outer, filepath.Join(dir, "report", "tables")))
		must(t, os.Symlink(filepath.Join(outer, "other"), filepath.Join(dir, "linked")))
	}
	_, addr := started(t, Options{Dir: dir})
	for _, path := range []string{
		"/files/../secret.json", "/files/report/../../secret.json", "/files/report/../notes.json", "/files/%2e%2e/secret.json",
		"/files/report/%2e%2e/%2e%2e/secret.json", "/files/report%2f..%2f..%2fsecret.json", "/files/..%5csecret.json", "/files/report/..%5c..%5csecret.json",
		"/files/%252e%252e/secret.json", "/files//etc/passwd", "/files/" + outer + "/secret.json", "/files/%2Fetc%2Fpasswd.json", "/files/report/.hidden.json",
		"/files/report/deep/x.json", "/files/report/weights.npy", "/files/notes.json", "/files/report/link.json", "/files/report/figures/up.json",
		"/files/report/tables/secret.json", "/files/linked/index.html", "/files/report/index.html%00.json", "/files/report/./index.html/../../../secret.json",
		"/files/", "/files/report", "/files/report/", "/../secret.json", "/api/v1/runs/..%2F..%2Fsecret/metrics", "/api/v1/runs/%2e%2e/metrics",
		"/api/v1/runs/..%2Fother/metrics", "/api/v1/runs/%2Fetc/events", "/api/v1/runs/toy%00/metrics",
	} {
		code, _, text := askRaw(t, addr, "GET", path, "")
		if code == 200 || strings.Contains(text, "SECRET") {
			t.Errorf("%s: %d %.100s", path, code, text)
		}
	}
	for path, want := range map[string]string{"/files/report/index.html": "<p>a report", "/files/report/figures/a.svg": "<svg/>", "/files/report/results.json": "{}"} {
		code, head, text := askRaw(t, addr, "GET", path, "")
		if code != 200 || text != want {
			t.Errorf("%s: %d %s", path, code, text)
		}
		if policy := head.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "sandbox ") || strings.Contains(policy, "allow-same-origin") || strings.Contains(policy, "connect-src") {
			t.Errorf("%s: policy %q", path, policy)
		}
	}
}

// A link in the folder that leads out of it makes no run.
func TestLinkedRun(t *testing.T) {
	other, _ := toy(t, 30)
	dir := t.TempDir()
	if err := os.Symlink(filepath.Join(other, "toy"), filepath.Join(dir, "toy")); err != nil {
		t.Skip(err)
	}
	must(t, os.MkdirAll(filepath.Join(dir, "fake", "seed-1"), 0o777))
	write(t, filepath.Join(dir, "fake", "config.json"), "{}")
	must(t, os.Symlink(filepath.Join(other, "toy", "seed-1", "metrics.jsonl"), filepath.Join(dir, "fake", "seed-1", "metrics.jsonl")))
	_, addr := started(t, Options{Dir: dir})
	if code, _, text := askRaw(t, addr, "GET", "/api/v1/runs", ""); code != 200 || strings.Contains(text, `"toy"`) || strings.Contains(text, "train_loss") {
		t.Errorf("%d %s", code, text)
	}
	if _, _, text := askRaw(t, addr, "GET", "/api/v1/runs/fake/metrics", ""); strings.Contains(text, "train_loss") {
		t.Error(text)
	}
}

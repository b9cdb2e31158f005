package keyhull_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"keyhull"
)

// Five keys in the plane: the corners of a square and its centre.
func ExampleDecide() {
	data := []float64{-1, -1, 1, -1, -1, 1, 1, 1, 0, 0}
	res, err := keyhull.Decide(context.Background(), keyhull.Float64(data, 2), keyhull.Options{})
	if err != nil {
		panic(err)
	}
	for i, k := range res.Keys {
		fmt.Println(i, k.Verdict, k.Query, k.Bases)
	}
	// Output:
	// 0 selectable [-1 -1] []
	// 1 selectable [1 -1] []
	// 2 selectable [-1 1] []
	// 3 selectable [1 1] []
	// 4 interior [] [[0 3] [1 2]]
}

// How much attention the centre's neighbour can get at all.
func ExampleBestAttention() {
	data := []float64{-1, -1, 1, -1, -1, 1, 1, 1, 0, 0}
	best, err := keyhull.BestAttention(keyhull.Float64(data, 2), 4, 10)
	if err != nil {
		panic(err)
	}
	fmt.Printf("%.3f\n", best.Weight)
	// Output:
	// 0.200
}

// TestTenLines runs the program in testdata/tenlines, the one that README
// shows, as a module of its own in an empty folder, from what is already here:
// nothing is fetched.
func TestTenLines(t *testing.T) {
	repository, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	main, err := os.ReadFile("testdata/tenlines/main.go.txt")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	module := "module example\n\ngo 1.26.0\n\nrequire keyhull v0.0.0\n\nreplace keyhull => " + strconv.Quote(repository) + "\n"
	for name, text := range map[string]string{"go.mod": module, "main.go": string(main)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	const want = "0 selectable [-1 -1] []\n1 selectable [1 -1] []\n2 selectable [-1 1] []\n3 selectable [1 1] []\n" +
		"4 interior [] [[0 3] [1 2]]\n"
	if got := goRun(t, dir); got != want {
		t.Errorf("got\n%s, want\n%s", got, want)
	}
}

// goRun runs the program in a folder without any network.
func goRun(t *testing.T, dir string) string {
	cmd := exec.Command("go", "run", ".")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOSUMDB=off", "GOWORK=off", "GOTOOLCHAIN=local")
	var out, failed strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &failed
	if err := cmd.Run(); err != nil {
		if strings.Contains(failed.String(), "GOPROXY=off") {
			t.Skipf("the module cache lacks a module: run go mod download first\n%s", &failed)
		}
		t.Fatalf("%v\n%s", err, &failed)
	}
	return out.String()
}

package main

import (
	"bytes"
	"flag"
	"math/rand/v2"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"keyhull/weights"
)

var update = flag.Bool("update", false, "rewrite what the scripts in testdata/script expect")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"keyhull": main})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		UpdateScripts:       *update,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"gauss":  gauss,
			"code":   code,
			"plain":  plain,
			"tamper": tamper,
			"npy":    npy, "safetensors": safetensors, "dump": dump, "cut": cut, "interrupt": interrupt, "served": served,
		},
	})
}

// gauss FILE SHAPE SEED [float64] writes normal random numbers as .npy, float32
// unless told otherwise: gauss keys.npy 100x8 1.
func gauss(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 || len(args) > 4 || len(args) == 4 && args[3] != "float64" {
		ts.Fatalf("usage: gauss FILE SHAPE SEED [float64]")
	}
	shape, total := shapeOf(ts, args[1])
	seed, err := strconv.ParseUint(args[2], 10, 64)
	ts.Check(err)
	rng := rand.New(rand.NewPCG(seed, 0))
	wide, narrow := make([]float64, total), make([]float32, total)
	for i := range wide {
		wide[i] = rng.NormFloat64()
		narrow[i] = float32(wide[i])
	}
	var b bytes.Buffer
	if len(args) == 4 {
		err = weights.WriteNPY(&b, shape, wide)
	} else {
		err = weights.WriteNPY(&b, shape, narrow)
	}
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b.Bytes(), 0o666))
}

// shapeOf reads 100x8, and how many numbers that is.
func shapeOf(ts *testscript.TestScript, text string) (shape []int, total int) {
	total = 1
	for part := range strings.SplitSeq(text, "x") {
		n, err := strconv.Atoi(part)
		ts.Check(err)
		shape = append(shape, n)
		total *= n
	}
	return shape, total
}

// code N COMMAND… runs a command that must end with exit code N.
func code(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code N COMMAND…")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := "0"
	if err != nil {
		got = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if got != args[0] {
		ts.Fatalf("exit code %s, want %s", got, args[0])
	}
}

var (
	times = []*regexp.Regexp{
		regexp.MustCompile(`( in )[0-9.e+]+ (?:s|ms|µs)\b`),
		regexp.MustCompile(`("seconds": ?)[0-9.e+-]+`),
	}
	decimals = regexp.MustCompile(`[0-9]+\.[0-9]{6,}(?:e[+-]?[0-9]+)?`)
)

// plain FROM TO copies text (stdout, stderr or a file) to a file with times
// replaced by 0 and long decimals rounded to 6 digits: programs get all 17, of
// which the last ones differ between processors.
func plain(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: plain FROM TO")
	}
	text := ts.ReadFile(args[0])
	for _, re := range times {
		text = re.ReplaceAllString(text, "${1}0")
	}
	text = decimals.ReplaceAllStringFunc(text, func(s string) string {
		x, err := strconv.ParseFloat(s, 64)
		ts.Check(err)
		return strconv.FormatFloat(x, 'g', 6, 64)
	})
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(text), 0o666))
}

package cert

import (
	"bytes"
	"encoding/json"
	"math"
	"math/big"
	"reflect"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

func TestJSON(t *testing.T) {
	margin, death := 0.25, 4
	f := &File{File: "keys.npy", Tensor: "w", Norm: "layernorm", Reading: "affine", Eps: 1e-5, Certified: true, Warnings: []string{},
		Sets: []Set{{N: 2, Dim: 3, Rank: 1, Counts: map[string]int{"selectable": 1, "tied": 0, "face": 0, "interior": 1, "by_rounding": 0},
			UnselectableFraction: 0.5, Seconds: 0.125, Causal: true, Keys: []Key{
				{Index: 0, Verdict: "selectable", Margin: &margin, RelativeMargin: &margin,
					Query: &Query{Float: []float64{math.Pi, -5e-324, math.MaxFloat64}}},
				{Index: 1, Verdict: "interior", Bases: [][]int{{0, 2}, {1}}, Weights: [][]float64{{0.5, 0.5}, {1}},
					Death: &death, DeathBasis: []int{0, 2}, AliveQuery: &Query{Exact: []*big.Rat{big.NewRat(1, 3), big.NewRat(-2, 1)}}},
			}}}}
	const want = `{"file":"keys.npy","tensor":"w","norm":"layernorm","reading":"affine","eps":0.00001,"sets":[` +
		`{"n":2,"dim":3,"rank":1,"counts":{"by_rounding":0,"face":0,"interior":1,"selectable":1,"tied":0},` +
		`"unselectable_fraction":0.5,"seconds":0.125,"causal":true,"keys":[` +
		`{"index":0,"verdict":"selectable","margin":0.25,"relative_margin":0.25,"query":[3.141592653589793,-5e-324,1.7976931348623157e+308]},` +
		`{"index":1,"verdict":"interior","bases":[[0,2],[1]],"weights":[[0.5,0.5],[1]],"death":4,"death_basis":[0,2],"alive_query":["1/3","-2"]}]}],` +
		`"certified":true,"warnings":[]}`
	b, err := json.Marshal(f)
	if err != nil || string(b) != want {
		t.Errorf("%v\n%s\nnot\n%s", err, b, want)
	}
	g := new(File)
	err = json.Unmarshal(b, g)
	if err != nil || !reflect.DeepEqual(f, g) {
		t.Errorf("%v\n%+v\nnot\n%+v", err, g, f)
	}
}

func TestReadQueries(t *testing.T) {
	for in, want := range map[string]string{
		`[]`: "[]", `[1,-2.5e3]`: "[1,-2500]", `["1","-2","2/6"]`: `["1","-2","1/3"]`, `["010/3"]`: `["10/3"]`,
	} {
		var q Query
		if err := json.Unmarshal([]byte(in), &q); err != nil {
			t.Errorf("%s: %v", in, err)
		}
		if b, _ := json.Marshal(q); string(b) != want {
			t.Errorf("%s became %s, not %s", in, b, want)
		}
	}
	for _, in := range []string{
		`["1e999999999"]`, `["1E9"]`, `["0x10"]`, `["1_0"]`, `["1/0"]`, `["1/-3"]`, `["1/2/3"]`, `["0.5"]`, `[""]`, `["/"]`, `[" 1"]`, `["p9"]`, `["Inf"]`,
		`[null]`, `[1,null]`, `["1",null]`, `[0.5,"1/3"]`, `[true]`, `[[1]]`, `[{}]`, `[1e999]`, `{}`, `1`, `"1"`, `["` + strings.Repeat("9", 1<<16+1) + `"]`,
	} {
		if err := json.Unmarshal([]byte(in), new(Query)); err == nil {
			t.Errorf("%.40s is accepted", in)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	for _, in := range []string{
		"", "{", "[]", "null x", `{"sets":[{"n":1.5}]}`, `{"sets":[{"keys":[{"index":"0"}]}]}`, `{"sets":{}}`, `{"norm":1}`, `{} {}`, `{}x`,
		`{"sets":[{"keys":[{"bases":[[0.5]]}]}]}`, `{"sets":[{"keys":[{"bases":[["1"]]}]}]}`, `{"sets":[{"n":99999999999999999999}]}`,
	} {
		if err := json.Unmarshal([]byte(in), new(File)); err == nil {
			t.Errorf("%q is accepted", in)
		}
	}
	if err := json.Unmarshal([]byte(`{"norm":"none","later":[1],"sets":[{"more":{}}]}`), new(File)); err != nil {
		t.Errorf("unknown fields are refused: %v", err)
	}
}

// TestHostile reads what would take much time or memory if it was believed.
func TestHostile(t *testing.T) {
	digits := strings.Repeat("7", 1<<22)
	for name, query := range map[string]string{
		"exponent of a number":   `[1e999999999]`,
		"exponent of a fraction": `["1e999999999"]`,
		"digits":                 `["` + digits + `"]`,
		"digits below":           `["1/` + digits + `"]`,
		"digits on both sides":   `["` + digits + "/" + digits + `"]`,
		"nested":                 strings.Repeat("[", 1<<20),
		"nested and closed":      strings.Repeat("[", 1<<20) + strings.Repeat("]", 1<<20),
		"nested strings":         strings.Repeat(`["1",`, 1<<18),
	} {
		in := `{"sets":[{"n":999999999,"keys":[{"query":` + query + `}]}]}`
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		err := json.Unmarshal([]byte(in), new(File))
		runtime.ReadMemStats(&after)
		if most := uint64(8*len(in) + 1<<20); err == nil || after.TotalAlloc-before.TotalAlloc > most {
			t.Errorf("%s: %v; %d bytes of memory for %d", name, err, after.TotalAlloc-before.TotalAlloc, len(in))
		}
	}
}

// FuzzRead holds the types and Check against hostile files: no panic, and what passes
// is true.
func FuzzRead(f *testing.F) {
	rows := []float64{0, 0, 1, 0, 0, 1, 1, 1, .5, 0, .5, .5, 1, 0}
	truth := certify(rows, 2)
	b, err := json.Marshal(File{Norm: "none", Sets: []Set{*truth}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add(bytes.ReplaceAll(b, []byte(`"index":4`), []byte(`"death":-1,"index":4`)))
	f.Add(bytes.ReplaceAll(b, []byte(`"keys"`), []byte(`"causal":true,"keys"`)))
	f.Add([]byte(`{"sets":[{"n":7,"dim":2,"keys":[{"index":-1},{"query":[]},{"bases":[[],[9]],"verdict":"face"},null]}]}`))
	for _, query := range []string{`[1e999999999,0]`, `["1e999999999","0"]`, `["` + strings.Repeat("9", 5000) + `/7","-1"]`, `[[[[1]]],0]`, `[-0,1e-320]`, `["0/1","-0"]`} {
		f.Add(regexp.MustCompile(`"query":\[[^]]*\]`).ReplaceAll(b, []byte(`"query":`+query)))
	}
	k := mustKeys(f, rows, 2)
	f.Fuzz(func(t *testing.T, b []byte) {
		var file File
		if json.Unmarshal(b, &file) != nil {
			return
		}
		for i := range file.Sets {
			s := &file.Sets[i]
			s.N, s.Dim = len(k.x), k.width
			passes := check(t, k, s) == nil
			for _, key := range s.Keys {
				if passes && key.Verdict != truth.Keys[key.Index].Verdict {
					t.Errorf("key %d passes as %s", key.Index, key.Verdict)
				}
			}
			if s.Causal = true; len(s.Keys) > 0 && s.Keys[0].Death == nil {
				s.Keys[0].Death = new(int)
			}
			check(t, k, s)
		}
	})
}

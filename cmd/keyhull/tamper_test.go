package main

import (
	"encoding/json"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// tamper set|drop|repeat FROM TO PATH [VALUE] writes the JSON file FROM,
// changed in one place, to the file TO. PATH leads there by names and indices:
// sets.0.keys.3.query.0. VALUE is JSON.
func tamper(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 4 || (args[0] == "set") != (len(args) == 5) {
		ts.Fatalf("usage: tamper set|drop|repeat FROM TO PATH [VALUE]")
	}
	var value any
	if args[0] == "set" {
		value = decode(ts, args[4])
	}
	changed := false
	root := change(decode(ts, ts.ReadFile(args[1])), strings.Split(args[3], "."), func(list []any, at int) []any {
		changed = true
		switch args[0] {
		case "drop":
			return slices.Delete(list, at, at+1)
		case "repeat":
			return slices.Insert(list, at, list[at])
		}
		list[at] = value
		return list
	})
	if !changed {
		ts.Fatalf("%s has no %s", args[1], args[3])
	}
	data, err := json.Marshal(root)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), data, 0o666))
}

func decode(ts *testscript.TestScript, text string) (v any) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber() // digits are kept as they are
	ts.Check(d.Decode(&v))
	return v
}

// change applies edit to the place in v that path leads to, if there is one.
// The value of a name is edited as a list of one.
func change(v any, path []string, edit func(list []any, at int) []any) any {
	switch v := v.(type) {
	case map[string]any:
		old, ok := v[path[0]]
		if !ok {
			return v
		}
		if len(path) > 1 {
			v[path[0]] = change(old, path[1:], edit)
			return v
		}
		delete(v, path[0])
		if list := edit([]any{old}, 0); len(list) > 0 {
			v[path[0]] = list[0]
		}
		return v
	case []any:
		at, err := strconv.Atoi(path[0])
		if err != nil || at < 0 || at >= len(v) {
			return v
		}
		if len(path) > 1 {
			v[at] = change(v[at], path[1:], edit)
			return v
		}
		return edit(v, at)
	}
	return v
}

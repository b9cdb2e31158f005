package serve

import (
	"encoding/json"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// openapi.json describes what is answered, no more and no less.
func TestOpenAPIHasEveryRoute(t *testing.T) {
	var doc struct {
		OpenAPI string
		Paths   map[string]map[string]struct {
			OperationID string
			Summary     string
			Parameters  []struct {
				Ref  string `json:"$ref"`
				Name string
				In   string
			}
			Responses map[string]any
		}
	}
	must(t, json.Unmarshal(openAPI, &doc))
	if !strings.HasPrefix(doc.OpenAPI, "3.1.") {
		t.Error(doc.OpenAPI)
	}
	var described, answered []string
	ids := map[string]bool{}
	for path, methods := range doc.Paths {
		for method, op := range methods {
			described = append(described, strings.ToUpper(method)+" "+path)
			if ids[op.OperationID] || op.OperationID == "" || op.Summary == "" || len(op.Responses) == 0 {
				t.Errorf("%s %s: %+v", method, path, op)
			}
			ids[op.OperationID] = true
			declared := strings.Contains(path, "{run}")
			if has := len(op.Parameters) > 0 && op.Parameters[0].Ref == "#/components/parameters/run"; has != declared {
				t.Errorf("%s: path parameters", path)
			}
		}
	}
	for _, r := range new(Server).routes() {
		if strings.HasPrefix(r.path, "/api/") {
			answered = append(answered, r.method+" "+r.path)
		}
	}
	slices.Sort(described)
	slices.Sort(answered)
	if !slices.Equal(described, answered) {
		t.Errorf("described %v\nanswered %v", described, answered)
	}
}

// Every reference in openapi.json leads somewhere, and every component is used.
func TestOpenAPIReferences(t *testing.T) {
	var doc map[string]any
	must(t, json.Unmarshal(openAPI, &doc))
	used := map[string]bool{}
	for _, m := range regexp.MustCompile(`"\$ref": "#/components/([^"]*)"`).FindAllStringSubmatch(string(openAPI), -1) {
		used[m[1]] = true
		kind, name, _ := strings.Cut(m[1], "/")
		if _, ok := doc["components"].(map[string]any)[kind].(map[string]any)[name]; !ok {
			t.Errorf("no component %s", m[1])
		}
	}
	for _, kind := range []string{"parameters", "responses", "schemas"} {
		for name := range doc["components"].(map[string]any)[kind].(map[string]any) {
			if !used[kind+"/"+name] && name != "State" {
				t.Errorf("component %s/%s is not used", kind, name)
			}
		}
	}
}

// The schemas have the fields of the Go types.
func TestOpenAPISchemas(t *testing.T) {
	var doc struct {
		Components struct {
			Schemas map[string]struct{ Properties map[string]any }
		}
	}
	must(t, json.Unmarshal(openAPI, &doc))
	for name, v := range map[string]any{"Run": Run{}, "State": State{}, "Problem": problem{}, "Question": question{}} {
		var fields []string
		for f := range reflect.TypeOf(v).Fields() {
			if tag, _, _ := strings.Cut(f.Tag.Get("json"), ","); tag != "" {
				fields = append(fields, tag)
			}
		}
		for _, f := range fields {
			if doc.Components.Schemas[name].Properties[f] == nil {
				t.Errorf("%s has no %s", name, f)
			}
		}
		if len(fields) != len(doc.Components.Schemas[name].Properties) {
			t.Errorf("%s: %v", name, fields)
		}
	}
}

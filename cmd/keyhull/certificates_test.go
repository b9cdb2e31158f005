package main

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"keyhull/cert"
)

// Key by key, a file of certificates says what it says to json.Unmarshal, and
// what that refuses is refused.
func TestDecodeCertificates(t *testing.T) {
	const key = `{"index":1,"verdict":"face","bases":[[0,2]],"query":[1,"2"]}`
	for _, text := range []string{
		`{}`,
		`{"norm":"none","sets":[]}`,
		`{"norm":"none","sets":[{"n":2,"keys":[{"index":0,"query":[1.5,2]},{"index":1,"query":["1/3","2"],"copies":[0]}],"dim":3}],"eps":0.5}`,
		`{"Norm":"none","other":{"sets":[1]},"sets":[{},{"keys":[]}],"tensor":"a\"b","warnings":["x"]}`,
		`{"norm":"none","reach":[{"maps":[],"keys":[{"index":4}]}],"sets":[]}`,
		`{"norm":"none","sets":[{"keys":[` + key + `]}]}`,
		``, `[`, `[]`, `{`, `{"sets"`, `{"sets":1}`, `{"sets":[1]}`, `{"sets":[{"keys":{}}]}`, `{"sets":[{"keys":[{"index":"x"}]}]}`,
		`{"norm":1,"sets":[]}`, `{"sets":[{"keys":[{}}]}`, `{"sets":[{"keys":[{}]}]`, `{} {}`, `{"sets":[{"keys":[{}]}]}x`, `{"sets":[,]}`,
	} {
		want := new(cert.File)
		wrong := json.Unmarshal([]byte(text), want)
		got, err := decodeCertificates(strings.NewReader(text))
		if (err == nil) != (wrong == nil) || err == nil && !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v; want %+v, %v", text, got, err, want, wrong)
		}
	}
}

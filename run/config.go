package run

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"keyhull/weights"
)

// ReadConfig reads the configuration of a run's folder into config, strictly:
// a field that config does not have is an error.
func ReadConfig(dir string, config any) error {
	path := filepath.Join(dir, configName)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return failf("give the folder that a run was written to", "%s: is no run's folder: it has no %s", dir, configName)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := errors.Join(d.Decode(config), ended(d)); err != nil {
		return failf("restore it from a copy, or train anew", "%s: cannot be read: %v", path, firstLine(err))
	}
	return nil
}

// ReadResult reads what a finished seed gave into result. It returns false if
// the seed is not done.
func ReadResult(dir string, seed uint64, result any) (bool, error) {
	return readResult(filepath.Join(dir, seedName(seed)), result)
}

func readResult(dir string, result any) (bool, error) {
	path := filepath.Join(dir, resultName)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("%s: %w", dir, err)
	}
	if err := json.Unmarshal(text, result); err != nil {
		return false, failf("remove it and give the same command again: it is made anew from the last checkpoint",
			"%s: cannot be read: %v", path, err)
	}
	return true, nil
}

// decoded returns JSON as Go values; numbers keep their digits.
func decoded(text []byte) (value any, err error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&value); err != nil {
		return nil, err
	}
	return value, ended(d)
}

// ended makes sure that nothing follows what d has read.
func ended(d *json.Decoder) error {
	if _, err := d.Token(); err != io.EOF {
		return errors.New("more follows its end")
	}
	return nil
}

// difference returns the first field in which two decoded configurations
// differ, and both values for a message; "" if there is none. nil stands for a
// field that is not there.
func difference(field string, was, is *any) (where, before, now string) {
	a, b := members(was), members(is)
	if a == nil || b == nil {
		if equal(was, is) {
			return "", "", ""
		}
		return cmp.Or(field, "the whole"), shown(was), shown(is)
	}
	both := maps.Clone(a)
	maps.Copy(both, b)
	for _, key := range slices.Sorted(maps.Keys(both)) {
		at := strings.TrimPrefix(field+"."+key, ".")
		if where, before, now = difference(at, a[key], b[key]); where != "" {
			return where, before, now
		}
	}
	return "", "", ""
}

// members returns the fields of an object, nil if value is none.
func members(value *any) map[string]*any {
	if value == nil {
		return nil
	}
	object, ok := (*value).(map[string]any)
	if !ok {
		return nil
	}
	fields := map[string]*any{}
	for key, v := range object {
		fields[key] = &v
	}
	return fields
}

func equal(a, b *any) bool {
	return a != nil && b != nil && bytes.Equal(marshal(*a), marshal(*b))
}

func shown(value *any) string {
	if value == nil {
		return "absent"
	}
	const most = 80
	text := string(marshal(*value))
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}

func marshal(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic("internal error: " + err.Error())
	}
	return text
}

func failf(hint, format string, args ...any) error {
	return &weights.Error{Msg: fmt.Sprintf(format, args...), Hint: hint}
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

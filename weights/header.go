package weights

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
)

// headerJSON reads the JSON of a .safetensors header token by token, because
// decoding into a struct or map would let repeated and unknown keys pass.
type headerJSON struct{ *json.Decoder }

// parseHeader returns the entries of a header, each checked by itself, and its
// metadata.
func parseHeader(text []byte) ([]stored, map[string]string, error) {
	if !json.Valid(text) {
		return nil, nil, errors.New("no valid JSON")
	}
	h := headerJSON{json.NewDecoder(bytes.NewReader(text))}
	h.UseNumber()
	var entries []stored
	metadata := map[string]string{}
	err := h.object(func(name string) error {
		if name == "__metadata__" {
			return h.object(func(key string) (err error) { metadata[key], err = h.text(); return err })
		}
		e, err := h.entry(name)
		entries = append(entries, e)
		return err
	})
	return entries, metadata, err
}

// object reads an object, and calls value after each key to read its value.
func (h headerJSON) object(value func(key string) error) error {
	if err := h.delim('{'); err != nil {
		return err
	}
	seen := map[string]bool{}
	for h.More() {
		key, err := h.text()
		if err != nil {
			return err
		}
		if seen[key] {
			return fmt.Errorf("the key %s is repeated", shown(key))
		}
		seen[key] = true
		if err := value(key); err != nil {
			return err
		}
	}
	return h.delim('}')
}

func (h headerJSON) entry(name string) (stored, error) {
	e := stored{Info: Info{Name: name}}
	var typeName string
	var place []uint64
	fields := 0
	err := h.object(func(key string) (err error) {
		fields++
		switch key {
		case "dtype":
			typeName, err = h.text()
		case "shape":
			e.Shape, err = whole(h, strconv.IntSize-1, func(n uint64) int { return int(n) })
		case "data_offsets":
			place, err = whole(h, 64, func(n uint64) uint64 { return n })
		default:
			err = fmt.Errorf("unknown key %s", shown(key))
		}
		return err
	})
	if err == nil && (fields != 3 || len(place) != 2) {
		err = errors.New("dtype, shape and two data_offsets are needed")
	}
	if err != nil {
		return e, fmt.Errorf("tensor %s: %w", shown(name), err)
	}
	e.begin, e.end = place[0], place[1]
	return e, checkStored(&e, typeName)
}

// whole reads an array of whole numbers of at most so many bits.
func whole[T any](h headerJSON, bits int, convert func(uint64) T) ([]T, error) {
	if err := h.delim('['); err != nil {
		return nil, err
	}
	var list []T
	for h.More() {
		token, err := h.Token()
		if err != nil {
			return nil, err
		}
		number, ok := token.(json.Number)
		n, err := strconv.ParseUint(string(number), 10, bits)
		if !ok || err != nil {
			return nil, fmt.Errorf("%s is no whole number of %d bits", shown(fmt.Sprint(token)), bits)
		}
		list = append(list, convert(n))
	}
	return list, h.delim(']')
}

func (h headerJSON) delim(want json.Delim) error {
	token, err := h.Token()
	if err == nil && token != want {
		err = fmt.Errorf("%v where %v is needed", shown(fmt.Sprint(token)), want)
	}
	return err
}

func (h headerJSON) text() (string, error) {
	token, err := h.Token()
	s, ok := token.(string)
	if err == nil && !ok {
		err = fmt.Errorf("%s where a string is needed", shown(fmt.Sprint(token)))
	}
	return s, err
}

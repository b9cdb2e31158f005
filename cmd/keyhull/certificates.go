package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"slices"
	"strings"

	"keyhull/cert"
	"keyhull/decide"
)

// readCertificates reads a file of certificates.
func readCertificates(path string) (*cert.File, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, failf("", "%s: %w", path, cause(err))
	}
	defer file.Close()
	f, err := decodeCertificates(file)
	const hint = "give what keyhull decide --certificates, audit --certificates or vocab --out wrote"
	var system *fs.PathError
	switch {
	case errors.As(err, &system):
		return nil, failf("", "%s: %w", path, cause(err))
	case err != nil:
		return nil, failf(hint, "%s: not a file of certificates: %w", path, err)
	case f.Norm == "" || len(f.Sets) == 0 && len(f.Reach) == 0:
		return nil, failf(hint, "%s: holds no certificates", path)
	case len(f.Sets) > 0 && len(f.Reach) > 0:
		return nil, failf(hint, "%s: holds verdicts and what can be reached: want one of them", path)
	case !slices.Contains(decide.Norms, f.Norm):
		return nil, failf("keyhull knows "+strings.Join(decide.Norms, ", "), "%s: norm is %q", path, f.Norm)
	case f.Reading != "" && !slices.Contains(decide.Readings, f.Reading):
		return nil, failf("keyhull knows "+strings.Join(decide.Readings, ", "), "%s: reading is %q", path, f.Reading)
	case !(f.Eps >= 0) || math.IsInf(f.Eps, 0):
		return nil, failf(hint, "%s: eps is %v", path, f.Eps)
	}
	return f, nil
}

// decodeCertificates reads a file of certificates key by key: the text may be many
// times as large as what it says.
func decodeCertificates(r io.Reader) (*cert.File, error) {
	d := decoder{json.NewDecoder(bufio.NewReaderSize(r, 1<<16))}
	var sets []cert.Set
	rest, err := d.object("sets", func() (err error) {
		sets, err = list(d, d.set)
		return err
	})
	if err == nil {
		if _, err = d.Token(); err == io.EOF {
			err = nil
		} else if err == nil {
			err = errors.New("something follows it")
		}
	}
	f := new(cert.File)
	if err == nil {
		err = json.Unmarshal(rest, f)
	}
	if sets != nil {
		f.Sets = sets
	}
	return f, err
}

type decoder struct{ *json.Decoder }

func (d decoder) set() (s cert.Set, err error) {
	var keys []cert.Key
	rest, err := d.object("keys", func() (err error) {
		keys, err = list(d, func() (k cert.Key, err error) {
			err = d.Decode(&k)
			return k, err
		})
		return err
	})
	if err == nil {
		err = json.Unmarshal(rest, &s)
	}
	if keys != nil {
		s.Keys = keys
	}
	return s, err
}

// object reads an object. The value of one field is for special to read; it returns
// the JSON of an object of the others.
func (d decoder) object(name string, special func() error) (rest []byte, err error) {
	if err := d.delim('{'); err != nil {
		return nil, err
	}
	rest = []byte{'{'}
	for d.More() {
		field, err := d.Token()
		if err != nil {
			return nil, err
		}
		if field == name {
			if err := special(); err != nil {
				return nil, err
			}
			continue
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, err
		}
		if len(rest) > 1 {
			rest = append(rest, ',')
		}
		key, err := json.Marshal(field)
		if err != nil {
			return nil, err
		}
		rest = append(append(append(rest, key...), ':'), value...)
	}
	return append(rest, '}'), d.delim('}')
}

// list reads an array.
func list[T any](d decoder, one func() (T, error)) ([]T, error) {
	if err := d.delim('['); err != nil {
		return nil, err
	}
	all := []T{}
	for d.More() {
		v, err := one()
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, d.delim(']')
}

func (d decoder) delim(want json.Delim) error {
	t, err := d.Token()
	if err == nil && t != want {
		err = fmt.Errorf("%v stands where %v should", t, want)
	}
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return err
}

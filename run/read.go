package run

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
)

const (
	metricsName = "metrics.jsonl"
	tableName   = "metrics.csv"
)

// ReadMetrics reads what the seeds of a run's folder have logged, in the order
// of the seeds; a seed that has only just begun has no rows. It may be called
// while they train. Files are read strictly: a line that is no object of finite
// numbers with a greater step than the one before, or is cut off, is an error
// with its place.
func ReadMetrics(dir string) ([]Metrics, error) {
	seeds, err := seedsIn(dir)
	if err != nil {
		return nil, err
	}
	if len(seeds) == 0 {
		return nil, failf("give the folder that a run was written to", "%s: holds no seed's folder", dir)
	}
	var all []Metrics
	for _, seed := range seeds {
		m, err := ReadSeed(dir, seed)
		if err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	return all, nil
}

// SeedDir is the folder of a seed in a run's folder.
func SeedDir(dir string, seed uint64) string { return filepath.Join(dir, seedName(seed)) }

// ReadSeed is ReadMetrics for one seed; the others' files are left alone.
func ReadSeed(dir string, seed uint64) (Metrics, error) {
	path := filepath.Join(dir, seedName(seed), metricsName)
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Metrics{}, err
	}
	rows, err := parseMetrics(text)
	if err != nil {
		return Metrics{}, failf("give the command of the run again: it goes on from the last checkpoint and mends what comes after it",
			"%s:%v", path, err)
	}
	return Metrics{seed, rows, path}, nil
}

// parseMetrics reads metrics.jsonl; an error begins with the line's number.
func parseMetrics(text []byte) ([]Row, error) {
	var rows []Row
	for line := range bytes.Lines(text) {
		row, err := parseLine(line)
		if err == nil && len(rows) > 0 && row.Step <= rows[len(rows)-1].Step {
			err = fmt.Errorf("step %d follows step %d", row.Step, rows[len(rows)-1].Step)
		}
		if err != nil {
			return nil, fmt.Errorf("%d: %w", len(rows)+1, err)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// parseLine reads one object token by token: decoding into a map would let
// repeated keys pass, and null.
func parseLine(line []byte) (Row, error) {
	if !bytes.HasSuffix(line, []byte("\n")) {
		return Row{}, errors.New("the line is cut off: the run was stopped while it wrote")
	}
	d := json.NewDecoder(bytes.NewReader(line))
	d.UseNumber()
	row := Row{Step: -1, Values: Values{}}
	if token, err := d.Token(); err != nil || token != json.Delim('{') {
		return row, errors.New("is no JSON object")
	}
	for d.More() {
		if err := row.member(d); err != nil {
			return row, err
		}
	}
	if _, err := d.Token(); err != nil {
		return row, errors.New("is no JSON object")
	}
	if row.Step < 0 {
		return row, errors.New("has no step")
	}
	return row, ended(d)
}

// member reads one key and its number.
func (r *Row) member(d *json.Decoder) error {
	token, err := d.Token()
	name, ok := token.(string)
	if err != nil || !ok {
		return errors.New("is no JSON object")
	}
	token, err = d.Token()
	number, ok := token.(json.Number)
	if err != nil || !ok {
		return fmt.Errorf("%s is no number", strconv.Quote(name))
	}
	if name == stepName {
		step, err := strconv.Atoi(string(number))
		if err != nil || step < 0 || r.Step >= 0 {
			return fmt.Errorf("step is %s, or repeated", number)
		}
		r.Step = step
		return nil
	}
	v, err := strconv.ParseFloat(string(number), 64)
	if _, repeated := r.Values[name]; err != nil || math.IsInf(v, 0) || repeated {
		return fmt.Errorf("%s is %s, which is out of range, or is repeated", strconv.Quote(name), number)
	}
	r.Values[name] = v
	return nil
}

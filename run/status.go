package run

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// SeedStatus is how far a seed's training is, as its folder says.
type SeedStatus struct {
	Seed    uint64
	Step    int           // last one measured; −1 if none
	Steps   int           // of the whole training; 0 if the configuration does not say
	Kept    int           // the step of the newest checkpoint; −1 if none
	Done    bool          // has its result
	Touched time.Time     // when something was last logged
	Left    time.Duration // at the pace between the last two checkpoints; 0 if that is not known
}

// FolderStatus reads how far the seeds of a run's folder are; ok is false if it
// is none. It takes no lock and may be called while they train.
func FolderStatus(dir string) (seeds []SeedStatus, ok bool, err error) {
	text, err := os.ReadFile(filepath.Join(dir, configName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	var config struct {
		Steps int `json:"steps"`
	}
	json.Unmarshal(text, &config) // without it, how many there are is not known
	list, err := seedsIn(dir)
	for _, seed := range list {
		s, err := seedStatus(SeedDir(dir, seed), config.Steps)
		if err != nil {
			return nil, true, err
		}
		s.Seed = seed
		seeds = append(seeds, s)
	}
	return seeds, true, err
}

func seedStatus(dir string, of int) (s SeedStatus, err error) {
	s.Steps, s.Kept = of, -1
	if _, err := os.Stat(filepath.Join(dir, resultName)); err == nil {
		s.Done = true
	}
	s.Step, s.Touched, err = lastLogged(filepath.Join(dir, metricsName))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return s, err
	}
	steps, err := checkpointsIn(dir)
	if len(steps) > 0 {
		s.Kept = steps[len(steps)-1]
		s.Left = s.estimate(dir, steps)
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return s, err
}

// lastLogged reads the last whole line of metrics.jsonl.
func lastLogged(path string) (step int, touched time.Time, err error) {
	f, err := os.Open(path)
	if err != nil {
		return -1, touched, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return -1, touched, err
	}
	const enough = 64 << 10
	from := max(0, info.Size()-enough)
	text, err := io.ReadAll(io.NewSectionReader(f, from, enough))
	text = text[:bytes.LastIndexByte(text, '\n')+1]
	line := bytes.TrimSpace(text)
	line = line[bytes.LastIndexByte(line, '\n')+1:]
	var row struct {
		Step *int `json:"step"`
	}
	if json.Unmarshal(line, &row) != nil || row.Step == nil {
		return -1, info.ModTime(), err
	}
	return *row.Step, info.ModTime(), err
}

// estimate says how long the rest takes, from the times of the last two of the
// checkpoints; 0 if they do not tell.
func (s SeedStatus) estimate(dir string, steps []int) time.Duration {
	if s.Done || len(steps) < 2 {
		return 0
	}
	was, is := steps[len(steps)-2], steps[len(steps)-1]
	a, err1 := os.Stat(filepath.Join(dir, checkpointDir, checkpointName(was)))
	b, err2 := os.Stat(filepath.Join(dir, checkpointDir, checkpointName(is)))
	if err1 == nil && err2 == nil && s.Steps > is {
		return max(0, time.Duration(float64(b.ModTime().Sub(a.ModTime()))/float64(is-was)*float64(s.Steps-is)))
	}
	return 0
}

// RunFolders lists the folders of runs in a folder and in that of its cells; a
// folder that is one itself is ".".
func RunFolders(dir string) (list []string) {
	candidates := []string{"."}
	for _, base := range []string{".", ".cells"} {
		entries, _ := os.ReadDir(filepath.Join(dir, base))
		for _, e := range entries {
			if e.IsDir() {
				candidates = append(candidates, filepath.Join(base, e.Name()))
			}
		}
	}
	for _, name := range candidates {
		if _, err := os.Stat(filepath.Join(dir, name, configName)); err == nil {
			list = append(list, name)
		}
	}
	return list
}

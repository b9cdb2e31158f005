package vec

import (
	"fmt"
	"os"
)

type level int

const (
	generic level = iota
	avx2
	avx512
)

var levelNames = [...]string{generic: "generic", avx2: "avx2", avx512: "avx512"}

func (l level) String() string { return levelNames[l] }

// active is the level in use: written once when the program starts, and by
// this package's tests.
var active, levelErr = choose(os.Getenv("KEYHULL_CPU"), detect())

// Level names the kernels in use: avx512, avx2 or generic. It is the best the
// processor offers, or less if the environment variable KEYHULL_CPU says so.
func Level() string { return active.String() }

// LevelError says why KEYHULL_CPU was not followed: it names no level, or one
// the processor lacks; the best level is used then. It is nil if the variable
// is empty or was followed.
func LevelError() error { return levelErr }

// choose returns the level that the setting asks for, as far as best allows.
func choose(setting string, best level) (level, error) {
	if setting == "" {
		return best, nil
	}
	for l, name := range levelNames {
		if name == setting && level(l) <= best {
			return level(l), nil
		}
		if name == setting {
			return best, fmt.Errorf("KEYHULL_CPU=%s: this processor offers only %s, which is used", setting, best)
		}
	}
	return best, fmt.Errorf("KEYHULL_CPU=%q: want avx512, avx2 or generic; using %s", setting, best)
}

// Levels returns the levels this processor offers, generic first.
func Levels() []string { return levelNames[:detect()+1] }

// Use switches to a level that Levels names, and returns a function that
// switches back: for tests and benchmarks, which run nothing beside it. It
// panics if the processor lacks the level.
func Use(name string) (back func()) {
	old := active
	l, err := choose(name, detect())
	if err != nil {
		panic("vec: " + err.Error())
	}
	active = l
	return func() { active = old }
}

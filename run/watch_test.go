package run

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// Looking on says how far a seed is, and makes nothing.
func TestPlace(t *testing.T) {
	dir := t.TempDir()
	here := Place{os.DirFS(dir), "."}
	if here.Found() || here.Finished() || len(here.Seeds()) > 0 {
		t.Error("something is found in an empty folder")
	}
	folder, err := OpenFolder(dir, map[string]int{"steps": 3})
	if err != nil {
		t.Fatal(err)
	}
	log, err := folder.Seed(7)
	if err != nil {
		t.Fatal(err)
	}
	lock := filepath.Join(dir, filepath.FromSlash(here.Lock(7)))
	if !here.Found() || !slices.Equal(here.Seeds(), []uint64{7}) || here.Done(7) || !Locked(lock) {
		t.Error("a seed that trains is not seen")
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	if Locked(lock) || Locked(filepath.Join(dir, "no")) {
		t.Error("a free lock is said to be held")
	}
	if _, err := os.Stat(filepath.Join(dir, "no")); err == nil {
		t.Error("looking made a lock")
	}
}

// Who looks whether a seed trains does not keep another from beginning to.
func TestLookingLetsTrain(t *testing.T) {
	folder, err := OpenFolder(t.TempDir(), 1)
	if err != nil {
		t.Fatal(err)
	}
	log, err := folder.Seed(1)
	if err != nil {
		t.Fatal(err)
	}
	lock := filepath.Join(log.dir, lockName)
	log.Close()
	stop, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-stop:
				return
			default:
				Locked(lock)
				time.Sleep(time.Millisecond)
			}
		}
	}()
	for range 200 {
		log, err := folder.Seed(1)
		if err != nil {
			t.Error(err)
			break
		}
		log.Close()
	}
	close(stop)
	<-ended
}

func TestParseRowsTakesWholeLines(t *testing.T) {
	whole := `{"step":0,"a":1}` + "\n" + `{"step":5,"a":2}` + "\n"
	rows, end, err := ParseRows([]byte(whole + `{"step":6,"a`))
	if err != nil || end != len(whole) || len(rows) != 2 || rows[1].Step != 5 || rows[1].Values["a"] != 2 {
		t.Errorf("%v, %d bytes of %d, %v", rows, end, len(whole), err)
	}
	if _, _, err := ParseRows([]byte(`{"step":0,"a":null}` + "\n")); err == nil {
		t.Error("a value that is no number passes")
	}
	if rows, end, err := ParseRows(nil); len(rows) != 0 || end != 0 || err != nil {
		t.Errorf("nothing gives %v, %d, %v", rows, end, err)
	}
}

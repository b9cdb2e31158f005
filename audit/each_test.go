package audit

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"math"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"keyhull/cert"
	"keyhull/cert/shortcut"
)

// some yields heads of all kinds.
func some(count int) iter.Seq2[Head, error] {
	return func(yield func(Head, error) bool) {
		for k := range count {
			r := newDraws(uint64(k))
			h := r.head(10+5*k, 1+k%5, 2)
			if k%3 == 2 {
				h = r.real(60, 6, 1)
			}
			h.Causal = k%2 == 0
			if k%4 == 3 {
				h.Window = 12
			}
			if !yield(h, nil) {
				return
			}
		}
	}
}

func TestEachIsTheSameForAnyWorkers(t *testing.T) {
	var want []*HeadResult
	for _, workers := range []int{1, 2, 5} {
		var got []*HeadResult
		err := Each(context.Background(), some(9), Options{Workers: workers, Best: 3, Certificates: true}, func(i int, r *HeadResult) error {
			if i != len(got) {
				t.Errorf("result %d after %d", i, len(got))
			}
			got = append(got, r)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if want == nil {
			want = got
		}
		if len(got) != 9 || !reflect.DeepEqual(got, want) {
			t.Errorf("%d workers: other results", workers)
		}
	}
}

func TestEachEndsAtTheFirstError(t *testing.T) {
	sad := errors.New("sad")
	before := runtime.NumGoroutine()
	seen := 0
	err := Each(context.Background(), some(9), Options{Workers: 3}, func(i int, _ *HeadResult) error {
		seen++
		if i == 4 {
			return sad
		}
		return nil
	})
	if err != sad || seen != 5 {
		t.Errorf("%v after %d", err, seen)
	}
	err = Each(context.Background(), func(yield func(Head, error) bool) {
		h := newDraws(1).head(5, 2, 1)
		_ = yield(h, nil) && yield(Head{}, sad)
	}, Options{}, func(int, *HeadResult) error { return nil })
	if err != sad {
		t.Error(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if err := Each(ctx, some(9), Options{}, func(int, *HeadResult) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	for range 100 { // the last ones end
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Errorf("%d goroutines, %d before", runtime.NumGoroutine(), before)
}

// Heads are not drawn long before they are needed.
func TestEachHoldsFewHeads(t *testing.T) {
	drawn, seen := 0, 0
	var mu sync.Mutex
	err := Each(context.Background(), func(yield func(Head, error) bool) {
		for k := range 40 {
			mu.Lock()
			if drawn++; drawn-seen > 5 {
				t.Errorf("%d heads drawn, %d seen", drawn, seen)
			}
			mu.Unlock()
			if !yield(newDraws(uint64(k)).head(40, 3, 1), nil) {
				return
			}
		}
	}, Options{Workers: 3}, func(int, *HeadResult) error {
		mu.Lock()
		defer mu.Unlock()
		seen++
		return nil
	})
	if err != nil || seen != 40 {
		t.Errorf("%v, %d seen", err, seen)
	}
}

func TestCertificatesProveTheVerdicts(t *testing.T) {
	for seed := range uint64(3) {
		h := newDraws(seed).real(70, 4, 1)
		h.Causal = true
		r := analyze(t, h, Options{Certificates: true})
		prove(t, h.Keys, h.Width, r.Certificates)
	}
}

// prove checks certificates as keyhull verify does.
func prove(t *testing.T, rows []float32, width int, s *cert.Set) {
	t.Helper()
	wide := make([]float64, len(rows))
	for i, v := range rows {
		wide[i] = float64(v)
	}
	keys, err := shortcut.NewKeys(wide, width, "none", "", 0)
	if err != nil {
		t.Fatal(err)
	}
	failures, err := shortcut.Check(context.Background(), keys, s, nil)
	if err != nil || len(failures) > 0 {
		t.Errorf("%v, %v", failures, err)
	}
}

func TestBadNumbersAreRefused(t *testing.T) {
	h := newDraws(1).head(5, 2, 1)
	h.Keys[7] = float32(math.NaN())
	if _, err := Analyze(context.Background(), h, Options{}); err == nil || !strings.Contains(err.Error(), "key 3, coordinate 1 is NaN") {
		t.Error(err)
	}
	h = newDraws(1).head(5, 2, 1)
	h.Queries[0] = float32(math.Inf(-1))
	if _, err := Analyze(context.Background(), h, Options{}); err == nil || !strings.Contains(err.Error(), "query 0, coordinate 0 is -Inf") {
		t.Error(err)
	}
	for name, h := range map[string]Head{"empty": {}, "short": {N: 3, Width: 2, Keys: make([]float32, 5)}, "scale": {N: 1, Width: 1, Keys: make([]float32, 1), Scale: math.NaN()}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			Analyze(context.Background(), h, Options{})
		}()
	}
}

func TestHeadsOfOneKeyOrAllEqual(t *testing.T) {
	one := Head{N: 1, Width: 2, Keys: []float32{1, 2}, Queries: []float32{0, 0}, QueryHeads: 1, Causal: true}
	if r := analyze(t, one, Options{Best: -1}); r.Counts.Selectable != 1 || r.Attained.Max[0] != 1 || r.Best.AtLargest[0] != 1 || r.Attainable != 1 {
		t.Errorf("%+v", r)
	}
	same := Head{N: 3, Width: 2, Keys: []float32{1, 2, 1, 2, 1, 2}, Causal: true, Window: 2}
	if r := analyze(t, same, Options{}); r.Counts.Tied != 3 || r.Rank != 0 || !r.Uniform.Flat || r.Life.Hidden != 0 {
		t.Errorf("%+v", r)
	}
}

// Results are data: words, no numbers for them.
func TestResultsAreJSON(t *testing.T) {
	h := newDraws(2).head(30, 2, 1)
	h.Causal = true
	h.Maps = []QueryMap{identity(2, 1, 2, 0)}
	b, err := json.Marshal(analyze(t, h, Options{Best: 2, Certificates: true}))
	if err != nil {
		t.Fatal(err)
	}
	var back struct {
		Verdicts []string
		Reach    []struct{ Keys []string }
		Sink     struct{ Verdict string }
		Best     struct{ Keys []int }
	}
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	if len(back.Verdicts) != 30 || !slices.Contains(back.Verdicts, "interior") || !slices.Contains(back.Reach[0].Keys, "unreachable") ||
		back.Sink.Verdict == "" || !slices.Equal(back.Best.Keys, []int{7, 22}) {
		t.Errorf("%+v", back)
	}
}

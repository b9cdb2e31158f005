package experiment

import (
	"context"
	"reflect"
	"slices"
	"testing"

	"keyhull/norm"
	"keyhull/run"
)

// TestFilm: a camera changes nothing, and sees the whole training.
func TestFilm(t *testing.T) {
	c := fig1Training()
	c.Samples, c.Length, c.MinDelta, c.Batch, c.Every, c.Norm = 200, 16, 2, 50, 20, norm.LayerNorm
	for _, steps := range []int{3, 100} {
		c.Steps = steps
		alone, err := c.TrainAlone(context.Background(), 1, 1, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, camera := range []bool{false, true} {
			r, err := c.film(context.Background(), 1, camera)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(r.SeedRun, alone) {
				t.Errorf("%d steps, camera %v: not the run that is trained alone", steps, camera)
			}
			if (len(r.Frames) > 0) != camera {
				t.Errorf("%d steps, camera %v: %d frames", steps, camera, len(r.Frames))
			}
		}
		r, _ := c.film(context.Background(), 1, true)
		var at []int
		for _, f := range r.Frames {
			at = append(at, f.Step)
		}
		if n := len(at); at[0] != 0 || at[n-1] != steps || n > frames+1 || n < min(steps, 18) || !slices.IsSorted(at) || len(slices.Compact(slices.Clone(at))) != n {
			t.Errorf("%d steps: frames at %v", steps, at)
		}
		last := r.Frames[len(r.Frames)-1]
		if want := newFrame(steps, alone.Trained.Keys, alone.Trained.Queries); !reflect.DeepEqual(last, want) {
			t.Errorf("%d steps: the last frame is not how training ended", steps)
		}
		if reflect.DeepEqual(r.Frames[0].Keys, last.Keys) {
			t.Errorf("%d steps: nothing moved", steps)
		}
	}
}

// TestFig1Table: a row for each class of each frame; the last are what is drawn.
func TestFig1Table(t *testing.T) {
	c := fig1Training()
	c.Samples, c.Length, c.MinDelta, c.Batch, c.Steps, c.Every = 200, 16, 2, 200, 40, 20
	out, err := Fig1{Majority{c, []uint64{1, 2}}, true}.Run(context.Background(), run.Pool{})
	if err != nil {
		t.Fatal(err)
	}
	r, table := out.(*Fig1Result), out.Table()
	n := len(table.Rows)
	if n != len(r.Frames)*c.Classes || len(r.Frames) < 18 || table.Rows[0][0] != "0" || table.Rows[n-1][0] != "40" {
		t.Fatalf("%d rows of %d frames, steps %s to %s", n, len(r.Frames), table.Rows[0][0], table.Rows[n-1][0])
	}
	for i, drawn := range r.Scatter.Table().Rows {
		if !slices.Equal(table.Rows[n-c.Classes+i][1:], drawn) {
			t.Errorf("class %d: the table ends with %v, drawn is %v", i, table.Rows[n-c.Classes+i], drawn)
		}
	}
}

package experiment

import (
	"reflect"
	"slices"
	"testing"
)

func TestEpochsHoldEveryRowOnce(t *testing.T) {
	b, total := batches{seed: 5, rows: 23, size: 5}, 0
	var first []int32
	for epoch := range 3 {
		seen := map[int32]bool{}
		for k := range b.perEpoch() {
			rows := b.at(epoch*b.perEpoch() + k)
			if b.seen(epoch*b.perEpoch()+k) != total {
				t.Error("rows seen", total)
			}
			total += len(rows)
			for _, i := range rows {
				seen[i] = true
			}
		}
		if len(seen) != b.rows || total != (epoch+1)*b.rows {
			t.Errorf("epoch %d holds %d of %d rows", epoch, len(seen), b.rows)
		}
		if epoch == 0 {
			first = slices.Clone(b.order)
		} else if reflect.DeepEqual(first, b.order) {
			t.Error("two epochs have one order")
		}
	}
	again := batches{seed: 5, rows: 23, size: 5}
	if !reflect.DeepEqual(again.at(11), b.at(11)) {
		t.Error("a step's batch depends on those before")
	}
}

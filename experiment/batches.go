package experiment

import "math/rand/v2"

// batches cuts rows of training data, shuffled anew in every epoch, into
// batches; the last one of an epoch has what is left. An epoch's order follows
// from the seed and the epoch alone, so that a resumed run needs no state of a
// generator.
type batches struct {
	seed       uint64
	rows, size int

	epoch int     // whose order is in order
	order []int32 // of the rows; nil before the first
}

// perEpoch is the number of steps that go once through the rows.
func (b *batches) perEpoch() int { return (b.rows + b.size - 1) / b.size }

// at returns the rows of a step, until the next call.
func (b *batches) at(step int) []int32 {
	if epoch := step / b.perEpoch(); epoch != b.epoch || b.order == nil {
		b.shuffle(epoch)
	}
	first := step % b.perEpoch() * b.size
	return b.order[first:min(first+b.size, b.rows)]
}

func (b *batches) shuffle(epoch int) {
	if b.order == nil {
		b.order = make([]int32, b.rows)
	}
	for i := range b.order {
		b.order[i] = int32(i)
	}
	rng := rand.New(rand.NewPCG(b.seed, 1<<32+uint64(epoch)))
	rng.Shuffle(b.rows, func(i, j int) { b.order[i], b.order[j] = b.order[j], b.order[i] })
	b.epoch = epoch
}

// seen is the number of rows in the batches of the first steps.
func (b *batches) seen(steps int) int {
	return steps/b.perEpoch()*b.rows + steps%b.perEpoch()*b.size
}

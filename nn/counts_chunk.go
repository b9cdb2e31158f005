package nn

import (
	"math"
	"math/bits"

	"keyhull/internal/vec"
)

// chunk takes n items of class a, from column at on, through the model and
// back.
func (w *countWorker) chunk(job countJob, a, at, n int, sums *countSums) {
	items := w.items.Right(at)
	if vec.HasMajorityItems() && w.shape.Dim == 8 && w.shape.Hidden == 8 && !job.wide[a] {
		w.atOnce(job, a, items, n)
	} else {
		w.inStages(job, a, items, n, sums)
	}
}

// atOnce does what inStages does, all but the sums over items in one kernel.
func (w *countWorker) atOnce(job countJob, a int, items vec.Rows, n int) {
	c, d, f := w.shape.Classes, w.shape.Dim, w.shape.Hidden
	m := roundUp(n, vec.Lanes())
	vec.MajorityItems(w.work, items, &vec.MajorityItem{Net: job.net, Table: job.table[a*c*(d+1) : (a+1)*c*(d+1)], Base: job.base[a*d : (a+1)*d],
		Emb: job.emb, Emb2: job.emb2, Classes: c, Backward: job.backward, Sums: w.totals}, w.rightBits, m)
	w.markBits(items.Row(c + numberRow)[:n])
	if !job.backward {
		return
	}
	vec.Outer(w.emb, w.logits, w.h, c, d, m)
	vec.Outer(w.out, w.dh, w.r, d, f+1, m)
	vec.Outer(w.in, w.dz, w.hat, f, d+1, m)
	vec.Outer(w.table, items, w.a, c, d+1, m)
}

func (w *countWorker) inStages(job countJob, a int, items vec.Rows, n int, sums *countSums) {
	c, d, f := w.shape.Classes, w.shape.Dim, w.shape.Hidden
	m := roundUp(n, vec.LaneBlock())
	// 1. Attention, residual, LayerNorm.
	if job.wide[a] {
		w.attendEach(job, a, items, m)
	} else {
		vec.Product(w.uz, job.table[a*c*(d+1):], items, d+1, c, m, false, vec.NoLeast)
	}
	vec.NormForward(w.uz, w.h, w.hat, w.rstd, job.base[a*d:(a+1)*d], m)
	// 2. Feed-forward network, logits, loss.
	vec.Product(w.r, job.inT, w.hat, f, d+1, m, false, 0)
	vec.Product(w.h, job.outT, w.r, d, f+1, m, true, vec.NoLeast)
	vec.Product(w.logits, job.embT, w.h, c, d, m, false, vec.NoLeast)
	weights := items.Row(c + weightRow)
	loss, hits := vec.CrossEntropy(w.logits, items.Row(c+labelRow), weights, w.right, c, m)
	sums.loss += loss
	sums.tokensRight += hits
	sums.tokens += w.mark(items.Row(c + numberRow)[:n], weights[:n])
	if !job.backward {
		return
	}
	// 3. Back: output matrix, network, LayerNorm, attention.
	vec.Outer(w.emb, w.logits, w.h, c, d, m)
	vec.Product(w.dh, job.emb, w.logits, d, c, m, false, vec.NoLeast)
	vec.Outer(w.out, w.dh, w.r, d, f+1, m)
	vec.Product(w.dz, job.out, w.dh, f, d, m, false, vec.NoLeast)
	vec.Gate(w.dz, w.r, f, m)
	vec.Outer(w.in, w.dz, w.hat, f, d+1, m)
	vec.Product(w.a, job.in, w.dz, d, f, m, false, vec.NoLeast)
	vec.NormBackward(w.dh, w.a, w.uz, w.hat, w.rstd, d, m)
	vec.Outer(w.totals[baseTotal*vec.Lanes():], w.hat.Down(d), w.dh, 1, d, m)
	if job.wide[a] {
		w.attendEachBackward(job, a, items, n, sums)
	} else {
		vec.Outer(w.table, items, w.a, c, d+1, m)
	}
}

// mark notes which sequences have an item that is wrong, and returns the
// number of tokens.
func (w *countWorker) mark(number, weight []float32) float64 {
	tokens := float32(0) // exact: below 2^24, since a count is below 2^16
	right := w.right[:len(number)]
	weight = weight[:len(number)]
	for i, v := range number {
		tokens += weight[i]
		w.allRight[math.Float32bits(v)] &= math.Float32bits(right[i])
	}
	return float64(tokens)
}

// markBits is mark of the bits that vec.MajorityItems writes.
func (w *countWorker) markBits(number []float32) {
	for i := 0; i < len(number); i += 16 {
		wrong := uint32(^w.rightBits[i/16]) & (1<<min(16, len(number)-i) - 1)
		for ; wrong != 0; wrong &= wrong - 1 {
			w.allRight[math.Float32bits(number[i+bits.TrailingZeros32(wrong)])] = 0
		}
	}
}

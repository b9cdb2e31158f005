package nn

import "keyhull/norm"

// CrossEntropyForward returns the mean of −log softmax(logits)[label] over the
// rows. NaN if there are none.
//
//	probs  (n,classes) written: softmax(logits); may be logits
//	logits (n,classes)
//	labels (n)         in [0,classes)
func CrossEntropyForward[T norm.Float](probs, logits []T, labels []int, classes int) (loss float64) {
	n := len(labels)
	need("probs", probs, n, classes)
	need("logits", logits, n, classes)
	x := make([]float64, classes)
	for i, label := range labels {
		for c, v := range row(logits, i, classes) {
			x[c] = float64(v)
		}
		loss += softmax(row(probs, i, classes), x) - x[label]
	}
	return loss / float64(n)
}

// CrossEntropyBackward needs probs and labels as in the forward call.
//
//	dlogits (n,classes) written; may be probs
//	probs   (n,classes)
//	labels  (n)
func CrossEntropyBackward[T norm.Float](dlogits, probs []T, labels []int, classes int) {
	n := len(labels)
	need("dlogits", dlogits, n, classes)
	need("probs", probs, n, classes)
	for i, label := range labels {
		d := row(dlogits, i, classes)
		for c, p := range row(probs, i, classes) {
			g := float64(p)
			if c == label {
				g--
			}
			d[c] = T(g / float64(n))
		}
	}
}

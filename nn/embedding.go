package nn

import "keyhull/norm"

// EmbeddingForward looks rows up.
//
//	out   (n,d) = table[ids]
//	table (any,d)
//	ids   (n)
func EmbeddingForward[T norm.Float](out, table []T, ids []int, d int) {
	need("out", out, len(ids), d)
	for i, id := range ids {
		copy(row(out, i, d), row(table, id, d))
	}
}

// EmbeddingBackward allocates as many float64 as the table has numbers.
//
//	dtable (any,d) added to, or nil
//	dout   (n,d)
//	ids    (n)
func EmbeddingBackward[T norm.Float](dtable, dout []T, ids []int, d int) {
	need("dout", dout, len(ids), d)
	if dtable == nil {
		return
	}
	sums := make([]float64, len(dtable))
	for i, id := range ids {
		for j, v := range row(dout, i, d) {
			sums[id*d+j] += float64(v)
		}
	}
	for i, v := range sums {
		dtable[i] += T(v)
	}
}

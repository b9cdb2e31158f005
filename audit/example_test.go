package audit_test

import (
	"context"
	"fmt"

	"keyhull/audit"
)

// A head of four keys in a plane under a causal mask. The last key is inside the
// triangle of the others: it can never get the most attention.
func ExampleAnalyze() {
	r, err := audit.Analyze(context.Background(), audit.Head{
		N: 4, Width: 2, Keys: []float32{0, 2, 2, -1, -2, -1, 0, 0},
		QueryHeads: 1, Queries: []float32{1, 1, 2, 0, -1, 0, 3, 1},
		Causal: true,
	}, audit.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r)
	fmt.Println("key 3 is", r.Verdicts[3], "in the hull of", len(r.Masks[3]), "keys, unselectable from position", r.Life.Death[3])
	fmt.Println(r.Attained.Pairs, "of", r.Attainable, "pairs attained; the sink is key", r.Sink.Key)
	// Output:
	// 4 keys of width 2: 3 selectable, 0 tied, 0 face, 1 interior
	// key 3 is interior in the hull of 3 keys, unselectable from position 3
	// 4 of 9 pairs attained; the sink is key 1
}

// Three tokens on a line: the one in the middle is never the argmax, unless its
// bias lifts it.
func ExampleVocab() {
	o := audit.Output{N: 3, Dim: 1, Weights: []float32{-1, 0, 1}}
	v, _ := audit.Vocab(context.Background(), o, audit.VocabOptions{})
	fmt.Println(v.Verdicts)
	o.Bias = []float32{0, 1, 0}
	v, _ = audit.Vocab(context.Background(), o, audit.VocabOptions{})
	fmt.Println(v.Verdicts)
	// Output:
	// [selectable interior selectable]
	// [selectable selectable selectable]
}

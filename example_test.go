package keyhull_test

import (
	"context"
	"fmt"

	"keyhull"
)

// Five keys in the plane: the corners of a square and its centre.
func ExampleDecide() {
	data := []float64{-1, -1, 1, -1, -1, 1, 1, 1, 0, 0}
	res, err := keyhull.Decide(context.Background(), keyhull.Float64(data, 2), keyhull.Options{})
	if err != nil {
		panic(err)
	}
	for i, k := range res.Keys {
		fmt.Println(i, k.Verdict, k.Query, k.Bases)
	}
	// Output:
	// 0 selectable [-1 -1] []
	// 1 selectable [1 -1] []
	// 2 selectable [-1 1] []
	// 3 selectable [1 1] []
	// 4 interior [] [[0 3] [1 2]]
}

// How much attention the centre's neighbour can get at all.
func ExampleBestAttention() {
	data := []float64{-1, -1, 1, -1, -1, 1, 1, 1, 0, 0}
	best, err := keyhull.BestAttention(keyhull.Float64(data, 2), 4, 10)
	if err != nil {
		panic(err)
	}
	fmt.Printf("%.3f\n", best.Weight)
	// Output:
	// 0.200
}

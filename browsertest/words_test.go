package browsertest

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/dop251/goja"
)

// TestWeightsShownSumToOne: weights of convex combinations as a reader sees them.
func TestWeightsShownSumToOne(t *testing.T) {
	vm := goja.New()
	if _, err := vm.RunString(script(t, "svg.js", "explore_words.js") + `; const shownWeights = text => JSON.stringify(weightWords(JSON.parse(text)))`); err != nil {
		t.Fatal(err)
	}
	ask, _ := goja.AssertFunction(vm.Get("shownWeights"))
	rng := rand.New(rand.NewPCG(1, 2))
	cases := [][]float64{{1}, {.5, .5}, {1. / 3, 1. / 3, 1. / 3}, {.335, .335, .33}, {.004, .996}, {1e-7, .5, .4999999}, {.99999, .00001}}
	for range 2000 {
		weights, sum := make([]float64, 1+rng.IntN(4)), 0.0
		for i := range weights {
			weights[i] = rng.ExpFloat64()
			sum += weights[i]
		}
		for i := range weights {
			weights[i] /= sum
		}
		cases = append(cases, weights)
	}
	for _, weights := range cases {
		text, _ := json.Marshal(weights)
		said, err := ask(goja.Undefined(), vm.ToValue(string(text)))
		if err != nil {
			t.Fatal(err)
		}
		var words []string
		if err := json.Unmarshal([]byte(said.String()), &words); err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		for i, word := range words {
			shown, err := strconv.ParseFloat(word, 64)
			if weights[i] < 1e-4 { // beside the sum
				continue
			}
			if err != nil || shown <= 0 || math.Abs(shown-weights[i]) > .01 {
				t.Errorf("%v: %s for %g", words, word, weights[i])
			}
			sum += shown
		}
		if math.Abs(sum-1) > 1e-9 {
			t.Errorf("%v of %v: sum %g", words, weights, sum)
		}
	}
}

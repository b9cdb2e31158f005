package experiment

import (
	"fmt"
	"math"

	"keyhull/nn"
)

// Mechanism shows why projection makes uniform attention easy: how trained
// models attend, and how they would with every query turned parallel to 1.
type Mechanism struct {
	Title  string      `json:"title"`
	Models []Attention `json:"models"` // usually without and with projection
}

// Attention is how one model attends, by classes. Attention depends on the
// classes alone, because tokens of a class are equal and have no positions.
// Where it is uniform over the classes it is uniform over the tokens too, and
// its output is the mean of all values: the class counts, which majority needs.
type Attention struct {
	Norm  string `json:"norm"`
	Label string `json:"label"`
	// Weights[a][c] is the weight that a token of class a gives to one of
	// class c in a sequence with one token of each class: softmax over c of
	// q_a·x_c. Rows sum to 1.
	Weights [][]float64 `json:"weights"`
	// Degrees is the angle of each class's query to 1 = [1, …, 1].
	Degrees []float64 `json:"degrees"`
	// Learned is how far each row of Weights is from uniform: their total
	// variation distance Σ_c |w_c − 1/C| / 2, the share of attention that would
	// have to move; from 0 (uniform) to 1 − 1/C (all on one class).
	Learned []float64 `json:"learned"`
	// Parallel is the same distance for the query turned parallel to 1 on its
	// nearer side, with its length kept. After projection every key is
	// orthogonal to 1, so all scores are 0 and the distance is 0 but for
	// rounding, whatever the keys.
	Parallel []float64 `json:"parallel"`
}

// NewAttention computes it from the keys x_c, which are the embeddings after
// the norm, and the queries q_c = W_Kᵀ W_Q x_c / √d that score them: a vector
// of length d for each class.
func NewAttention(norm, label string, keys, queries [][]float64) Attention {
	a := Attention{Norm: norm, Label: label}
	for _, q := range queries {
		row := attend(q, keys)
		a.Weights = append(a.Weights, row)
		a.Degrees = append(a.Degrees, nn.AngleToOnes(q))
		a.Learned = append(a.Learned, toUniform(row))
		a.Parallel = append(a.Parallel, toUniform(attend(turned(q), keys)))
	}
	return a
}

// attend returns the softmax over the keys of their scores under q.
func attend(q []float64, keys [][]float64) []float64 {
	w := make([]float64, len(keys))
	most := math.Inf(-1)
	for c, k := range keys {
		for i := range q {
			w[c] += q[i] * k[i]
		}
		most = max(most, w[c])
	}
	sum := 0.0
	for c := range w {
		w[c] = math.Exp(w[c] - most)
		sum += w[c]
	}
	for c := range w {
		w[c] /= sum
	}
	return w
}

// turned returns the vector of q's length along the line of 1.
func turned(q []float64) []float64 {
	sum := 0.0
	for _, x := range q {
		sum += x
	}
	each := math.Copysign(length(q)/math.Sqrt(float64(len(q))), sum)
	t := make([]float64, len(q))
	for i := range t {
		t[i] = each
	}
	return t
}

// toUniform is the total variation distance of weights to equal ones.
func toUniform(weights []float64) float64 {
	sum := 0.0
	for _, w := range weights {
		sum += math.Abs(w-1/float64(len(weights))) / 2
	}
	return sum
}

// Table has a row for each pair of classes; what belongs to the row's class
// alone is repeated.
func (m *Mechanism) Table() Table {
	t := Table{Header: []string{"norm", "query_class", "key_class", "weight", "query_degrees_to_1", "distance_learned", "distance_parallel_to_1"}}
	for _, a := range m.Models {
		for q, row := range a.Weights {
			for c, w := range row {
				t.add(a.Norm, q, c, w, a.Degrees[q], a.Learned[q], a.Parallel[q])
			}
		}
	}
	return t
}

// Check returns an error if there is nothing to draw, or if sizes differ or a
// number is out of its range.
func (m *Mechanism) Check() error {
	if len(m.Models) == 0 {
		return fmt.Errorf("no model")
	}
	for _, a := range m.Models {
		n := len(a.Weights)
		if n == 0 || len(a.Degrees) != n || len(a.Learned) != n || len(a.Parallel) != n {
			return fmt.Errorf("%s: %d classes, %d angles, %d and %d distances", a.Norm, n, len(a.Degrees), len(a.Learned), len(a.Parallel))
		}
		for q, row := range a.Weights {
			if len(row) != n {
				return fmt.Errorf("%s: class %d has %d weights, want %d", a.Norm, q, len(row), n)
			}
			for _, x := range append([]float64{a.Degrees[q] / 90, a.Learned[q], a.Parallel[q]}, row...) {
				if !(x >= 0 && x <= 1+1e-9) {
					return fmt.Errorf("%s: class %d: %g is no weight, distance or angle", a.Norm, q, x)
				}
			}
		}
	}
	return nil
}

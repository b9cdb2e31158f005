package experiment

import (
	"fmt"
	"math"

	"keyhull/nn"
)

// Scatter holds what attention compares in a model of width 3: a key and a
// query for each class (Fig. 1a and 1b). The classes are numbered from 0.
type Scatter struct {
	Title string `json:"title"`
	Norm  string `json:"norm"` // the norm before attention, as package norm calls it
	// Keys are the embeddings after the norm, x_c.
	Keys [][3]float64 `json:"keys"`
	// Queries are what the keys are scored with: W_Kᵀ W_Q x_c / √3. Figures
	// show their directions.
	Queries [][3]float64 `json:"queries"`
}

// Degrees returns the angle of a class's query to the line of 1 = [1, 1, 1], as
// nn.AngleToOnes.
func (s *Scatter) Degrees(class int) float64 { return nn.AngleToOnes(s.Queries[class][:]) }

// Table has a row for each class.
func (s *Scatter) Table() Table {
	t := Table{Header: []string{"class", "key_x1", "key_x2", "key_x3", "query_x1", "query_x2", "query_x3", "query_norm", "query_degrees_to_1"}}
	for c, k := range s.Keys {
		q := s.Queries[c]
		t.add(c, k[0], k[1], k[2], q[0], q[1], q[2], length(q[:]), s.Degrees(c))
	}
	return t
}

// Check returns an error if the scatter cannot be drawn.
func (s *Scatter) Check() error {
	if len(s.Keys) != len(s.Queries) || len(s.Keys) == 0 {
		return fmt.Errorf("%d keys with %d queries", len(s.Keys), len(s.Queries))
	}
	for c := range s.Keys {
		for k := range 3 {
			if err := drawable(s.Keys[c][k]+s.Queries[c][k], false); err != nil {
				return fmt.Errorf("class %d: %w", c, err)
			}
		}
	}
	return nil
}

// length is the Euclidean norm.
func length(v []float64) float64 {
	sum := 0.0
	for _, x := range v {
		sum += x * x
	}
	return math.Sqrt(sum)
}

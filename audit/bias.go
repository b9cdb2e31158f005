package audit

import (
	"context"
	"math"

	"keyhull"
)

// withBias decides tokens with their biases, for any h.
//
// A token that some h selects without bias is selected with it by t·h for t large
// enough: w_i·h leads by some margin, which t makes larger than all differences
// of biases. That leaves the others, S. Lift the rows to (w_j, b_j). Token i is
// selected by h iff the query (h, 1), or any (t·h, t) with t > 0, selects its
// lifted row. A query that selects it among all lifted rows may have t ≤ 0. So
// to the lifted rows are added, for all m in S, rows (w_m, b) with a b < b_m.
// Then:
//
//   - A query (g, t) that selects row i of S among all these scores it above
//     (w_i, b): t·(b_i − b) > 0, so t > 0, and h = g/t selects token i.
//   - If none does, row i is a convex combination of other rows: of lifted rows
//     j ≠ i and of added rows. Put (w_m, b_m) for each added row (w_m, b): that
//     only raises the last coordinate. So (w_i, b_i + μ) = Σ λ_j (w_j, b_j) for some
//     μ ≥ 0, where λ_i < 1 (else row i would be the added one). Taking the
//     part of i away and dividing by 1 − λ_i, it is Σ over j ≠ i: for each h some other
//     token scores as high as i.
func (o *Output) withBias(ctx context.Context, v *VocabResult, opt VocabOptions) error {
	l := &Lifted{}
	for i, verdict := range v.Verdicts {
		if verdict != keyhull.Selectable {
			l.Of = append(l.Of, i)
		}
	}
	if len(l.Of) == 0 {
		return nil
	}
	l.Rows = make([]float32, 0, (o.N+len(l.Of))*(o.Dim+1))
	for i := range o.N {
		l.Rows = append(append(l.Rows, o.row(i)...), o.Bias[i])
	}
	floor := o.floor()
	for _, i := range l.Of {
		l.Rows = append(append(l.Rows, o.row(i)...), floor)
	}
	r, err := keyhull.Decide(ctx, keyhull.Float32(l.Rows, o.Dim+1), opt.decision("rows with bias"))
	if err != nil {
		return err
	}
	l.Result, v.Lifted = r, l
	for _, i := range l.Of {
		v.Verdicts[i] = r.Keys[i].Verdict
	}
	return nil
}

func (o *Output) row(i int) []float32 { return o.Weights[i*o.Dim : (i+1)*o.Dim] }

// floor is a number below all biases, by about as much as they are apart.
func (o *Output) floor() float32 {
	least, most := o.Bias[0], o.Bias[0]
	for _, b := range o.Bias {
		least, most = min(least, b), max(most, b)
	}
	floor := float64(least) - max(float64(most)-float64(least), 1e-3)
	f := float32(max(floor, -math.MaxFloat32))
	if f >= least {
		f = math.Nextafter32(least, float32(math.Inf(-1)))
	}
	return f
}

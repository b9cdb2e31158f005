// Package nn holds models as pairs of forward and backward functions on flat
// buffers, with the optimizer that trains them. There is no autograd; shapes
// stand in comments as (rows,columns).
//
// The layers follow package norm. The caller provides every buffer, also those
// that forward saves for backward. Forward writes out; backward writes the
// gradients of inputs (dx) and adds to those of parameters (dw, db), so that
// they accumulate over calls; nil stands for a gradient that is not wanted.
// Buffers do not overlap unless a function says so. Sums are taken in float64,
// in a fixed order, whatever the type of the buffers. A wrong length panics.
//
// Models of others are only run: [LoadModel] recognizes the family of a
// checkpoint, and [Model.Run] takes a text through it to the keys and queries of
// each head, in float32 with the products of large matrices that package vec
// has.
package nn

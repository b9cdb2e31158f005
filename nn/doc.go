// Package nn holds models as pairs of forward and backward functions on flat
// buffers, with the optimizer that trains them. There is no autograd; shapes
// stand in comments as (rows,columns).
package nn

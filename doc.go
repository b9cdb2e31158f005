// Package keyhull decides which attention keys can never receive the highest
// attention, and proves each answer.
//
// A query q scores key k_i by q·k_i. Some query gives a key the strictly
// highest score exactly when the key is a vertex of the convex hull of all
// keys and no other key equals it. Decide says for every key which case it is
// in ([Verdict]) and returns a certificate that the package keyhull/cert
// checks in exact rational arithmetic, sharing no code with the solver:
//
//	res, err := keyhull.Decide(ctx, keyhull.Float32(data, dim), keyhull.Options{})
//	fmt.Println(res.Counts().Selectable, res.Keys[0].Query)
//
// The package knows vectors, not Transformers. How a normalization changes
// the answer is in package norm and docs/layernorm.md.
package keyhull

// Package audit says of the heads of a model, and of its output layer, which
// keys can win, which do, and what keeps the others from it.
//
// A [Head] is plain numbers: the keys that a head scores, the actual queries,
// the mask, and, where it is known, the map from normalized states to queries.
// [Analyze] decides every key with proof (package keyhull) and adds what a
// Transformer does with them: for how long a key can be selected under the
// mask, what attention it got, what it could get, whether a query that the
// model can make selects it. [Each] does so for many heads. [Vocab] asks the
// same of the rows of an output layer: which tokens can never be the argmax.
//
// Keys and queries are taken as they are scored: after bias, QK-norm and RoPE.
// With RoPE all keys and queries stand in one frame, each turned by its own
// position; turning all queries alike changes no verdict, since the verdict on
// a key is about all directions.
package audit

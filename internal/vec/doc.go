// Package vec holds the inner loops of the solver: scans of many points for
// the two largest scores of a linear function, the blocked product of many
// queries with many points, the few operations on small dense matrices that a
// simplex walk needs, and for training products of small matrices with many
// items side by side ([Rows]), and what language models need beside them: softmax
// over a vocabulary, causal attention, normalization, GELU and dropout. For models
// that are only run there are products of large matrices ([MatMul]). It knows no
// policy: what a score means, and how much of it may be believed, is the
// caller's business.
//
// # Levels
//
// Each loop exists as plain Go and, on amd64, as AVX2+FMA and as AVX-512
// assembler written by the generator in the folder asm. The best level the
// processor offers is chosen when the program starts; the environment variable
// KEYHULL_CPU (avx512, avx2 or generic) forces a lower one. See [Level].
//
// # Error bounds
//
// With u = 2^-24 and η = 2^-149 for float32, u = 2^-53 and η = 2^-1074 for
// float64, every score, product or dot product of n terms, on every level,
// obeys, unless it overflows,
//
//	|computed − exact| ≤ (n+2)·(u·Σ|q_c·x_c| + η)
//
// where n is Dim, ld or the length of the vectors, and "exact" means the exact
// value for the operands as stored (so after the rounding of [Panels.Append]
// to float32). The constant covers any order of summation with rounded or with
// fused products (Jeannerod and Rump, "Improved error bounds for inner products
// in floating-point arithmetic", SIAM J. Matrix Anal. Appl. 34, 2013); η covers
// products that underflow. Callers who keep their numbers near 1 may drop η.
//
// # Determinism
//
// A result depends on the operands and on the level, never on how queries are
// grouped, on alignment or on workers: the score of a query and a point is one
// chain of additions in the order of the coordinates. The AVX2 and AVX-512
// levels fuse every product and give the same scores bit for bit; the generic
// level may differ from them in the last bits, and between architectures.
//
// [MatMul] too takes one chain of additions a number; AVX2 and AVX-512 agree.
// Kernels on [Rows] give the same bits on one level, and differ in the last ones
// between levels: in the order of sums, and in which products are fused.
//
// All functions may run concurrently as long as no operand that one of them
// writes is used by another.
package vec

//go:generate go -C asm run . -level avx2 -out ../avx2_amd64.s -stubs ../avx2_amd64.go -pkg vec
//go:generate go -C asm run . -level avx512 -out ../avx512_amd64.s -stubs ../avx512_amd64.go -pkg vec

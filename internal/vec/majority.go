package vec

import "fmt"

// MajorityChunk is how many items MajorityItems takes at a time.
const MajorityChunk = 192

const majorityLd = 208 // NewRows of MajorityChunk columns; the kernel knows it

// MajorityItem is what items of one class share on their way through the
// majority model of 8 dimensions and 8 hidden numbers. Matrices are given
// column after column.
type MajorityItem struct {
	// Net holds, for the way back and for the way there, the first matrix (8,8)
	// and (8,9), whose last column are the biases, then the second (8,8) and (8,9).
	Net       []float32
	Table     []float32 // (classes,9)
	Base      []float32 // (8)
	Emb, Emb2 []float32 // (classes,8); the same times log2(e)
	Classes   int
	Backward  bool
	Sums      []float32 // (11,Lanes), added to: loss, weight of the items that are right, weight; gradient of Base
}

// HasMajorityItems reports whether this level has MajorityItems.
func HasMajorityItems() bool { return active == avx512 }

// MajorityItems takes n items of one class, columns of items (classes+3,n) of
// counts, label as the bits of an int32, a row it does not read, and weight,
// forward and back at once: what Product, NormForward, CrossEntropy, Gate and
// NormBackward do in stages, which are its plain twin. Bit l of right[v] says
// whether item 16v+l is right. work has MajorityChunk columns; its rows are, in
// order,
//
//	hat     (8) normalized h, then a row of ones that the caller wrote
//	hidden  (8) numbers of the network, then a row of ones likewise
//	out     (8) what the logits are taken of
//	dOut    (8) its gradient
//	dHidden (8) gradient of the network's numbers before their maximum with 0
//	back    (9) gradient of N and Z
//	logits  (classes) their gradient
//
// Without Backward, the gradients are not written. It panics on a wrong shape,
// or a level that lacks it.
func MajorityItems(work, items Rows, m *MajorityItem, right []uint16, n int) {
	needMultiple(n, 16)
	if n == 0 {
		return
	}
	work.need(51+m.Classes, n)
	items.need(m.Classes+3, n)
	if !HasMajorityItems() || work.Ld != majorityLd {
		panic(fmt.Sprintf("vec: MajorityItems with kernels %s on rows of %d numbers", active, work.Ld))
	}
	for _, need := range []struct {
		of   []float32
		size int
	}{{m.Net, 272}, {m.Table, 9 * m.Classes}, {m.Base, 8}, {m.Emb, 8 * m.Classes}, {m.Emb2, 8 * m.Classes}, {m.Sums, 11 * 16}} {
		_ = need.of[:need.size]
	}
	_ = right[:n/16]
	majorityItems(work, items, m, right, n)
}

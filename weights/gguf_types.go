package weights

// ggufType is how many numbers make a block, and how many bytes it takes.
type ggufType struct {
	dtype          DType
	numbers, bytes int
}

// superblock is the count of numbers in a block of the K types.
const superblock = 256

// ggufTypes are the number types of ggml by their code. Those that are not
// read are here for the layout of a file.
var ggufTypes = map[uint32]ggufType{
	0: {Float32, 1, 4}, 1: {Float16, 1, 2}, 28: {Float64, 1, 8}, 30: {BFloat16, 1, 2},
	24: {Int8, 1, 1}, 25: {Int16, 1, 2}, 26: {Int32, 1, 4}, 27: {Int64, 1, 8},
	2: {"Q4_0", 32, 18}, 3: {"Q4_1", 32, 20}, 6: {"Q5_0", 32, 22}, 7: {"Q5_1", 32, 24},
	8: {"Q8_0", 32, 34}, 9: {"Q8_1", 32, 40},
	10: {"Q2_K", superblock, 84}, 11: {"Q3_K", superblock, 110}, 12: {"Q4_K", superblock, 144},
	13: {"Q5_K", superblock, 176}, 14: {"Q6_K", superblock, 210}, 15: {"Q8_K", superblock, 292},
	16: {"IQ2_XXS", superblock, 66}, 17: {"IQ2_XS", superblock, 74}, 18: {"IQ3_XXS", superblock, 98},
	19: {"IQ1_S", superblock, 50}, 20: {"IQ4_NL", 32, 18}, 21: {"IQ3_S", superblock, 110},
	22: {"IQ2_S", superblock, 82}, 23: {"IQ4_XS", superblock, 136}, 29: {"IQ1_M", superblock, 56},
	34: {"TQ1_0", superblock, 54}, 35: {"TQ2_0", superblock, 66}, 39: {"MXFP4", 32, 17},
	40: {"NVFP4", 64, 36}, 41: {"Q1_0", 128, 18},
}

// blockTypes are those whose numbers come in blocks and are read.
var blockTypes = map[DType]func(block []byte, dst []float32){
	"Q4_0": q4_0, "Q4_1": q4_1, "Q5_0": q5_0, "Q5_1": q5_1, "Q8_0": q8_0,
	"Q2_K": q2_K, "Q3_K": q3_K, "Q4_K": q4_K, "Q5_K": q5_K, "Q6_K": q6_K,
}

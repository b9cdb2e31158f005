package norm

// queryKeyFacts are those of QK-norm, which acts in each head after W_K, so
// that what a head sees is what was normalized.
func queryKeyFacts() []Fact {
	qk := []Kind{QKNorm}
	return []Fact{
		{"sphere-per-head", qk, Keeps,
			"In each head all keys have the same norm, so every key that differs from the others is a vertex, whatever " +
				"W_K is.",
			[]string{"eps is 0", "no gain, or a gain without zeros; under RoPE also of one size within each rotated pair",
				"no bias under RoPE", "each head is normalized by itself"},
			"TestFactHeadSphere"},
		{"rope", qk, Keeps,
			"RoPE rotates each key by its position, which keeps its norm: the keys stay on the sphere.",
			[]string{"eps is 0", "no gain, no bias"}, "TestFactRoPE"},
		{"rope-paired-gain", qk, Keeps,
			"A gain of one size within each rotated pair keeps the keys on an ellipsoid that the rotations keep.",
			[]string{"eps is 0", "|gain| is equal within each rotated pair, and not 0", "no bias"}, "TestFactRoPEGain"},
		{"rope-unpaired-gain", qk, Breaks,
			"A gain that differs within a rotated pair gives keys different lengths in that pair, and RoPE turns the " +
				"long ones around the short ones.",
			[]string{"RoPE after the norm", "|gain| differs within a rotated pair"}, "TestFactRoPEGain"},
		{"rope-bias", qk, Breaks,
			"A bias gives keys different lengths, and RoPE turns the long ones around the short ones. Without RoPE it " +
				"only moves them all.",
			[]string{"RoPE after the norm", "a bias in a rotated pair"}, "TestFactRoPEBias"},
		{"whole-row", qk, Breaks,
			"One norm over all heads at once fixes the norm of the row, not of a head's part of it: keys can lie " +
				"inside in every head.",
			[]string{"the norm is over all heads", "two heads or more"}, "TestFactWholeRow"},
		{"rope-unties", qk, Ties,
			"Equal keys at different positions are tied before RoPE and differ after it, so each becomes selectable.",
			[]string{"eps is 0", "no gain, no bias", "the rotation between the positions moves the key"}, "TestFactRoPEUnties"},
		{"rope-uniform", qk, Breaks,
			"LayerNorm in a head leaves the query 1 that ties all keys; RoPE after it takes that away.",
			[]string{"RoPE after the norm", "the keys span the head's width after it"}, "TestFactRoPEUniform"},
		{"qk-eps", qk, Breaks,
			"As eps above, in each head; a head is narrow, so its keys are closer together and need less of it.",
			[]string{"eps > 0", "keys of different mean square in the head"}, "TestFactEps"},
	}
}

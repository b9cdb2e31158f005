package norm

// onSphere are the normalizations that put every key on one sphere about 0.
var onSphere = []Kind{Scale, ScalePublished, RMSNorm, LayerNorm}

func sphereFacts() []Fact {
	return []Fact{
		{"sphere", onSphere, Keeps,
			"All keys have the same norm, so each is the strict maximum of the query that equals it: k·k > k·k' " +
				"for every other k' of that norm.",
			[]string{"eps is 0", "no gain, or a gain without zeros (layernorm: at most one zero)",
				"before W_K, or through a W_K that loses no direction (head-layernorm, head-scale)"},
			"TestFactSphere"},
		{"gain", []Kind{LayerNorm, RMSNorm}, Keeps,
			"A gain stretches the sphere to an ellipsoid and a bias moves it; the query q/gain selects what q did before.",
			[]string{"eps is 0", "no gain is 0"}, "TestFactGain"},
		{"one-zero-gain", []Kind{LayerNorm}, Keeps,
			"One zero gain loses nothing: the coordinates of a projected key sum to 0, so the others determine it.",
			[]string{"eps is 0", "exactly one gain is 0"}, "TestFactZeroGains"},
		{"two-zero-gains", []Kind{LayerNorm}, Breaks,
			"Two zero gains flatten the sphere to a filled ellipsoid: keys can lie inside.",
			[]string{"two gains or more are 0", "d ≥ 3"}, "TestFactZeroGains"},
		{"zero-gain", []Kind{RMSNorm}, Breaks,
			"One zero gain flattens the sphere to a filled ellipsoid: keys can lie inside.",
			[]string{"a gain is 0", "d ≥ 2"}, "TestFactZeroGains"},
		{"eps", onSphere, Breaks,
			"eps shortens a key of mean square (layernorm: variance) v to √(v/(v+eps)) of the sphere's radius, " +
				"small v the most: a key can come to lie inside the others.",
			[]string{"eps > 0", "keys of different v"}, "TestFactEps"},
		{"eps-apart", onSphere, Partly,
			"Key i stays a vertex if cos θ < √(v_i(v_j+eps) / (v_j(v_i+eps))) for its angle θ to every key j of larger v; " +
				"about θ > √(eps·(1/v_i − 1/v_j)) radians.",
			[]string{"eps > 0", "v_i > 0"}, "TestFactEpsApart"},
		{"eps-largest", onSphere, Partly,
			"The keys of the largest v are vertices (tied if equal); so are all, if all have the same v.",
			[]string{"eps > 0"}, "TestFactEpsApart"},
		{"rounding", onSphere, Breaks,
			"A factor rounded to float64 moves keys off the sphere by up to 2^-53 of its radius. Keys more than 2^-25 " +
				"radians apart stay vertices (values rounded to float32: 2^-10); nearer ones can hide each other, and " +
				"keys that should be equal can come out different.",
			[]string{"two keys less than 2^-25 radians apart (float32: 2^-10)"}, "TestFactRounding"},
	}
}

func headFacts() []Fact {
	return []Fact{
		{"head-layernorm", []Kind{LayerNorm}, Keeps,
			"A head whose W_K·diag(gain) loses no direction of the hyperplane x·1 = 0 sees an ellipsoid's surface. " +
				"A head one narrower than the model (d−1) can do that.",
			[]string{"eps is 0", "W_K·diag(gain) has no kernel in the hyperplane x·1 = 0 (so its width is d−1 or more)"},
			"TestFactHeads"},
		{"head-scale", []Kind{Scale, ScalePublished, RMSNorm}, Keeps,
			"A head whose W_K·diag(gain) loses no direction sees an ellipsoid's surface.",
			[]string{"eps is 0", "W_K·diag(gain) has rank d (so its width is d or more)"}, "TestFactHeads"},
		{"narrow-head", onSphere, Breaks,
			"The image of a sphere under a linear map that loses a direction is a filled ellipsoid: keys can lie " +
				"inside. Heads of width d/2 or less always do this (layernorm: if d > 2).",
			[]string{"W_K·diag(gain) loses a direction (layernorm: of the hyperplane x·1 = 0, and d > 2)"}, "TestFactHeads"},
	}
}

func planeFacts() []Fact {
	return []Fact{
		{"rays", []Kind{Scale, ScalePublished, RMSNorm}, Ties,
			"Keys x and a·x with a > 0 become one point.", []string{"eps is 0"}, "TestFactRays"},
		{"half-planes", []Kind{LayerNorm}, Ties,
			"Keys x and a·x + b·1 with a > 0 become one point.", []string{"eps is 0"}, "TestFactRays"},
		{"two-points", []Kind{LayerNorm}, Ties,
			"Every plane that holds the line of 1, that is all a·1 + b·v, becomes two opposite points, one for b > 0 " +
				"and one for b < 0 (Fig. 5 of the paper).",
			[]string{"eps is 0", "v is no multiple of 1", "b is not 0"}, "TestFactTwoPoints"},
		{"uniform", []Kind{Project, LayerNorm}, Ties,
			"The query 1 (with gain: 1/gain, or the axis of a zero gain) scores every key the same, whatever the keys " +
				"are: uniform attention.",
			[]string{"before W_K"}, "TestFactUniform"},
		{"not-uniform", []Kind{None, Scale, ScalePublished, RMSNorm, DyT}, Breaks,
			"Without projection only the zero query ties all keys in general.",
			[]string{"the keys span all d dimensions"}, "TestFactUniform"},
	}
}

func otherFacts() []Fact {
	return []Fact{
		{"no-promise", []Kind{None, Project, DyT}, Breaks,
			"Nothing: the centre of a square stays the centre of a square.", nil, "TestFactNoPromise"},
		{"linear", []Kind{Project}, Partly,
			"A linear map never rescues a key: what some query selects after it, some query selected before. It can " +
				"bury keys.",
			nil, "TestFactLinear"},
		{"bends", []Kind{DyT}, Breaks,
			"DyT can bury a key that was a vertex, and rescue one that was hidden.", nil, "TestFactDyTBends"},
		{"winners", []Kind{DyT}, Partly,
			"The key that alone is largest (or smallest) in a coordinate stays so, smallest and largest exchanged if " +
				"alpha·gain < 0: it stays a vertex.",
			[]string{"alpha and that gain are not 0", "tanh does not round two values to one"}, "TestFactDyTWinners"},
		{"corners", []Kind{DyT}, Partly,
			"A key saturated in every coordinate sits on a corner of the box bias ± gain, which holds all keys: it is " +
				"a vertex, tied with all keys on that corner.",
			[]string{"|alpha·x| so large that tanh rounds to 1: from about 19.1 in float64, 9.02 in float32",
				"no gain is 0"}, "TestFactDyTCorners"},
	}
}

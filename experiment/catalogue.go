package experiment

import "slices"

// Artifact is a figure or table of the paper, or a control of ours.
type Artifact struct {
	Name  string
	Title string
	Claim string // what it is meant to show
	// Paper holds the paper's numbers; nil where it gives none. Says is the
	// same for people.
	Paper object
	Says  string
	// Caption explains the figure to a newcomer.
	Caption string
	// Control names the artifact that holds fixed what the claim's comparison
	// changes besides; "" if there is none.
	Control string
	Ours    bool // a question of ours, and no claim of the paper
	LM      bool // it takes trained GPT-2s, which can take days
	New     func(Plan) Experiment
}

// Find returns the artifact of that name.
func Find(name string) (Artifact, bool) {
	i := slices.IndexFunc(Catalogue, func(a Artifact) bool { return a.Name == name })
	if i < 0 {
		return Artifact{}, false
	}
	return Catalogue[i], true
}

// Variants names for people the variants that curves of the artifact have, by
// norm.
func (a Artifact) Variants() map[string]string {
	names := map[string]string{}
	for _, v := range variants {
		names[string(v.norm)] = v.label
	}
	for _, v := range lmVariants {
		if a.LM {
			names[string(v.norm)] = v.label
		}
	}
	return names
}

// Catalogue lists everything in the order of the paper, then the controls.
var Catalogue = []Artifact{
	{Name: "fig1a", Title: "Majority without projection: keys and queries", New: fig1(false),
		Claim: "without projection the queries keep their own directions",
		Paper: object{"lined_up": false},
		Says:  "a scatter of 10 classes in 3 dimensions, no numbers",
		Caption: "A model of width 3 has learned to say which of 10 classes a sequence of 30 tokens holds most of. Points are the keys of the classes, arrows the directions of their queries (W_Kᵀ·W_Q·key). " +
			"The norm before attention scales keys but does not project them: the queries point wherever the keys ask for."},
	{Name: "fig1b", Control: "fig1a", Title: "Majority with projection: keys and queries", New: fig1(true),
		Claim: "with projection the queries line up with 1 = [1, …, 1]",
		Paper: object{"lined_up": true},
		Says:  "the queries are parallel to 1, no numbers",
		Caption: "The same with LayerNorm, which projects: all keys lie in the plane orthogonal to 1 = [1, 1, 1]. A query parallel to 1 scores them all the same, so that attention is uniform and " +
			"its output is the mean of the values, which is what counting needs. The learned queries turn towards that line."},
	{Name: "fig1c", Title: "Unselectable keys without LayerNorm", New: heatmap("none"),
		Claim: "without LayerNorm sets of random keys hold unselectable ones, the more often the more keys and the fewer dimensions",
		Paper: object{"dims": [2]int{3, 15}, "keys": [2]int{3, 60}, "runs": 100},
		Says:  "a heatmap of 13 × 58 cells of 100 runs, no numbers",
		Caption: "Each cell stands for 100 sets of n keys with d independent N(0, 1) coordinates. Its colour is the share of sets " +
			"that hold an unselectable key: one in the convex hull of the others, so that whatever the query, " +
			"another key scores at least as high. In few dimensions (left) or among many keys (top) nearly every set holds one."},
	{Name: "fig1d", Control: "heads", Title: "Unselectable keys after LayerNorm", New: heatmap("layernorm"),
		Claim: "after LayerNorm every key can be selected",
		Paper: object{"fraction": 0},
		Says:  "0 in every cell",
		Caption: "The same key sets after LayerNorm. All keys then have the same length, so they lie on a sphere, and no point of a sphere is in the hull of others: the query that equals a key scores it highest. " +
			"This is about all d coordinates; what a head sees of them is another matter (heads, below)."},
	{Name: "fig2a", Control: "control-projection", Title: "Majority: training loss with and without projection", New: majorityFigure(fig2a),
		Claim: "projection makes majority faster to learn, in about a third of the steps",
		Caption: "Training loss on the majority task: 20 classes, sequences of 50 tokens, d = 8. Each thin line is a seed, with its own data, initial values and batches; the thick line is their mean, the band its 95 % interval as far as the axis goes. " +
			"Without projection is as published: rows of norm 1/√d, while LayerNorm's have norm √d. What that difference does by itself is in control-projection.",
		Paper: object{"loss_at_5000_with": 0.2, "loss_at_5000_without": 0.42},
		Says:  "loss at 5,000 steps: 0.2 with, 0.42 without"},
	{Name: "fig2b", Title: "Majority: angle of the queries to 1", New: majorityFigure(fig2b),
		Claim:   "only with projection do the queries turn towards 1",
		Caption: "The angle between a token's query and the line of 1 = [1, …, 1], as a mean over the test tokens: 0° is parallel, where projected keys all get the same score; random directions in 8 dimensions are near 74°.",
		Paper:   object{"degrees_at_17000_with": 11, "degrees_at_17000_without": 83},
		Says:    "at 17,000 steps: 11° with, 83° without"},
	{Name: "fig3", Control: "control-projection", Title: "Majority: test accuracy", New: majorityFigure(fig3),
		Claim:   "projection generalizes sooner",
		Caption: "The share of test tokens at which the model names the sequence's majority class, on sequences it was not trained on.",
		Paper:   object{"accuracy_at_5000_with": 0.93, "accuracy_at_5000_without": 0.85},
		Says:    "accuracy at 5,000 steps: 0.93 with, 0.85 without"},
	{Name: "fig4a", Control: "control-scaling", LM: true, Title: "Language model: training loss with and without scaling", New: fig4(fig4a),
		Claim: "scaling lowers the training loss of a small GPT-2",
		Paper: object{"loss_with": 7.28, "loss_without": 7.33},
		Says:  "at 50,000 steps: 7.28 with, 7.33 without",
		Caption: "Training loss of a GPT-2 with 4 layers, 4 heads and d = 8, whose norm before attention is LayerNorm without gain and bias (blue) or only projects (green). " +
			"Right: the end of training at a scale that shows the difference. A thin line is a seed, the thick line their mean, the band its 95 % interval as far as the axis goes. " +
			"Leaving out the scaling also makes keys small, for embeddings begin at N(0, 0.02²): what that does by itself is in control-scaling."},
	{Name: "fig4b", Control: "control-scaling", LM: true, Title: "Language model: test loss with and without scaling", New: fig4(fig4b),
		Claim:   "scaling lowers the test loss of a small GPT-2",
		Paper:   object{"loss_with": 7.33, "loss_without": 7.38},
		Says:    "at 50,000 steps: 7.33 with, 7.38 without",
		Caption: "The same on text that the model was not trained on."},
	{Name: "fig5", Title: "LayerNorm maps a plane to two points",
		New:   func(p Plan) Experiment { return Fig5{Planes: 1000, Points: 60, Seed: p.Seed} },
		Claim: "LayerNorm maps the points of a plane M that contains 1 to exactly two points",
		Paper: object{"images": 2},
		Says:  "two points",
		Caption: "Left: points of a plane M that contains the line of 1 = [1, 1, 1], in two colours for the two sides of that line. " +
			"Right: the same points after LayerNorm. Subtracting the mean moves each point along 1 into the hyperplane orthogonal to it (grey), " +
			"where M leaves one line; scaling brings each point to the circle of norm √3, which that line meets in two points, one for each side."},
	{Name: "table1", Control: "heads-trained", LM: true, Title: "Unselectable keys before attention, SQuAD", New: table1,
		Claim: "without scaling a third to a half of the keys are unselectable; with it none",
		Paper: object{"percent_without": []float64{51.0, 32.2, 34.7, 36.8}, "percent_with": []float64{0, 0, 0, 0}},
		Says:  "layers 1 to 4: 51.0, 32.2, 34.7, 36.8 % without; 0 % with",
		Caption: "The share of the tokens of a text whose key no query can select, in the states just before attention, as a mean over texts with its 95 % interval, cut at 0 and 100 %; of two seeds a bar goes from one to the other. " +
			"Triangles are exact: projected keys span 7 dimensions, and are decided there. Hollow squares take their float32 numbers in all 8 coordinates, as the paper's code does, " +
			"where rounding looks like an eighth dimension and frees keys. " +
			"LayerNorm adds eps = 1e-5 to the variance it divides by, so that its keys are not quite on a sphere: the blue squares leave eps out."},
	{Name: "table2", Control: "heads-trained", LM: true, Title: "Unselectable keys before and after the norm", New: func(p Plan) Experiment { return Table2{p.texts(p.SQuAD)} },
		Claim: "it is the norm before attention that makes every key selectable",
		Paper: object{"percent_before": []float64{44.8, 28.5, 22.3, 26.1}, "percent_after": []float64{0, 0, 0, 0}},
		Says:  "layers 1 to 4: 44.8, 28.5, 22.3, 26.1 % before; 0 % after",
		Caption: "The same model and texts: the states that each layer gets, as they would be if they were the keys, and what its norm makes of them. " +
			"On a sphere no point is in the hull of others; LayerNorm's eps = 1e-5 keeps keys a little off it, which the filled and hollow dots tell apart."},
	{Name: "table3", Control: "heads-trained", LM: true, Title: "Unselectable keys before attention, SST-2", New: table3,
		Claim: "the same holds on SST-2",
		Caption: "Table 1 on film reviews. The paper keeps the samples of 768 to 1,024 tokens; SST-2 has sentences, none of which is that long, " +
			"so here sentences are joined in their order, an end of text between them."},
	{Name: "table4", Title: "BERT without LayerNorm, SST-2", New: func(p Plan) Experiment { return Table4{Source: p.BERT} },
		Claim: "a BERT without LayerNorm has unselectable keys after every layer",
		Caption: "A BERT with 4 layers and d = 8 that classifies film reviews, without its LayerNorms (grey), and as a control with them (blue): the share of keys that no query can select, at the embeddings and after each layer. " +
			"Filled: the keys of one sentence, which is all that attention sees. Hollow: the same keys among those of the sentences that follow, as many as the texts of Table 1 have. " +
			"A sentence has few keys for 8 dimensions, so few are hidden."},
	{Name: "control-projection", Ours: true, Title: "Projection with scale held fixed", New: controlProjection,
		Claim: "it is projection that makes majority faster to learn, not the scale of the norm",
		Paper: object{"faster": 3},
		Says:  "3 times more steps without; scale not held fixed",
		Caption: "The published comparison changes two things at once: LayerNorm projects and makes rows d times longer. Here each is changed alone: colour is the scale of the norm, dashes are without projection; " +
			"a grey line has no norm. Beside the curves: the first step at which each seed's training loss is at most 0.3."},
	{Name: "mechanism", Ours: true, Title: "Why projection makes uniform attention easy", New: mechanismView,
		Claim:   "with projection a query parallel to 1 attends uniformly, whatever the keys; without it does not",
		Paper:   object{"distance_parallel_with": 0},
		Says:    "equal scores for all keys, a proof",
		Caption: "How the trained models of Fig. 2 attend between classes, the angles of their queries to 1, and how far each class is from attending uniformly (total variation): with its learned query, and with that query turned parallel to 1."},
	{Name: "control-scaling", Ours: true, LM: true, Title: "Scaling with magnitude held fixed", New: func(p Plan) Experiment { return ControlScaling{p.LM} },
		Claim: "the effect of scaling on the language model is not one of magnitude",
		Says:  "7.33 with scaling, 7.38 without; magnitude not held fixed",
		Paper: object{"loss_with": 7.33, "loss_without": 7.38},
		Caption: "Projection alone leaves keys as small as embeddings are, and LayerNorm makes them large. Two controls make them large without scaling each by its own norm: projection times one constant, " +
			"and times one scalar for each layer that is learned. Below: the share of keys that is unselectable in each layer after training. One factor for all keys changes no hull, so the controls keep what is hidden."},
	{Name: "heads", Ours: true, Title: "What a head sees after LayerNorm", New: heads,
		Claim: "what LayerNorm makes selectable stays so for a head, which sees the keys through its W_K",
		Paper: object{"unselectable_fraction": 0},
		Says:  "0 %, before W_K; heads are not looked at",
		Caption: "Attention does not score the keys after LayerNorm, but what a head's W_K makes of them in fewer dimensions. " +
			"Here N(0, 1) keys go through LayerNorm in d dimensions, then through a random W_K to a head of width w. " +
			"Left: the share of 100 key sets that hold an unselectable key. Right: the share of keys that are unselectable, a line for each " +
			"width, with the 95 % interval of the mean over seeds as a band, which ends at 0 and 100 %. LayerNorm's guarantee ends at w = d − 1, the dimension of its hyperplane: " +
			"a narrower head sees the sphere as a filled ellipsoid, and keys fall inside, the more of them the narrower it is. The paper's models have d = 8 and w = 2."},
	{Name: "heads-trained", Ours: true, LM: true, Title: "What the heads of a trained model see", New: func(p Plan) Experiment { return HeadsTrained{p.texts(p.SQuAD)} },
		Claim: "with scaling every key can be selected, where attention scores it too",
		Paper: object{"unselectable_fraction": 0},
		Says:  "0 %, before W_K; heads and the causal mask are not looked at",
		Caption: "The models of Table 1 on the same texts, looked at where attention scores keys: after each head's W_K, in 2 dimensions. Left: the share of keys that no query can select among all keys of the text. " +
			"Middle: with the causal mask, of all pairs of a query and a key that it sees, the share in which the key is hidden by others that the query sees. " +
			"Right: the share of keys that a query so many positions later can still select; lines are means over a layer's heads, bands reach from the least head to the most."},
	{Name: "rounding", Ours: true, Title: "Projected keys, read ambient and affine", New: rounding,
		Claim: "projected keys can be counted on their float32 values in all d coordinates, as the paper did",
		Paper: object{"percent_without": []float64{51.0, 32.2, 34.7, 36.8}},
		Says:  "Table 1's row without scaling was counted so",
		Caption: "Projected keys span d − 1 dimensions. Rounded to float32 they stick out of those by about one part in ten million, and a " +
			"search in all d coordinates takes that for a further dimension: keys that are hidden appear selectable, by queries " +
			"that do nothing but tell rounding errors apart. Solid (affine): exact, in the hyperplane. Dashed (ambient): float32 numbers in all d coordinates. " +
			"Bands: 95 % interval of the mean over seeds, ending at 0 and 100 %. In d = 16 so few keys are nearly all selectable either way."},
}

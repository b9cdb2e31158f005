package experiment

// Plan is what a user chooses for all artifacts together.
type Plan struct {
	Full  bool   // all widths and sizes, not only the paper's
	Seeds int    // of the artifacts that average over seeds; 0 for the preset's
	Seed  uint64 // from which every other follows

	// Of the language models: the steps they are trained, and the norms before
	// attention that are trained at all; 0 and nil for the preset's.
	LMSteps int
	LMNorms []string

	// Where language models and texts come from; nil where there are none.
	LM    LMSource
	SQuAD TextSource // contexts of 768 to 1024 tokens
	SST2  TextSource // sentences, joined to the same lengths
	BERT  BertSource // trained on sentences of SST-2
}

func (p Plan) seeds() int {
	switch {
	case p.Seeds > 0:
		return p.Seeds
	case p.Full:
		return 30
	}
	return 10
}

func heatmap(norm string) func(Plan) Experiment {
	return func(p Plan) Experiment {
		return Heatmap{Dims: [2]int{3, 15}, Keys: [2]int{3, 60}, Runs: 100, Norm: norm, Init: "normal", Seed: p.Seed}
	}
}

// training is the majority task at the preset's length, without a norm: each
// variant brings its own.
func (p Plan) training() Majority {
	c, n := PaperTraining(""), 3
	if p.Full {
		n = len(paperSeeds)
	} else {
		c.Steps = 5000
	}
	if p.Seeds > 0 {
		n = p.Seeds
	}
	return Majority{c, MajoritySeeds(n, p.Seed-1)}
}

func fig1(projection bool) func(Plan) Experiment {
	return func(p Plan) Experiment {
		c := fig1Training()
		if !p.Full {
			c.Steps = 3000
		}
		return Fig1{Majority{c, p.training().Seeds}, projection}
	}
}

func majorityFigure(q quantity) func(Plan) Experiment {
	return func(p Plan) Experiment { return MajorityFigure{p.training(), q} }
}

func fig4(q quantity) func(Plan) Experiment {
	return func(p Plan) Experiment { return Fig4{p.LM, q} }
}

// texts are the language models on so many texts as the preset takes.
func (p Plan) texts(source TextSource) ModelTexts {
	t := ModelTexts{Source: p.LM, Texts: source, Most: 100}
	if p.Full {
		t.Most = 1000
	}
	return t
}

func table1(p Plan) Experiment {
	return Table1{p.texts(p.SQuAD), "Unselectable keys just before attention, SQuAD", [2][]float64{percents(51.0, 32.2, 34.7, 36.8), percents(0, 0, 0, 0)}}
}

func table3(p Plan) Experiment {
	return Table1{ModelTexts: p.texts(p.SST2), Title: "Unselectable keys just before attention, SST-2"}
}

func controlProjection(p Plan) Experiment { return ControlProjection{p.training(), 0.3} }

func mechanismView(p Plan) Experiment { return MechanismView{p.training()} }

func heads(p Plan) Experiment {
	c := Heads{Dims: []int{8}, Keys: []int{4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048},
		Runs: max(100, p.seeds()), Seeds: p.seeds(), Seed: p.Seed}
	if p.Full {
		c.Dims = []int{8, 16, 64}
	}
	return c
}

func rounding(p Plan) Experiment {
	c := Rounding{Dims: []int{4, 8, 16}, Keys: []int{32, 64, 128, 256, 512}, Seeds: p.seeds(), Seed: p.Seed}
	if p.Full {
		c.Dims, c.Keys = []int{4, 6, 8, 12, 16, 32}, append(c.Keys, 1024)
	}
	return c
}

package main

import (
	"cmp"
	"context"
	"path/filepath"

	"keyhull/experiment"
	"keyhull/norm"
	cells "keyhull/run" // run is the command's own main function
)

// plan is what the experiments are made from.
func (r *reproduceCommand) plan() experiment.Plan {
	return experiment.Plan{Full: r.preset == "full", Seeds: r.seeds, Seed: r.seed,
		LMSteps: r.lmSteps, LMNorms: r.lmNorms, LM: r.models, SQuAD: experiment.SQuADTexts(r.data), SST2: experiment.SST2Texts(r.data), BERT: r.berts}
}

// berts gives the BERTs.
func (r *reproduceCommand) berts(ctx context.Context, pool cells.Pool, at norm.Kind) ([]experiment.BertRun, error) {
	if r.sentences == nil {
		r.sentences = experiment.NewSentenceSource(r.plan(), r.data)
		r.sentences.Kernels, r.sentences.Warn = readBuild().CPU, r.warn
	}
	return r.sentences.Runs(ctx, pool, at)
}

// models gives the language models.
func (r *reproduceCommand) models(ctx context.Context, pool cells.Pool, before norm.Kind) ([]experiment.LMRun, error) {
	if r.language == nil {
		source, err := experiment.NewLanguageSource(r.plan(), r.data)
		if err != nil {
			return nil, err
		}
		source.Kernels, source.Warn = readBuild().CPU, r.warn
		r.language = source
	}
	return r.language.Runs(ctx, pool, before)
}

// pool keeps finished parts under the output folder, if there is one.
func (e *env) pool(label, out string, workers int) cells.Pool {
	p := e.cores(workers)
	p.Progress = func(_ string, total int) (func(int), func()) {
		shown := e.progress(label, "parts", total)
		return shown.set, shown.stop
	}
	if out != "" {
		p.Dir = filepath.Join(out, ".cells")
	}
	return p
}

// cores is a pool without a folder.
func (e *env) cores(workers int) cells.Pool {
	return cells.Pool{Workers: cmp.Or(e.workers, workers), Sweep: e.sweep}
}

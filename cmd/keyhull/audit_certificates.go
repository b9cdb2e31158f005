package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"keyhull/audit"
	"keyhull/cert"
	"keyhull/decide"
)

// proofFiles is --certificates, files about the keys of --keys: T/layers.L.json has
// the verdicts on the keys of text T in layer L, a set a head. layers.L.reach.json
// has which of them each query head can select; it stands above the texts where
// the proofs do not depend on any, since the queries have all directions.
type proofFiles struct {
	dir     string // "": none are written
	heads   int    // of keys in a layer
	workers int
	sets    []cert.Set // of the layer at hand
	reach   []cert.Reach
}

func (a *auditCommand) proofFiles(heads int) *proofFiles {
	return &proofFiles{dir: a.certificates, heads: heads, workers: a.workers}
}

// checkCertificates refuses --certificates where it has nothing to be about.
func (a *auditCommand) checkCertificates() error {
	switch {
	case a.certificates == "":
		return usagef("for example --certificates proofs", "--certificates: want the name of a folder")
	case a.keys == "":
		return usagef("give --keys too, for example --keys keys", "--certificates: are about the keys that --keys writes")
	case a.stage != "all" && a.stage != "head":
		return usagef("give --stage head, or leave it", "--certificates: are about the keys of heads, not --stage %s", a.stage)
	case a.heads != "":
		return usagef("choose --layers, or all", "--certificates: are about all heads of a layer, not --heads %s", a.heads)
	}
	return nil
}

// of takes the proofs of the heads of a text, and writes those of a layer when it
// is whole. What was taken is gone from the result.
func (p *proofFiles) of(ctx context.Context, text int) func(layer, head int, r *audit.HeadResult) error {
	return func(layer, head int, r *audit.HeadResult) error {
		p.take(head, r)
		if len(p.sets) < p.heads {
			return nil
		}
		defer func() { p.sets, p.reach = nil, nil }()
		return p.layer(ctx, text, layer)
	}
}

func (p *proofFiles) take(head int, r *audit.HeadResult) {
	r.Certificates.Name = fmt.Sprintf("head %d", head)
	p.sets = append(p.sets, *r.Certificates)
	for _, c := range r.ReachCertificates {
		c.Name, c.Set = fmt.Sprintf("query head %d", len(p.reach)), head
		p.reach = append(p.reach, c)
	}
	r.Certificates, r.ReachCertificates = nil, nil
	for i := range r.Reach {
		r.Reach[i].Proofs = nil
	}
}

func (p *proofFiles) layer(ctx context.Context, text, layer int) error {
	f := cert.File{File: fmt.Sprintf("%d.safetensors", text+1), Tensor: fmt.Sprintf("layers.%d.keys", layer), Axes: "head,pos,width",
		Norm: "none", Sets: p.sets, Certified: true, Warnings: []string{}}
	name := fmt.Sprintf("layers.%d", layer)
	err := p.write(filepath.Join(fmt.Sprint(text+1), name+".json"), func(w io.Writer) error {
		return decide.WriteCertificates(ctx, bufio.NewWriter(w), &f, p.workers)
	})
	if err != nil || len(p.reach) == 0 {
		return err
	}
	where := fmt.Sprint(text + 1)
	if everywhere := !slices.ContainsFunc(p.reach, func(r cert.Reach) bool { return !r.Whole }); everywhere {
		if where = ""; text > 0 {
			return nil // as it is written for the first text
		}
	}
	f.Sets, f.Reach = []cert.Set{}, p.reach
	return p.write(filepath.Join(where, name+".reach.json"), func(w io.Writer) error { return json.NewEncoder(w).Encode(f) })
}

func (p *proofFiles) write(name string, content func(io.Writer) error) error {
	path := filepath.Join(p.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return failf("", "%w", err)
	}
	return replaceFile(path, content)
}

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"keyhull/nn"
	"keyhull/weights"
)

// keyFiles is --keys: a .safetensors file for each text with what the heads of
// the layers looked at score. It holds tensors layers.L.keys (KVHeads,N,Width)
// and layers.L.queries (Heads,N,Width), as they are multiplied, and ids (N); the
// metadata say how layer L scores.
type keyFiles struct {
	dir      string // "": none are written
	tensors  []weights.Tensor
	metadata map[string]string
}

// see takes what a layer scores.
func (k *keyFiles) see(layer int, s *nn.Stage) error {
	name := fmt.Sprintf("layers.%d", layer)
	k.tensors = append(k.tensors,
		weights.Tensor{Name: name + ".keys", Shape: []int{s.KVHeads, s.N, s.Width}, Data: slices.Clone(s.Keys)},
		weights.Tensor{Name: name + ".queries", Shape: []int{s.Heads, s.N, s.Width}, Data: slices.Clone(s.Queries)})
	scores, err := json.Marshal(struct {
		Scale   float64 `json:"scale"`
		SoftCap float64 `json:"soft_cap,omitempty"`
		Causal  bool    `json:"causal"`
		Window  int     `json:"window,omitempty"`
	}{s.Scale, s.SoftCap, s.Causal, s.Window})
	k.metadata[name] = string(scores)
	return err
}

// text writes what was seen of a text, and forgets it.
func (k *keyFiles) text(i int, ids []int) error {
	if k.dir == "" {
		return nil
	}
	tokens := make([]int64, len(ids))
	for n, id := range ids {
		tokens[n] = int64(id)
	}
	k.tensors = append(k.tensors, weights.Tensor{Name: "ids", Shape: []int{len(ids)}, Data: tokens})
	if err := os.MkdirAll(k.dir, 0o777); err != nil {
		return failf("", "%w", err)
	}
	err := replaceFile(filepath.Join(k.dir, fmt.Sprintf("%d.safetensors", i+1)), func(w io.Writer) error {
		return weights.WriteSafetensors(w, k.tensors, k.metadata)
	})
	k.tensors = nil
	return err
}

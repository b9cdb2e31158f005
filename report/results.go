// Package report writes the results of a reproduction as one JSON file and as
// one HTML file that needs nothing else, and the page of an audit.
package report

import (
	"encoding/json"
	"io"

	"keyhull/experiment"
)

// Results is what results.json holds.
type Results struct {
	Keyhull   string           `json:"keyhull"` // version
	Preset    string           `json:"preset"`
	Seed      uint64           `json:"seed"`
	Machine   Machine          `json:"machine"`
	Artifacts map[string]Entry `json:"artifacts"`
}

// Machine is where the results were made.
type Machine struct {
	Go      string `json:"go"`
	OS      string `json:"os"`
	Arch    string `json:"arch"`
	Kernels string `json:"kernels"`
	Cores   int    `json:"cores"`
}

// The states of an Entry.
const (
	Done   = "done"
	Absent = "absent" // Reason says why
)

// Entry is one figure or table. Fields that do not apply are empty.
type Entry struct {
	Status   string           `json:"status"`
	Reason   string           `json:"reason,omitempty"`
	Claim    string           `json:"claim"`
	Paper    map[string]any   `json:"paper,omitempty"`
	Ours     map[string]any   `json:"ours,omitempty"`
	Verdict  string           `json:"verdict,omitempty"`
	Open     bool             `json:"open,omitempty"` // not reproduced, since the data do not tell
	Headline string           `json:"headline,omitempty"`
	Note     string           `json:"note,omitempty"`
	Command  string           `json:"command,omitempty"`
	Table    *experiment.Grid `json:"table,omitempty"`
	Files    []string         `json:"files,omitempty"` // relative to results.json
	Seconds  float64          `json:"seconds,omitempty"`
}

// WriteJSON writes results.json.
func (r Results) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(r)
}

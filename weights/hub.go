package weights

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// idForm is the form of a model's name on the hub: "org/name", or "name" for some
// of the oldest.
var idForm = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]{0,95}(/[A-Za-z0-9_][A-Za-z0-9._-]{0,95})?$`)

// isID reports whether a path that is not there may be the id of a model. A
// file's name that ends like weights is none.
func isID(path string) bool {
	_, isFile := checkpoints.byExtension[strings.ToLower(filepath.Ext(path))]
	return idForm.MatchString(path) && !isFile && !strings.HasSuffix(path, indexEnding)
}

// cached finds the snapshot of a model in the cache of huggingface_hub: folder
// models--org--name has refs/main with the name of a folder in snapshots.
func cached(id string) (model, error) {
	cache, from := hubCache()
	repo := filepath.Join(cache, "models--"+strings.ReplaceAll(id, "/", "--"))
	hint := "fetch it with: hf download " + id + " (nothing is ever fetched from here), set HF_HUB_CACHE to the folder that has it, or give a path"
	ref, err := readSmall(filepath.Join(repo, "refs", "main"))
	if errors.Is(err, fs.ErrNotExist) {
		return model{}, failf(hint, "is neither a file nor a folder, and no model of this name is in the cache %s (%s): there is no %s",
			shown(cache), from, shown(filepath.Join(repo, "refs", "main")))
	}
	if err != nil {
		return model{}, located(shown(filepath.Join(repo, "refs", "main")), err)
	}
	commit := strings.TrimSpace(string(ref))
	if !regexp.MustCompile(`^[0-9a-f]{1,64}$`).MatchString(commit) {
		return model{}, failf(hint, "its %s names no commit: %s", shown(filepath.Join(repo, "refs", "main")), shown(commit))
	}
	snapshot := filepath.Join(repo, "snapshots", commit)
	if _, err := os.Stat(snapshot); err != nil {
		return model{}, failf(hint, "is in the cache, but there is no %s", shown(snapshot))
	}
	m, err := inFolder(snapshot)
	if err != nil {
		return model{}, located(shown(snapshot), err)
	}
	return m, nil
}

// hubCache returns the folder of the cache as huggingface_hub finds it, and
// what says so.
func hubCache() (folder, from string) {
	if v := os.Getenv("HF_HUB_CACHE"); v != "" {
		return expanded(v), "HF_HUB_CACHE"
	}
	if v := os.Getenv("HF_HOME"); v != "" {
		return filepath.Join(expanded(v), "hub"), "HF_HOME"
	}
	if v := os.Getenv("XDG_CACHE_HOME"); v != "" {
		return filepath.Join(expanded(v), "huggingface", "hub"), "XDG_CACHE_HOME"
	}
	return expanded("~/.cache/huggingface/hub"), "the default"
}

// expanded puts the home folder in the place of a leading ~.
func expanded(path string) string {
	rest, ok := strings.CutPrefix(path, "~")
	home, err := os.UserHomeDir()
	if !ok || err != nil || rest != "" && !os.IsPathSeparator(rest[0]) {
		return path
	}
	return home + rest
}

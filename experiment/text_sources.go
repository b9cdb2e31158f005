package experiment

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"keyhull/text"
)

// SQuADTexts gives the contexts of SQuAD in a data folder: paragraphs of one
// article joined to 768 to 1,024 GPT-2 tokens, since nearly no paragraph is as
// long.
func SQuADTexts(dir string) TextSource {
	return func(context.Context) (Texts, error) {
		path, err := dataFile(dir, "squad/*.json", "SQuAD")
		if err != nil {
			return Texts{}, err
		}
		articles, err := text.ReadSQuAD(path)
		return Texts{"SQuAD", text.JoinParagraphs(articles, text.EncodeGPT2, text.EndOfText)}, err
	}
}

// SST2Texts gives sentences of SST-2's dev and test sets in a data folder,
// joined to the same lengths. The test set may lack its labels, as GLUE's does.
func SST2Texts(dir string) TextSource {
	return func(context.Context) (Texts, error) {
		t := Texts{Name: "SST-2"}
		for _, split := range []string{"dev", "test"} {
			path, err := dataFile(dir, "sst2/"+split+".tsv", "SST-2")
			if err != nil {
				return Texts{}, err
			}
			sentences, err := text.ReadSST2Sentences(path)
			if err != nil {
				return Texts{}, err
			}
			t.Tokens = append(t.Tokens, text.JoinSentences(sentences, text.EncodeGPT2, text.EndOfText)...)
		}
		return t, nil
	}
}

// dataFile finds a file of a data folder, plain or .gz. Where there is none the
// error is an [*Absence] that says what is needed.
func dataFile(dir, pattern, what string) (string, error) {
	if dir == "" {
		return "", &Absence{"needs " + what + ": give --data DIR with " + pattern}
	}
	for _, end := range []string{"", ".gz"} {
		found, err := filepath.Glob(filepath.Join(dir, pattern+end))
		if err == nil && len(found) > 0 {
			if _, err := os.Stat(found[0]); !errors.Is(err, fs.ErrNotExist) {
				return found[0], nil
			}
		}
	}
	return "", &Absence{"needs " + what + ": " + dir + " has no " + pattern + " or .gz"}
}

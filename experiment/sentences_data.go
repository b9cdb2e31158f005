package experiment

import (
	"fmt"

	"keyhull/text"
	"keyhull/weights"
)

// SentenceSet is sentences as tokens, with their classes.
type SentenceSet struct {
	Tokens [][]int32
	Labels []int32
}

// SentenceData is what is trained on, and tested.
type SentenceData struct {
	ID          TextID
	Vocab       int
	Train, Test SentenceSet
}

// OpenSST2 reads SST-2 and BERT's vocabulary from a data folder: the training
// set, and the dev set to test. Sentences are cut at so many tokens, [CLS] and
// [SEP] among them.
func OpenSST2(dir string, most int) (d SentenceData, err error) {
	vocab, err := dataFile(dir, "tokenizers/bert-*-vocab.txt", "BERT's vocabulary")
	if err != nil {
		return d, err
	}
	pieces, err := text.ReadWordPiece(vocab)
	if err != nil {
		return d, err
	}
	d.Vocab, d.ID.Name = pieces.Vocab(), "SST-2"
	for split, set := range map[string]*SentenceSet{"train": &d.Train, "dev": &d.Test} {
		path, err := dataFile(dir, "sst2/"+split+".tsv", "SST-2")
		if err != nil {
			return d, err
		}
		sentences, labels, err := text.ReadSST2(path)
		if err != nil {
			return d, err
		}
		for i, s := range sentences {
			set.Tokens = append(set.Tokens, pieces.EncodeSentence(s, most))
			set.Labels = append(set.Labels, int32(labels[i]))
		}
	}
	d.ID.Train, d.ID.Test, d.ID.Blocks = d.Train.hash(), d.Test.hash(), len(d.Train.Tokens)
	return d, nil
}

func (s SentenceSet) hash() string {
	all := append([]int32{}, s.Labels...)
	for _, t := range s.Tokens {
		all = append(append(all, int32(len(t))), t...)
	}
	return text.HashTokens(all)
}

func (s SentenceSet) need(what string, positions int) error {
	if len(s.Tokens) == 0 {
		return &weights.Error{Msg: "no sentences to " + what, Hint: "give a file with some"}
	}
	for i, t := range s.Tokens {
		if len(t) > positions {
			return fmt.Errorf("sentence %d to %s has %d tokens, the model %d positions", i+1, what, len(t), positions)
		}
	}
	return nil
}

package text

import (
	"bytes"
	"strings"
)

// ReadSST2 reads sentences and their labels, 0 negative and 1 positive, in the
// form that GLUE gives the Stanford Sentiment Treebank (Socher et al. 2013;
// Wang et al. 2019), plain or .gz: a line "sentence<TAB>label", then such lines.
// Blanks around a sentence are left out. Every line needs a label. Errors are of
// type [*keyhull/weights.Error].
func ReadSST2(path string) (sentences []string, labels []uint16, err error) {
	text, err := readText(path)
	if err != nil {
		return nil, nil, err
	}
	return parseSST2(path, text)
}

// ReadSST2Sentences reads sentences alone, of either form that GLUE has: those
// with labels, or test.tsv, a line "index<TAB>sentence", then such lines. Errors
// are of type [*keyhull/weights.Error].
func ReadSST2Sentences(path string) ([]string, error) {
	text, err := readText(path)
	if err != nil {
		return nil, err
	}
	first, _, _ := bytes.Cut(text, []byte("\n"))
	if strings.TrimRight(string(first), "\r") == sst2Unlabelled {
		return parseUnlabelled(path, text)
	}
	sentences, _, err := parseSST2(path, text)
	return sentences, err
}

func parseUnlabelled(path string, text []byte) (sentences []string, err error) {
	line := 0
	for each := range bytes.Lines(text) {
		if line++; line == 1 {
			continue
		}
		_, sentence, _ := strings.Cut(strings.TrimRight(string(each), "\r\n"), "\t")
		if sentence = strings.TrimSpace(sentence); sentence == "" {
			return nil, failf(sst2Hint, "%s: line %d has no sentence", path, line)
		}
		sentences = append(sentences, sentence)
	}
	if len(sentences) == 0 {
		return nil, failf(sst2Hint, "%s: has no sentences", path)
	}
	return sentences, nil
}

const (
	sst2Unlabelled = "index\tsentence"

	sst2Header = "sentence\tlabel"
	sst2Hint   = `give SST-2 in GLUE's form: a first line "sentence<TAB>label", then a sentence, a tab, and 0 or 1 a line`
	noLabels   = "give train.tsv or dev.tsv: GLUE's test.tsv has no labels"
)

func parseSST2(path string, text []byte) (sentences []string, labels []uint16, err error) {
	line := 0
	for each := range bytes.Lines(text) {
		line++
		row := strings.TrimRight(string(each), "\r\n")
		if line == 1 {
			err = checkHeader(path, row)
		} else {
			sentence, label, _ := strings.Cut(row, "\t")
			sentence, label = strings.TrimSpace(sentence), strings.TrimSpace(label)
			err = checkRow(path, line, sentence, label)
			sentences, labels = append(sentences, sentence), append(labels, uint16(strings.Index("01", label)))
		}
		if err != nil {
			return nil, nil, err
		}
	}
	if len(sentences) == 0 {
		return nil, nil, failf(sst2Hint, "%s: has no sentences", path)
	}
	return sentences, labels, nil
}

func checkRow(path string, line int, sentence, label string) error {
	switch {
	case sentence == "":
		return failf(sst2Hint, "%s: line %d has no sentence", path, line)
	case label == "":
		return failf(noLabels, "%s: line %d has no label", path, line)
	case label != "0" && label != "1":
		return failf(sst2Hint, "%s: line %d: the label is %s, not 0 or 1", path, line, shown(label))
	}
	return nil
}

func checkHeader(path, row string) error {
	switch row {
	case sst2Header:
		return nil
	case sst2Unlabelled:
		return failf(noLabels, "%s: has no labels", path)
	}
	return failf(sst2Hint, "%s: line 1 is %s, not %s", path, shown(row), shown(sst2Header))
}

// JoinSentences returns the tokens of texts of 768 to 1,024 tokens, joined of
// consecutive sentences as JoinParagraphs does.
//
// The paper's script for its table of SST-2 keeps only samples of such lengths,
// and no sentence of SST-2 has them: the longest has 52 words. So what the paper
// measured there is not known, and joined sentences are our reading of it.
func JoinSentences(sentences []string, encode func(string) []int32, separator int32) [][]int32 {
	return joined(sentences, encode, separator)
}

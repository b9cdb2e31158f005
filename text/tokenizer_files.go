package text

import (
	"bytes"
	"slices"
	"strings"
)

// readVocabText reads the vocab.txt of a BERT.
func readVocabText(path string, from Source) (*pipeline, error) {
	s, err := settingsOf(from)
	if err != nil {
		return nil, err
	}
	raw, err := readSmallText(path)
	if err != nil {
		return nil, err
	}
	w, err := parseWordPiece(path, raw)
	if err != nil {
		return nil, err
	}
	p, err := s.bert(w)
	if err != nil {
		return nil, located(path, err)
	}
	return p, nil
}

var bertClasses = []string{"", "BertTokenizer", "DistilBertTokenizer", "ElectraTokenizer", "bert", "distilbert", "electra"}

// bert makes the tokenizer of a vocabulary: as transformers has it, uncased
// where nothing is said, unless the vocabulary has capital letters.
func (s settings) bert(w *WordPiece) (*pipeline, error) {
	lower := isTrue(s.LowerCase, true)
	switch {
	case !slices.Contains(bertClasses, s.Class):
		return nil, failf(settingsHint, "a vocab.txt of %s is not supported", shown(s.Class))
	case !isTrue(s.BasicWords, true):
		return nil, failf(settingsHint, "do_basic_tokenize false is not supported")
	case s.LowerCase == nil && slices.ContainsFunc(w.tokens, capital):
		return nil, failf(settingsHint, "the vocabulary has capital letters, and nothing says do_lower_case")
	}
	v := &vocab{w.pieces.first, w.tokens}
	list, err := s.added(v, "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
	if err != nil {
		return nil, err
	}
	p := &pipeline{cut: bertCut, model: w.pieces, before: []int32{w.class}, after: []int32{w.separator}}
	p.normalize = bertNormal{true, isTrue(s.Chinese, true), isTrue(s.Accents, lower), lower}.apply
	return p, p.take(v, showPlain, list)
}

// capital tells tokens with ASCII capitals, but for those as [CLS].
func capital(token string) bool {
	return !strings.HasPrefix(token, "[") && strings.ContainsFunc(token, func(r rune) bool { return 'A' <= r && r <= 'Z' })
}

// readVocabMerges reads vocab.json and the merges.txt beside it.
func readVocabMerges(path string, from Source) (*pipeline, error) {
	s, err := settingsOf(from)
	if err != nil {
		return nil, err
	}
	merges, ok := from.File("merges.txt")
	if !ok {
		return nil, failf(settingsHint, "%s: no merges.txt beside it", path)
	}
	raw, err := readSmallText(path)
	if err != nil {
		return nil, err
	}
	lines, err := readSmallText(merges)
	if err != nil {
		return nil, err
	}
	p, err := s.byteLevel(raw, lines)
	if err != nil {
		return nil, located(path, err)
	}
	return p, nil
}

// byteLevel makes a tokenizer of vocab.json and merges.txt.
func (s settings) byteLevel(raw, lines []byte) (*pipeline, error) {
	var v vocab
	if err := strict(raw, &v, "vocab.json"); err != nil {
		return nil, err
	}
	if loneSurrogate(raw) {
		return nil, failf(tokenizerHint, "vocab.json: half of a surrogate pair")
	}
	merges, err := mergeLines(lines)
	if err != nil {
		return nil, err
	}
	m, err := (&bpe{unknown: -1}).complete(&v, merges, true, false)
	if err != nil {
		return nil, err
	}
	p := &pipeline{model: m.model}
	list, err := s.added(&v, "<|endoftext|>", "<s>", "<pad>", "</s>", "<unk>", "<mask>")
	if err != nil {
		return nil, err
	}
	rule, err := p.family(s.Class)
	if err != nil {
		return nil, err
	}
	if p.cut = rule.cut; s.PrefixSpace {
		p.cut = chain([]cutter{spaceBefore, rule.cut})
	}
	if err := p.take(&v, m.show, list); err != nil {
		return nil, err
	}
	return p, s.about(p, &v)
}

// family sets what a class of byte-level tokenizers does to text.
func (p *pipeline) family(class string) (wordRule, error) {
	switch class {
	case "", "GPT2Tokenizer", "gpt2", "gpt_neo", "RobertaTokenizer", "roberta":
		return wordRule{}, nil
	case "Qwen2Tokenizer", "qwen2", "qwen3":
		p.normalize = nfc
		return wordRules[qwen2Pattern], nil
	}
	return wordRule{}, failf(settingsHint, "vocab.json and merges.txt of %s are not supported", shown(class))
}

// about sets the special tokens about text.
func (s settings) about(p *pipeline, v *vocab) error {
	var before, after []string
	switch {
	case strings.HasPrefix(strings.ToLower(s.Class), "roberta"):
		before, after = []string{"<s>"}, []string{"</s>"}
	case isTrue(s.AddEOS, false):
		return failf(settingsHint, "add_eos_token is not supported here")
	case isTrue(s.AddBOS, false):
		before = []string{endOfArticle}
	}
	var ids [2][]int32
	for i, list := range [][]string{before, after} {
		for _, token := range list {
			id, has := v.ids[token]
			if !has {
				return failf(tokenizerHint, "the vocabulary has no token %s", token)
			}
			ids[i] = append(ids[i], id)
		}
	}
	return p.around(ids[0], ids[1])
}

// mergeLines reads merges.txt: a pair a line, the first line may give the
// version.
func mergeLines(text []byte) (out []mergePair, err error) {
	number := 0
	for line := range bytes.Lines(text) {
		number++
		s := strings.TrimRight(string(line), "\r\n")
		if strings.HasPrefix(s, "#version") {
			continue
		}
		m, ok := mergeLine(s)
		if !ok {
			return nil, failf(tokenizerHint, "merges.txt: line %d, %s, is no pair", number, shown(s))
		}
		out = append(out, m)
	}
	return out, nil
}

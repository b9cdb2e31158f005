package text

import (
	"math"
	"strings"
	"unicode/utf8"
)

// ggufRule is what llama.cpp does under a name of tokenizer.ggml.pre.
type ggufRule struct {
	digits bool // every digit is a word of its own, before the rule cuts
	rule   wordRule
	whole  bool // words with a token stay whole
	begins bool // a text begins with the first special token, if nothing else is said
}

var (
	ggufGPT2   = ggufRule{}
	ggufSingle = ggufRule{digits: true}
	ggufLlama3 = ggufRule{rule: wordRules[llama3Pattern], whole: true, begins: true}
	ggufQwen2  = ggufRule{rule: wordRules[qwen2Pattern]}
)

// ggufRules are the names that are supported. What a file without a name or
// with "default" means, llama.cpp and transformers do not agree on.
var ggufRules = map[string]ggufRule{
	"gpt-2": ggufGPT2, "phi-2": ggufGPT2, "mpt": ggufGPT2, "olmo": ggufGPT2, "jais": ggufGPT2,
	"smollm": ggufSingle, "starcoder": ggufSingle, "refact": ggufSingle, "command-r": ggufSingle, "codeshell": ggufSingle,
	"llama-bpe": ggufLlama3, "llama3": ggufLlama3, "llama-v3": ggufLlama3,
	"qwen2": ggufQwen2, "deepseek-r1-qwen": ggufQwen2,
}

func ggufTokenizer(meta ggufMeta) (*pipeline, error) {
	kind, _ := meta[ggufPrefix+"model"].(string)
	read := map[string]func(ggufMeta, *ggufVocab) (*pipeline, error){"gpt2": ggufMeta.byteLevel, "llama": ggufMeta.pieces, "bert": ggufMeta.wordPiece}[kind]
	if read == nil {
		return nil, failf(ggufHint, "tokenizer.ggml.model %s is not supported", shown(kind))
	}
	v, err := meta.vocab()
	if err != nil {
		return nil, err
	}
	return read(meta, v)
}

// ggufVocab is the tokens of a file, with their types.
type ggufVocab struct {
	vocab
	types []int
}

func (g ggufMeta) vocab() (*ggufVocab, error) {
	tokens, err := g.strings("tokens")
	if err != nil {
		return nil, err
	}
	v := &ggufVocab{vocab: vocab{map[string]int32{}, tokens}}
	for id, token := range tokens {
		if first, twice := v.ids[token]; twice || token == "" || !utf8.ValidString(token) {
			return nil, failf(ggufHint, "tokenizer.ggml.tokens: token %d, %s, is empty, no UTF-8, or the same as %d", id, shown(token), first)
		}
		v.ids[token] = int32(id)
	}
	types, err := g.numbers("token_type", len(tokens))
	for _, kind := range types {
		v.types = append(v.types, int(kind))
	}
	return v, err
}

// added are the tokens that llama.cpp finds in text.
func (v *ggufVocab) added() (list []addedToken) {
	for id, kind := range v.types {
		if kind == pieceControl || kind == pieceUser || kind == pieceUnknown {
			list = append(list, addedToken{ID: int32(id), Content: v.tokens[id], Special: kind != pieceUser})
		}
	}
	return list
}

func (g ggufMeta) byteLevel(v *ggufVocab) (*pipeline, error) {
	name, _ := g[ggufPrefix+"pre"].(string)
	rule, known := ggufRules[name]
	if !known {
		return nil, failf(ggufHint, "tokenizer.ggml.pre %s is not supported", shown(name))
	}
	lines, err := g.strings("merges")
	if err != nil {
		return nil, err
	}
	merges := make([]mergePair, len(lines))
	for i, line := range lines {
		if merges[i], known = mergeLine(line); !known {
			return nil, failf(ggufHint, "tokenizer.ggml.merges: %s is no pair", shown(line))
		}
	}
	m, err := (&bpe{unknown: -1, whole: rule.whole}).complete(&v.vocab, merges, true, false)
	if err != nil {
		return nil, err
	}
	p := &pipeline{model: m.model, cut: rule.rule.cut}
	if rule.digits {
		p.cut = chain([]cutter{splitter{matches: each(isNumber), behaviour: "Isolated"}.cut, rule.rule.cut})
	}
	if err := p.take(&v.vocab, showBytes, v.added()); err != nil {
		return nil, err
	}
	return p, g.about(p, rule.begins)
}

// pieces makes a tokenizer of SentencePiece's kind: what makes the token of the
// highest score is joined first, and every stretch of text begins with a blank.
func (g ggufMeta) pieces(v *ggufVocab) (*pipeline, error) {
	scores, err := g.numbers("scores", len(v.tokens))
	if err != nil {
		return nil, err
	}
	if len(v.types) == 0 || len(scores) == 0 {
		return nil, failf(ggufHint, "tokenizer.ggml: scores or token_type are missing")
	}
	t := &sorted{text: map[string]int32{}, unknown: -1}
	singles, bytes := make([]float32, len(scores)), map[string]int32{}
	for id, token := range v.tokens {
		singles[id] = float32(scores[id])
		switch v.types[id] {
		case pieceNormal, pieceUser, pieceUnused:
			t.text[token] = int32(id)
		case pieceByte:
			bytes[token] = int32(id)
		}
	}
	if t.fallback, err = fallbackOf(bytes); err != nil || t.fallback == nil {
		return nil, failf(ggufHint, "tokenizer.ggml.tokens: not all of <0x00> to <0xFF> are there as bytes")
	}
	p := &pipeline{model: t.bpe(singles, nil)}
	p.normalize = spNormal{prefix: g.truth("add_space_prefix", true), whole: newLexicon(nil)}.apply
	if err := p.take(&v.vocab, showBlanks, v.added()); err != nil {
		return nil, err
	}
	return p, g.about(p, true)
}

// wordPiece makes the tokenizer of an uncased BERT, whose tokens have a mark
// where a word begins instead of ## where it goes on.
func (g ggufMeta) wordPiece(v *ggufVocab) (*pipeline, error) {
	if len(v.types) == 0 {
		return nil, failf(ggufHint, "tokenizer.ggml.token_type is missing")
	}
	lines := make([]string, len(v.tokens))
	for id, token := range v.tokens {
		begins := strings.HasPrefix(token, blankMark)
		if lines[id] = strings.TrimPrefix(token, blankMark); !begins && v.types[id] == pieceNormal {
			lines[id] = "##" + token
		}
		if strings.ContainsAny(lines[id], "\r\n") {
			return nil, failf(ggufHint, "tokenizer.ggml.tokens: token %d, %s, has a line end", id, shown(token))
		}
	}
	w, err := parseWordPiece("tokenizer.ggml.tokens", []byte(strings.Join(lines, "\n")))
	if err != nil {
		return nil, err
	}
	return settings{}.bert(w)
}

// about sets the special tokens about text.
func (g ggufMeta) about(p *pipeline, begins bool) error {
	var sides [2][]int32
	for i, side := range []struct {
		flag, id string
		unset    bool
	}{{"add_bos_token", "bos_token_id", begins}, {"add_eos_token", "eos_token_id", false}} {
		if !g.truth(side.flag, side.unset) {
			continue
		}
		id, ok := asNumber(g[ggufPrefix+side.id])
		if !ok || id != math.Trunc(id) || id < 0 || id >= float64(len(p.shown)) {
			return failf(ggufHint, "tokenizer.ggml.%s is no token", side.id)
		}
		sides[i] = append(sides[i], int32(id))
	}
	return p.around(sides[0], sides[1])
}

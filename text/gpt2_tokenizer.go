package text

// GPT2 returns GPT-2's tokenizer, which is part of the program, for models that
// use its vocabulary and have no file of it. Text like <|endoftext|> is text.
func GPT2() Tokenizer {
	g := gpt2()
	p := &pipeline{asIs: &added{}, normal: &added{}, cut: wordRule{}.cut, model: &g.bpe, specials: []int{EndOfText}}
	for _, token := range g.tokens {
		p.shown = append(p.shown, readable(token))
	}
	return p
}

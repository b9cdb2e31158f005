"""Makes a tokenizer of each kind, and the ids that its own library gives, for
package text to be held against:

    pip install tokenizers==0.23.3 sentencepiece==0.2.3 gguf==0.19.0
    python bench/tokenizers_check.py DATA FOLDER [SMOLLM2.gguf] [tokenizer.json]
    KEYHULL_TOKENIZERS=FOLDER go test -count=1 -v -run TokenizersAgree ./text

DATA has wiki/, squad/, sst2/ and tokenizers/. FOLDER gets texts.json, and for each
kind a folder with the files of a model folder and ids.json: ids without and with
special tokens. The structures are those of the families that the names say; the
vocabularies are trained here on some MB of DATA; real files are taken as they are.
For GGUF, metadata.json stands for the file's metadata.
"""

import gzip
import json
import os
import random
import sys

import sentencepiece
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
LLAMA3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
QWEN2 = LLAMA3.replace("{1,3}", "")

HARD = [
    "", " ", "  ", "   a", "a ", " a", "\n", "\n\n", "\r", "\r\n", "\r\n\r\n", "\t", "\t\ta", " \n a", "a\n\n\nb", "a \n b", "a  \n  b", "a\r\rb", "\v\f", "\x1c\x1d\x1e\x1f",
    "I'm he's don't we'll they've I'd you're", "I'M HE'S DON'T WE'LL THEY'VE I'D YOU'RE", "'S'T'Re'vE'lL", "'ſ 'ſa", "O’Neill’s isn’t", "''s '''t", "x's1's!'s",
    "1 12 123 1234 12345 1234567890", "3.14159e-10", "1,000,000.00", "٣٤٥ 123٤ ½ ² Ⅷ 一二三", "a1b22c333d4444", "2024-01-31T12:34:56Z", "$5+5=10^2~`|<>",
    "café CAFÉ naïve Ångström", "cafe\u0301 a\u0308\u0301 x\u0323\u0307", "\u0301", "a\u0301\u0301\u0301b", "İstanbul ıİ ẞß ǅ ŉ", "Σίσυφος ΣΑΣ ὈΔΥΣΣΕΎΣ", "ﬁ ﬃ ㎏ ℡ ⅓ Å K",
    "日本語のテキスト。東京都", "中文字符，标点！", "한국어 텍스트", "한국어", "𠀀𠀁 㐀 豈 \U0002f800 \U0002b820 \U0002b920", "ไทยภาษา", "हिन्दी क्षेत्र", "العربية نَصّ", "עִבְרִית",
    "😀 😃😄", "👨‍👩‍👧‍👦 👩🏽‍🚀 🇩🇪🇫🇷 ❤️ ❤", "👍🏿", "#️⃣ *️⃣", "a\u200db\u200cc\u200bd\ufeffe", "\u00a0a\u00a0\u00a0b\u00a0", "\u3000全角　space\u2003em\u2009thin\u202f", "\u2028\u2029\x85",
    "\x7f", "a\x7fb \x7f \x7f\x7f", "\x00", "a\x00b", "\x01\x02\x03", "\ufffd", "a\ufffdb", "\u00ad soft\u00adhyphen", "\ue000 private \uf8ff", "\ufdd0\uffff\U0010ffff", "\u0378 unassigned \U000e0001",
    "<|endoftext|>", "a<|endoftext|>b", " <|endoftext|> ", "<s> </s> <unk> <pad> <mask>", "a <mask> b", "a<mask>b", "  <mask>  ", "[CLS] [SEP] [MASK] [UNK] [PAD]", "a[MASK]b [mask]", "<bos><eos>", "<|begin_of_text|>x<|end_of_text|>",
    "<|im_start|>user\nHi<|im_end|>\n", "<0x0A><0xE2>", "▁ ▁▁a ▁the", "_ __ ___", "Ġthe ĊĠ", "##ing ## ###", "\\n \\t \\\\", "a_b-c.d,e;f:g!h?i(j)k[l]m{n}o", "http://example.com/a?b=c&d=%20#e", "foo@bar.co.uk",
    "def f(x):\n    return x**2  # comment\n\n\tif x:\n\t\tpass", "    4 spaces\n        8 spaces\n\n\n", "{\"a\": [1, 2.5, null], \"b\": \"c\\n\"}", "<html><body class='x'>&amp;</body></html>",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "a" * 99, "a" * 100, "a" * 101, "ab" * 150, "supercalifragilisticexpialidocious" * 4, "!" * 120, " " * 90, " " * 90 + "a", "\n" * 70, "9" * 80, "é" * 100, "é" * 101, "中" * 60, "-" * 33 + "=" * 33,
    "the end.", "The End", "THE END", "tHe eNd", "ÀÉÎÕÜ ÇÑ", "¡Hola! ¿Qué tal?", "„Zitat“ «guillemets» ‚x‘", "–—‐‑…", "€£¥₹₿", "°C µm Ω ∑ ∫ √ ∞ ≠", "α β γ δ", "АБВ абв Ёё Йй", "a\u0345b \u037a", "ﷺ ﷽",
    "\U0001d400\U0001d7d8 math", "\U00010400\U00010428 deseret", "\U000118a0\U000118c0 warang", "ᏣᎳᎩ ꮳꮃꭹ", "\u1e9e \u2c2f\u2c5f", "\u1c89\u1c8a \ua7cb \U00010d50 \U00016ea0 \U00011bc0 \U0002ebf0 \U00010d40 \U0001ccf0",
    "a\u0488b\u0903c\u20ddd", "\u061d \u166d \u2e52 \U00011944 \u1b7d", "\u07fd \u0898x \u1abf \U0001e000", "\u0890 \u08e2 \U000110cd \U00013430", " leading", "trailing ", " both ", "\ttab", "mixed \t \n ws", "x\u200fy\u202ez", "e\u0301\u200d\u0301", "\u1100\u1161\u11a8 \uac01",
]


def texts(data):
    rng = random.Random(1)
    wiki = gzip.open(data + "/wiki/wiki-featured.test.txt.gz", "rt", encoding="utf-8").read().split("\n\n")
    squad = [p["context"] for a in json.load(gzip.open(data + "/squad/squad-dev-v1.1.json.gz", "rt", encoding="utf-8"))["data"] for p in a["paragraphs"]]
    sst2 = [line.split("\t")[0] for line in gzip.open(data + "/sst2/dev.tsv.gz", "rt", encoding="utf-8").read().split("\n")[1:]]
    real = rng.sample(wiki, 200) + rng.sample(squad, 200) + rng.sample(sst2, 200) + ["\n\n".join(wiki[:60])]
    every = [c for c in range(0x32400) if not 0xD800 <= c < 0xE000]
    parts = ["".join(f"a{chr(c)}b " for c in rng.sample(every, 40)) for _ in range(300)]
    return real, HARD, [noise(rng) for _ in range(1500)] + [marks(rng) for _ in range(300)] + parts


def marks(rng):
    """Letters with accents, some of which came late into Unicode."""
    late = [0x7FD, 0x898, 0x1ABF, 0x1DF6, 0x9FE, 0xD3B, 0x10EAB, 0x1E130]
    letter = lambda: chr(rng.choice([rng.randrange(0x41, 0x5B), rng.randrange(0xC0, 0x400), rng.randrange(0x1100, 0x1200), rng.randrange(0xAC00, 0xAC40), 0x11935]))
    accent = lambda: chr(rng.choice([rng.randrange(0x300, 0x345), rng.randrange(0x591, 0x5BE), rng.choice(late), 0x3099, 0x334, 0x11930]))
    return "".join(letter() + "".join(accent() for _ in range(rng.choice([0, 1, 2, 3, 4, 40]))) for _ in range(rng.randrange(1, 6)))


def noise(rng):
    parts = []
    for _ in range(rng.randrange(1, 14)):
        kind = rng.randrange(8)
        if kind == 0:
            parts.append(rng.choice(HARD)[:20])
        elif kind == 1:
            parts.append("".join(chr(rng.randrange(32, 127)) for _ in range(rng.randrange(6))))
        elif kind == 2:
            parts.append("".join(rng.choice(" \t\n\r\u00a0'") for _ in range(rng.randrange(4))))
        elif kind == 3:
            parts.append(rng.choice([" the", "The", "ing", "'s", "'ll", " 12", "345", " of", "ed", "...", "é", "e\u0301", "東京", "👩\u200d🚀"]))
        elif kind == 4:
            parts.append("".join(chr(rng.randrange(0xA0, 0x500)) for _ in range(rng.randrange(4))))
        elif kind == 5:
            parts.append("".join(chr(rng.choice([rng.randrange(0x500, 0xD800), rng.randrange(0xE000, 0x11000), rng.randrange(0x1F300, 0x1FAFF)])) for _ in range(rng.randrange(3))))
        elif kind == 6:
            parts.append(rng.choice(["<|endoftext|>", "<s>", "</s>", "[MASK]", "<mask>", "[SEP]", "<|im_start|>", "<bos>", "   ", "<0x41>", "▁"]))
        else:
            parts.append(chr(rng.choice([rng.randrange(0x20), rng.randrange(0x7F, 0xA0), rng.randrange(0x10000, 0xE0000), rng.randrange(0x2000, 0x2070)])))
    return "".join(parts)


def corpus(data):
    """Some MB of English, and the hard strings often enough for their characters to be learnt."""
    lines = gzip.open(data + "/wiki/wiki-featured.valid.txt.gz", "rt", encoding="utf-8").read().split("\n")
    return [line for line in lines if line] + [h for h in HARD if h] * 4


def special(*names, **kw):
    return [AddedToken(n, special=True, normalized=False, **kw) for n in names]


def byte_level(lines, cut, tokens, normalizer=None, size=6000, alphabet=True, **model):
    t = Tokenizer(models.BPE(**model))
    t.pre_tokenizer = cut
    if normalizer:
        t.normalizer = normalizer
    t.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet() if alphabet else []
    t.train_from_iterator(lines, trainers.BpeTrainer(vocab_size=size, special_tokens=special(*tokens), initial_alphabet=alphabet, show_progress=False))
    return t


def template(t, before=None, after=None, byte=False):
    single = ([f"{before}:0"] if before else []) + ["$A:0"] + ([f"{after}:0"] if after else [])
    pair = single + [s.replace("$A:0", "$B:1").replace(":0", ":1") for s in single]
    post = processors.TemplateProcessing(single=single, pair=pair, special_tokens=[(s, t.token_to_id(s)) for s in (before, after) if s])
    t.post_processor = processors.Sequence([processors.ByteLevel(trim_offsets=False), post]) if byte else post
    return t


def split(pattern, behaviour="isolated", regex=True):
    return pre_tokenizers.Split(Regex(pattern) if regex else pattern, behaviour)


def then_bytes(*steps):
    return pre_tokenizers.Sequence([*steps, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])


def plain_bytes(prefix=False):
    return pre_tokenizers.ByteLevel(add_prefix_space=prefix, use_regex=True)


def bert(lines, lower, size=6000, **normal):
    t = Tokenizer(models.WordPiece(unk_token="[UNK]", max_input_chars_per_word=100))
    t.normalizer = normalizers.BertNormalizer(lowercase=lower, **normal)
    t.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    t.decoder = decoders.WordPiece()
    t.train_from_iterator(lines, trainers.WordPieceTrainer(vocab_size=size, special_tokens=special("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"), show_progress=False))
    return template(t, "[CLS]", "[SEP]")


BYTES = [f"<0x{b:02X}>" for b in range(256)]


def metaspace(lines, normalizer, cut, size=6000, specials=("<unk>", "<s>", "</s>"), bos="<s>"):
    """A BPE over characters with byte fallback, as converted from SentencePiece."""
    t = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    t.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always", split=True)
    t.train_from_iterator(lines, trainers.BpeTrainer(vocab_size=size, special_tokens=[*specials, *BYTES], limit_alphabet=300, show_progress=False))
    made = json.loads(t.to_str())
    made["added_tokens"] = [a for a in made["added_tokens"] if a["content"] in specials]
    made["pre_tokenizer"] = None
    t = Tokenizer.from_str(json.dumps(made))
    if normalizer:
        t.normalizer = normalizer
    if cut:
        t.pre_tokenizer = cut
    return template(t, bos)


def spiece(lines, folder, **options):
    path = folder + "/corpus.txt"
    with open(path, "w", encoding="utf-8") as f:
        f.write("\n".join(line.replace("\n", " ").replace("\r", " ").replace("\0", " ") for line in lines))
    sentencepiece.SentencePieceTrainer.train(input=path, model_prefix=folder + "/tokenizer", vocab_size=4000, character_coverage=0.995, minloglevel=2, num_threads=1, **options)
    os.remove(path)
    os.remove(folder + "/tokenizer.vocab")
    return sentencepiece.SentencePieceProcessor(model_file=folder + "/tokenizer.model")


# --- Kinds: each writes its files, and returns two functions from text to ids ---


def written(t, folder, config=None):
    t.save(folder + "/tokenizer.json")
    if config:
        json.dump(config, open(folder + "/tokenizer_config.json", "w"))
    return encoders(t)


def encoders(t):
    return lambda s: t.encode(s, add_special_tokens=False).ids, lambda s: t.encode(s).ids


def gpt2(folder, data, lines):
    """The real vocabulary, as the two files that GPT-2 came with."""
    for name, source in (("vocab.json", "gpt2-encoder.json"), ("merges.txt", "gpt2-vocab.bpe")):
        open(folder + "/" + name, "wb").write(open(data + "/tokenizers/" + source, "rb").read())
    return encoders(real_gpt2(folder))


def real_gpt2(folder):
    t = Tokenizer(models.BPE.from_file(folder + "/vocab.json", folder + "/merges.txt"))
    t.pre_tokenizer = plain_bytes()
    t.decoder = decoders.ByteLevel()
    t.add_special_tokens(special("<|endoftext|>"))
    return t


def gpt2_json(folder, data, lines):
    gpt2(folder, data, lines)
    return written(real_gpt2(folder), folder)


def bert_vocab(folder, data, lines):
    """The real vocabulary, as a file of lines."""
    open(folder + "/vocab.txt", "wb").write(open(data + "/tokenizers/bert-base-uncased-vocab.txt", "rb").read())
    json.dump({"do_lower_case": True, "tokenizer_class": "BertTokenizer"}, open(folder + "/tokenizer_config.json", "w"))
    vocab = {line: i for i, line in enumerate(open(folder + "/vocab.txt", encoding="utf-8").read().split("\n")) if line}
    return encoders(of_vocab(vocab, True))


def of_vocab(vocab, lower):
    t = Tokenizer(models.WordPiece(vocab, unk_token="[UNK]", max_input_chars_per_word=100))
    t.normalizer = normalizers.BertNormalizer(lowercase=lower)
    t.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    t.add_special_tokens(special("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"))
    return template(t, "[CLS]", "[SEP]")


def bert_cased_vocab(folder, data, lines):
    vocab = bert(lines, False).get_vocab()
    open(folder + "/vocab.txt", "w", encoding="utf-8").write("".join(k + "\n" for k in sorted(vocab, key=vocab.get)))
    json.dump({"do_lower_case": False, "tokenizer_class": "BertTokenizer"}, open(folder + "/tokenizer_config.json", "w"))
    return encoders(of_vocab(vocab, False))


def bert_json(folder, data, lines):
    return written(bert(lines, True), folder)


def bert_cased_json(folder, data, lines):
    return written(bert(lines, False, handle_chinese_chars=False), folder)


def bert_accents_json(folder, data, lines):
    return written(bert(lines, True, strip_accents=False, clean_text=False), folder)


def bert_truncated_json(folder, data, lines):
    """With truncation and padding, which say how batches are made, not how text is cut."""
    t = bert(lines, True)
    ids = encoders(Tokenizer.from_str(t.to_str()))
    t.enable_truncation(128)
    t.enable_padding(length=128)
    t.save(folder + "/tokenizer.json")
    return ids


def smollm2_json(folder, data, lines):
    cut = pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), plain_bytes()])
    return written(byte_level(lines, cut, ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]), folder)


def missing_bytes_json(folder, data, lines):
    """Bytes that have no token are left out by the library."""
    cut = pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), plain_bytes()])
    return written(byte_level(lines[:2000], cut, ["<|endoftext|>"], alphabet=False), folder)


def llama3_json(folder, data, lines):
    t = byte_level(lines, then_bytes(split(LLAMA3)), ["<|begin_of_text|>", "<|end_of_text|>"], ignore_merges=True)
    return written(template(t, "<|begin_of_text|>", byte=True), folder)


def llama3_unmerged_json(folder, data, lines):
    """Words in the vocabulary that no merge makes: ignore_merges finds them."""
    made = json.loads(byte_level(lines, then_bytes(split(LLAMA3)), ["<|begin_of_text|>"], ignore_merges=True).to_str())
    made["model"]["merges"] = made["model"]["merges"][::2]
    return written(Tokenizer.from_str(json.dumps(made)), folder)


def qwen2_json(folder, data, lines):
    return written(byte_level(lines, then_bytes(split(QWEN2)), ["<|endoftext|>", "<|im_start|>", "<|im_end|>"], normalizers.NFC()), folder)


def qwen2_vocab(folder, data, lines):
    t = byte_level(lines, then_bytes(split(QWEN2)), ["<|endoftext|>"], normalizers.NFC())
    t.model.save(folder)
    json.dump({"tokenizer_class": "Qwen2Tokenizer", "added_tokens_decoder": {"0": {"content": "<|endoftext|>", "lstrip": False, "normalized": False, "rstrip": False, "single_word": False, "special": True}}}, open(folder + "/tokenizer_config.json", "w"))
    return encoders(t)


def roberta_json(folder, data, lines):
    t = byte_level(lines, plain_bytes(), ["<s>", "<pad>", "</s>", "<unk>"])
    t.add_special_tokens([AddedToken("<mask>", lstrip=True, special=True, normalized=False)])
    t.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), trim_offsets=True, add_prefix_space=False)
    return written(t, folder)


def neox_json(folder, data, lines):
    """Added tokens of blanks, and one that is normalized; a space before the text."""
    t = byte_level(lines, plain_bytes(prefix=True), ["<|endoftext|>", "<|padding|>"], normalizers.NFC())
    t.add_tokens([AddedToken(" " * n, normalized=True) for n in range(24, 1, -1)])
    t.add_tokens([AddedToken("the", single_word=True), AddedToken("cafe\u0301", normalized=True), AddedToken("\u212b", normalized=False, rstrip=True)])
    return written(t, folder)


def llama2_json(folder, data, lines):
    normal = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    return written(metaspace(lines, normal, None), folder)


def mistral_json(folder, data, lines):
    return written(metaspace(lines, None, pre_tokenizers.Metaspace(prepend_scheme="first", split=False)), folder)


def metaspace_always_json(folder, data, lines):
    return written(metaspace(lines, None, pre_tokenizers.Metaspace(prepend_scheme="always", split=True)), folder)


def gemma_json(folder, data, lines):
    t = metaspace(lines, normalizers.Replace(" ", "▁"), split(" ", "merged_with_previous", regex=False), specials=("<pad>", "<eos>", "<bos>", "<unk>"), bos="<bos>")
    t.add_tokens([AddedToken("\n" * n, normalized=False) for n in range(2, 9)] + [AddedToken("▁" * n, normalized=False) for n in range(2, 9)])
    return written(t, folder)


def unigram_json(folder, data, lines):
    return written(unigram(lines), folder)


def unigram(lines, byte_fallback=False):
    t = Tokenizer(models.Unigram())
    t.normalizer = normalizers.NFC()
    t.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always", split=True)
    t.train_from_iterator(lines, trainers.UnigramTrainer(vocab_size=3000, special_tokens=["<unk>", "</s>", *(BYTES if byte_fallback else [])], unk_token="<unk>", show_progress=False))
    return template(t, after="</s>")


def unigram_bytes_json(folder, data, lines):
    made = json.loads(unigram(lines, True).to_str())
    made["model"]["byte_fallback"] = True
    made["added_tokens"] = made["added_tokens"][:2]
    return written(Tokenizer.from_str(json.dumps(made)), folder)


LLAMA2 = dict(model_type="bpe", byte_fallback=True, split_digits=True, normalization_rule_name="identity", remove_extra_whitespaces=False, allow_whitespace_only_pieces=True)


def spiece_llama(folder, data, lines, **options):
    p = spiece(lines, folder, **{**LLAMA2, **options})
    json.dump({"tokenizer_class": "LlamaTokenizer", "add_bos_token": True, "add_eos_token": False}, open(folder + "/tokenizer_config.json", "w"))
    return p.encode, lambda s: p.encode(s, add_bos=True)


def spiece_gemma(folder, data, lines):
    return spiece_llama(folder, data, lines, add_dummy_prefix=False, user_defined_symbols=["<mask>", "[SEP]", "▁▁", "▁▁▁▁"])


def spiece_stripped(folder, data, lines):
    """Blanks at the ends and repeated ones are left out; no bytes, so that there are unknown characters."""
    return spiece_llama(folder, data, lines, byte_fallback=False, remove_extra_whitespaces=True, allow_whitespace_only_pieces=False)


def spiece_unigram(folder, data, lines):
    return spiece_llama(folder, data, lines, model_type="unigram")


def spiece_nfkc(folder, data, lines):
    """Characters normalized by a table in the file."""
    return spiece_llama(folder, data, lines, model_type="unigram", normalization_rule_name="nmt_nfkc", byte_fallback=False, remove_extra_whitespaces=True)


# --- GGUF: metadata as llama.cpp's converter writes it, and llama.cpp's rules ---


def metadata(folder, kind, tokens, types, **more):
    names = dict(model=kind, tokens=tokens, token_type=types, **more)
    json.dump({"tokenizer.ggml." + name: value for name, value in names.items()}, open(folder + "/metadata.json", "w"))


def of_bytes(folder, t, pre, **more):
    """The metadata of a byte-level BPE."""
    model, specials = json.loads(t.to_str())["model"], {a.content for a in t.get_added_tokens_decoder().values()}
    tokens = sorted(t.get_vocab(), key=t.get_vocab().get)
    merges = [m if isinstance(m, str) else " ".join(m) for m in model["merges"]]
    metadata(folder, "gpt2", tokens, [3 if token in specials else 1 for token in tokens], pre=pre, merges=merges, **more)
    return encoders(t)


def gguf_gpt2(folder, data, lines):
    return of_bytes(folder, byte_level(lines, plain_bytes(), ["<|endoftext|>"]), "gpt-2")


def gguf_smollm2(folder, data, lines):
    cut = pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), plain_bytes()])
    return of_bytes(folder, byte_level(lines, cut, ["<|endoftext|>", "<|im_start|>"], alphabet=False), "smollm", add_bos_token=False)


def gguf_llama3(folder, data, lines):
    t = byte_level(lines, then_bytes(split(LLAMA3)), ["<|begin_of_text|>", "<|end_of_text|>"], ignore_merges=True)
    return of_bytes(folder, template(t, "<|begin_of_text|>"), "llama-bpe", bos_token_id=0)


def gguf_qwen2(folder, data, lines):
    return of_bytes(folder, byte_level(lines, then_bytes(split(QWEN2)), ["<|endoftext|>", "<|im_start|>"]), "qwen2")


def gguf_llama(folder, data, lines):
    """Pieces of SentencePiece: every stretch of text gets a blank before it, unlike with the library itself."""
    p = spiece(lines, folder, **LLAMA2)
    os.remove(folder + "/tokenizer.model")
    tokens = [p.id_to_piece(i) for i in range(p.get_piece_size())]
    types = [2 if p.is_unknown(i) else 3 if p.is_control(i) else 6 if p.is_byte(i) else 1 for i in range(len(tokens))]
    scores = [p.get_score(i) for i in range(len(tokens))]
    metadata(folder, "llama", tokens, types, scores=scores, bos_token_id=1, eos_token_id=2)
    vocab = {token: i for i, token in enumerate(tokens)}
    merges = []
    for i, token in enumerate(tokens):
        if types[i] == 1:
            merges += [(-scores[i], token[:n], token[n:]) for n in range(1, len(token)) if token[:n] in vocab and token[n:] in vocab]
    t = Tokenizer(models.BPE(vocab, [m[1:] for m in sorted(merges, key=lambda m: m[0])], unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    t.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    t.add_special_tokens(special("<unk>", "<s>", "</s>"))
    return encoders(template(t, "<s>"))


def gguf_bert(folder, data, lines):
    """The mark is no character of the vocabulary, since GGUF could not tell it from the beginning of a word."""
    t = bert([line.replace("▁", "_") for line in lines], True)
    tokens = sorted(t.get_vocab(), key=t.get_vocab().get)
    named = {a.content for a in t.get_added_tokens_decoder().values()}
    spelled = [token if token in named else token[2:] if token.startswith("##") else "▁" + token for token in tokens]
    metadata(folder, "bert", spelled, [3 if token in named else 1 for token in tokens])
    return encoders(t)


def gguf_file(path):
    """The tokenizer of a real file, of SmolLM2."""
    import gguf

    def kind(folder, data, lines):
        fields = {k: f.contents() for k, f in gguf.GGUFReader(path).fields.items() if k.startswith("tokenizer.")}
        json.dump(fields, open(folder + "/metadata.json", "w"))
        tokens, types = fields["tokenizer.ggml.tokens"], fields["tokenizer.ggml.token_type"]
        t = Tokenizer(models.BPE({token: i for i, token in enumerate(tokens)}, [tuple(m.split(" ")) for m in fields["tokenizer.ggml.merges"]]))
        t.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), plain_bytes()])
        t.add_special_tokens(special(*[token for token, type in zip(tokens, types) if type == 3]))
        assert fields["tokenizer.ggml.pre"] == "smollm" and 4 not in types
        return encoders(t)

    kind.__name__ = "real_gguf"
    return kind


def json_file(path):
    """A real tokenizer.json."""

    def kind(folder, data, lines):
        t = Tokenizer.from_file(path)
        t.save(folder + "/tokenizer.json")
        t.no_truncation()
        t.no_padding()
        return encoders(t)

    kind.__name__ = "real_json"
    return kind


KINDS = [gpt2, gpt2_json, bert_vocab, bert_cased_vocab, bert_json, bert_cased_json, bert_accents_json, bert_truncated_json, smollm2_json, missing_bytes_json, llama3_json, llama3_unmerged_json,
         qwen2_json, qwen2_vocab, roberta_json, neox_json, llama2_json, mistral_json, metaspace_always_json, gemma_json, unigram_json, unigram_bytes_json,
         spiece_llama, spiece_gemma, spiece_stripped, spiece_unigram, spiece_nfkc,
         gguf_gpt2, gguf_smollm2, gguf_llama3, gguf_qwen2, gguf_llama, gguf_bert]


def main(data, out, *files):
    sets, lines = texts(data), corpus(data)
    os.makedirs(out, exist_ok=True)
    everything = sum(sets, [])
    json.dump(everything, open(out + "/texts.json", "w"))
    for kind in KINDS + [gguf_file(f) if f.endswith(".gguf") else json_file(f) for f in files]:
        folder = f"{out}/{kind.__name__}"
        os.makedirs(folder, exist_ok=True)
        plain, full = kind(folder, data, lines)
        json.dump({"plain": [plain(s) for s in everything], "model": [full(s) for s in everything]}, open(folder + "/ids.json", "w"))
        print(kind.__name__, len(everything), "texts", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])

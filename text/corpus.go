package text

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"sync"

	"keyhull/weights"
)

// endOfArticle is the line that ends an article in a text file.
const endOfArticle = "<|endoftext|>"

// ReadGPT2 returns the GPT-2 tokens of text files, plain or .gz: each article,
// then EndOfText. A line <|endoftext|> ends an article, and so does the end of a
// file. Tokens are kept under cache, unless that is "", so that the same files
// are read at once next time; a cache that cannot be used costs time only.
// Errors are of type [*weights.Error], but for ctx's.
func ReadGPT2(ctx context.Context, paths []string, cache string) ([]int32, error) {
	var tokens []int32
	for _, path := range paths {
		t, err := readGPT2(ctx, path, cache)
		if err != nil {
			return nil, err
		}
		tokens = append(tokens, t...)
	}
	return tokens, nil
}

func readGPT2(ctx context.Context, path, cache string) ([]int32, error) {
	key, err := hashFile(path)
	if err != nil {
		return nil, err
	}
	if tokens, ok := cached(cache, key); ok {
		return tokens, nil
	}
	articles, err := Articles(path)
	if err != nil {
		return nil, err
	}
	tokens, err := encodeArticles(ctx, articles)
	if err == nil {
		keep(cache, key, tokens)
	}
	return tokens, err
}

// Articles returns the articles of a file of UTF-8 text, plain or .gz, without
// the blanks around them: what stands between lines <|endoftext|>, or all of it
// where there are none. Errors are of type [*weights.Error]; no text is one.
func Articles(path string) ([]string, error) {
	r, err := openText(path)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	all, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	var articles []string
	begin := 0
	text := string(all)
	for at := 0; at < len(text); {
		end := len(text)
		if i := strings.IndexByte(text[at:], '\n'); i >= 0 {
			end = at + i + 1
		}
		if strings.TrimRight(text[at:end], "\r\n") == endOfArticle {
			articles, begin = append(articles, text[begin:at]), end
		}
		at = end
	}
	kept := articles[:0]
	for _, a := range append(articles, text[begin:]) {
		if a = strings.TrimSpace(a); a != "" {
			kept = append(kept, a)
		}
	}
	if len(kept) == 0 {
		return nil, &weights.Error{Msg: path + ": has no text", Hint: "give a file with some"}
	}
	return kept, nil
}

// encodeArticles uses all cores; the order is that of the articles.
func encodeArticles(ctx context.Context, articles []string) ([]int32, error) {
	parts := make([][]int32, len(articles))
	var next sync.Mutex
	at := 0
	var group sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for {
				next.Lock()
				i := at
				at++
				next.Unlock()
				if i >= len(articles) || ctx.Err() != nil {
					return
				}
				parts[i] = append(EncodeGPT2(articles[i]), EndOfText)
			}
		})
	}
	group.Wait()
	var tokens []int32
	for _, p := range parts {
		tokens = append(tokens, p...)
	}
	return tokens, ctx.Err()
}

// Blocks cuts tokens into blocks of the given length; what is left is dropped,
// as in the usual training of GPT-2. Blocks share the memory of tokens. It panics
// if length is below 1.
func Blocks(tokens []int32, length int) (blocks [][]int32) {
	if length < 1 {
		panic(fmt.Sprintf("text: blocks of %d tokens", length))
	}
	for ; len(tokens) >= length; tokens = tokens[length:] {
		blocks = append(blocks, tokens[:length:length])
	}
	return blocks
}

// HashTokens names tokens: the SHA-256 of their numbers as little-endian int32.
func HashTokens(tokens []int32) string {
	h := sha256.New()
	var buf [4096]byte
	for len(tokens) > 0 {
		n := min(len(tokens), len(buf)/4)
		for i, t := range tokens[:n] {
			binary.LittleEndian.PutUint32(buf[4*i:], uint32(t))
		}
		h.Write(buf[:4*n])
		tokens = tokens[n:]
	}
	return hex.EncodeToString(h.Sum(nil))
}

// hashFile is the SHA-256 of a file's bytes.
func hashFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fileError(path, err)
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", fileError(path, err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func fileError(path string, err error) error {
	return &weights.Error{Msg: fmt.Sprintf("%s: cannot be read: %v", path, err), Hint: "check the path and its permissions"}
}

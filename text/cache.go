package text

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2/maybe"
)

// A cache file has this line, the tokens as little-endian uint16, and the
// SHA-256 of all before it. Version 1 lacked U+007F.
const cacheHead = "keyhull GPT-2 tokens, version 2\n"

// CacheDir is where tokens are kept for this user; "" if there is no such place.
func CacheDir() string {
	dir, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "keyhull", "tokens")
}

// cached returns the tokens of the file with the given hash.
func cached(dir, key string) ([]int32, bool) {
	if dir == "" {
		return nil, false
	}
	file, err := os.ReadFile(filepath.Join(dir, key))
	if err != nil {
		return nil, false
	}
	return decodeCache(file)
}

// decodeCache returns false for what is damaged.
func decodeCache(file []byte) ([]int32, bool) {
	end := len(file) - sha256.Size
	if end < len(cacheHead) || (end-len(cacheHead))%2 != 0 || !bytes.HasPrefix(file, []byte(cacheHead)) {
		return nil, false
	}
	if sum := sha256.Sum256(file[:end]); !bytes.Equal(sum[:], file[end:]) {
		return nil, false
	}
	body := file[len(cacheHead):end]
	tokens := make([]int32, len(body)/2)
	for i := range tokens {
		tokens[i] = int32(binary.LittleEndian.Uint16(body[2*i:]))
	}
	return tokens, true
}

// keep writes a cache file; that it cannot is no error.
func keep(dir, key string, tokens []int32) {
	if dir == "" || os.MkdirAll(dir, 0o777) != nil {
		return
	}
	file := []byte(cacheHead)
	for _, t := range tokens {
		file = binary.LittleEndian.AppendUint16(file, uint16(t))
	}
	sum := sha256.Sum256(file)
	_ = maybe.WriteFile(filepath.Join(dir, key), append(file, sum[:]...), 0o666)
}

package text

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// bytesOf are the bytes that characters stand for in vocabularies of byte-level
// BPE (Radford et al. 2019): visible ones for themselves, those from U+0100 on
// for the others.
var bytesOf = func() map[rune]byte {
	bytes, next := map[rune]byte{}, rune(0x100)
	for b := range 256 {
		r := rune(b)
		if b <= ' ' || 0x7f <= b && b <= 0xa0 || b == 0xad {
			r, next = next, next+1
		}
		bytes[r] = byte(b)
	}
	return bytes
}()

// rawBytes returns the bytes that a token of byte-level BPE stands for; false
// if it has characters that stand for none.
func rawBytes(token string) (string, bool) {
	out := make([]byte, 0, len(token))
	for _, r := range token {
		b, ok := bytesOf[r]
		if !ok {
			return "", false
		}
		out = append(out, b)
	}
	return string(out), true
}

// readable returns the text of bytes, with those that are no character as
// <0xE2>.
func readable(bytes string) string {
	if utf8.ValidString(bytes) {
		return bytes
	}
	var out strings.Builder
	for len(bytes) > 0 {
		r, size := utf8.DecodeRuneInString(bytes)
		if r == utf8.RuneError && size == 1 {
			out.WriteString(byteToken(bytes[0]))
		} else {
			out.WriteString(bytes[:size])
		}
		bytes = bytes[size:]
	}
	return out.String()
}

// byteToken is how vocabularies of characters write a byte.
func byteToken(b byte) string { return fmt.Sprintf("<0x%02X>", b) }

// showBytes, showBlanks and showPlain make tokens readable.
func showBytes(token string) string {
	if raw, ok := rawBytes(token); ok {
		return readable(raw)
	}
	return token
}

func showBlanks(token string) string { return strings.ReplaceAll(token, blankMark, " ") }

func showPlain(token string) string { return token }

// blankMark is what vocabularies of SentencePiece write for a blank.
const blankMark = "▁"

// fallbackOf returns the ids of all bytes, nil if there are none.
func fallbackOf(ids map[string]int32) (*[256]int32, error) {
	var out [256]int32
	have := 0
	for b := range 256 {
		if id, ok := ids[byteToken(byte(b))]; ok {
			out[b] = id
			have++
		}
	}
	switch have {
	case 256:
		return &out, nil
	case 0:
		return nil, nil
	}
	return nil, failf(tokenizerHint, "byte_fallback: %d of the tokens <0x00> to <0xFF> are missing", 256-have)
}

const tokenizerHint = "give the file that came with the model; what is not supported here is refused, since other ids would be wrong"

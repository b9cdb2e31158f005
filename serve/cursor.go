package serve

import (
	"bytes"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// cursor says how many bytes of each seed's metrics.jsonl a client has: always
// whole lines. A run that is cut back and goes on writes the same bytes again,
// so that a cursor stays good for it.
type cursor map[uint64]int64

// String is "seed-bytes" for each seed that has any, joined by points; it needs
// no escape in an address.
func (c cursor) String() string {
	var b strings.Builder
	for _, seed := range slices.Sorted(maps.Keys(c)) {
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(strconv.FormatUint(seed, 10) + "-" + strconv.FormatInt(c[seed], 10))
	}
	return b.String()
}

// parseCursor reads what String wrote; "" is the beginning.
func parseCursor(text string) (cursor, error) {
	c := cursor{}
	if text == "" {
		return c, nil
	}
	for part := range strings.SplitSeq(text, ".") {
		seed, bytes, ok := strings.Cut(part, "-")
		s, err1 := strconv.ParseUint(seed, 10, 64)
		n, err2 := strconv.ParseInt(bytes, 10, 64)
		if _, twice := c[s]; !ok || err1 != nil || err2 != nil || n < 0 || twice {
			return nil, failf(`give the "next" of an earlier answer, or nothing`, "since is %.60q, which no answer gave", text)
		}
		c[s] = n
	}
	return c, nil
}

// lineStart is where the first line of a piece begins that is whole.
func lineStart(text []byte) int { return bytes.IndexByte(text, '\n') + 1 }

package weights

import (
	"bufio"
	"io"
	"math"
)

// cursor reads a file's numbers and strings one after the other. The first
// failure stays in err, and from then on everything is zero, so that a parser
// may look at err once for several reads. Nothing is allocated for more bytes
// than the file has left.
type cursor struct {
	r        *bufio.Reader
	pos, end int64
	err      error
	small    [8]byte
}

// newCursor reads src from pos on.
func newCursor(src source, pos int64) *cursor {
	return &cursor{r: bufio.NewReaderSize(io.NewSectionReader(src, pos, src.size-pos), 1<<16), pos: pos, end: src.size}
}

// left returns how many bytes follow.
func (c *cursor) left() uint64 { return uint64(c.end - c.pos) }

func (c *cursor) fail(err error) {
	if c.err == nil {
		c.err = err
	}
}

// fill reads all of b.
func (c *cursor) fill(b []byte) {
	if c.err == nil && uint64(len(b)) > c.left() {
		c.err = readError(io.ErrUnexpectedEOF)
	}
	if c.err == nil {
		_, err := io.ReadFull(c.r, b)
		c.pos += int64(len(b))
		if err != nil {
			c.err = readError(err)
		}
	}
	if c.err != nil {
		clear(b)
	}
}

func (c *cursor) u8() uint8   { c.fill(c.small[:1]); return c.small[0] }
func (c *cursor) u16() uint16 { c.fill(c.small[:2]); return le.Uint16(c.small[:]) }
func (c *cursor) u32() uint32 { c.fill(c.small[:4]); return le.Uint32(c.small[:]) }
func (c *cursor) u64() uint64 { c.fill(c.small[:8]); return le.Uint64(c.small[:]) }

func (c *cursor) f32() float32 { return math.Float32frombits(c.u32()) }
func (c *cursor) f64() float64 { return math.Float64frombits(c.u64()) }

// textMost bounds a string, which a slice must be able to hold everywhere.
const textMost = 1 << 30

// text reads n bytes.
func (c *cursor) text(n uint64) string {
	if c.err == nil && n > min(c.left(), textMost) {
		c.err = failf(damaged, "has a string of %d bytes, but only %d follow", n, c.left())
	}
	if c.err != nil {
		return ""
	}
	b := make([]byte, n)
	c.fill(b)
	return string(b)
}

// skip passes over n bytes.
func (c *cursor) skip(n uint64) {
	if c.err == nil && n > c.left() {
		c.err = readError(io.ErrUnexpectedEOF)
	}
	for n > 0 && c.err == nil {
		step, err := c.r.Discard(int(min(n, 1<<30)))
		c.pos, n = c.pos+int64(step), n-uint64(step)
		if err != nil {
			c.err = readError(err)
		}
	}
}

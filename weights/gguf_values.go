package weights

// ggufDeepest bounds arrays of arrays; no tool writes even two levels.
const ggufDeepest = 8

// ggufArray is the type of arrays; all others are in ggufKinds.
const ggufArray = 9

// ggufKind is a type of values: the bytes that one takes at least, and how one
// is read or several.
type ggufKind struct {
	size uint64
	one  func(*cursor) any
	many func(c *cursor, n uint64) any
}

func kindOfValue[V any](size uint64, read func(*cursor) V) ggufKind {
	return ggufKind{size, func(c *cursor) any { return read(c) }, func(c *cursor, n uint64) any { return listOf(c, n, read) }}
}

var ggufKinds = map[uint32]ggufKind{
	0:  kindOfValue(1, (*cursor).u8),
	1:  kindOfValue(1, func(c *cursor) int8 { return int8(c.u8()) }),
	2:  kindOfValue(2, (*cursor).u16),
	3:  kindOfValue(2, func(c *cursor) int16 { return int16(c.u16()) }),
	4:  kindOfValue(4, (*cursor).u32),
	5:  kindOfValue(4, func(c *cursor) int32 { return int32(c.u32()) }),
	6:  kindOfValue(4, (*cursor).f32),
	7:  kindOfValue(1, ggufTruth),
	8:  kindOfValue(8, ggufText),
	10: kindOfValue(8, (*cursor).u64),
	11: kindOfValue(8, func(c *cursor) int64 { return int64(c.u64()) }),
	12: kindOfValue(8, (*cursor).f64),
}

// ggufMetadata reads the keys and their values.
func ggufMetadata(c *cursor, count uint64) map[string]any {
	metadata := map[string]any{}
	for ; count > 0 && c.err == nil; count-- {
		key := ggufText(c)
		if _, repeated := metadata[key]; repeated && c.err == nil {
			c.fail(failf(regguf, "the key %s is repeated", shown(key)))
		}
		value := ggufValue(c)
		if c.err != nil {
			c.err = located("key "+shown(key), c.err)
		}
		metadata[key] = value
	}
	return metadata
}

// ggufValue reads a type and a value of it.
func ggufValue(c *cursor) any {
	code := c.u32()
	if code == ggufArray {
		return ggufList(c, 1)
	}
	kind, known := ggufKinds[code]
	if !known {
		c.fail(failf(regguf, "has a value of the unknown type %d", code))
		return nil
	}
	return kind.one(c)
}

func ggufText(c *cursor) string { return c.text(c.u64()) }

func ggufTruth(c *cursor) bool {
	b := c.u8()
	if b > 1 {
		c.fail(failf(regguf, "has a boolean of %d", b))
	}
	return b == 1
}

// ggufList reads an array as a slice of its values' type; depth counts it and
// the arrays around it. An array in an array takes 12 bytes at least.
func ggufList(c *cursor, depth int) any {
	code, n := c.u32(), c.u64()
	kind, known := ggufKinds[code]
	if code == ggufArray {
		kind = ggufKind{12, nil, func(c *cursor, n uint64) any {
			return listOf(c, n, func(c *cursor) any { return ggufList(c, depth+1) })
		}}
	}
	switch {
	case !known && code != ggufArray:
		c.fail(failf(regguf, "has an array of the unknown type %d", code))
	case n > c.left()/kind.size:
		c.fail(failf(damaged, "has an array of %d values, for which %d bytes are too few", n, c.left()))
	case depth > ggufDeepest:
		c.fail(failf(regguf, "has arrays nested too deeply"))
	}
	if c.err != nil {
		return nil
	}
	return kind.many(c, n)
}

// listOf reads n values; that they fit into the rest of the file has been
// checked.
func listOf[V any](c *cursor, n uint64, read func(*cursor) V) []V {
	list := make([]V, 0, min(n, 1024))
	for ; n > 0 && c.err == nil; n-- {
		list = append(list, read(c))
	}
	return list
}

// checkSplit refuses a part of a model that was split into several files.
func checkSplit(metadata map[string]any) error {
	parts, _ := metadata["split.count"].(uint16)
	at, _ := metadata["split.no"].(uint16)
	if parts < 2 {
		return nil
	}
	return failf("join them with: llama-gguf-split --merge", "is part %d of %d of a model", int(at)+1, parts)
}

package figure

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"sync"

	"golang.org/x/image/font/opentype"
)

// kept are the tables of a font that a PDF needs, but for glyf and loca
// (OpenType specification 1.9, and ISO 32000-1, 9.9).
var kept = []string{"OS/2", "cmap", "cvt ", "fpgm", "head", "hhea", "hmtx", "maxp", "name", "post", "prep"}

var small sync.Map // *opentype.Font → *opentype.Font

// smallFont returns a TrueType font with the glyphs of code page 1252 alone,
// all that PDF text can be of here: a file is a tenth as large. Numbers of
// glyphs stay. No Go library that is at hand does it and keeps the map of
// characters, which vgpdf reads. The same font is made once.
func smallFont(whole *opentype.Font) *opentype.Font {
	if f, ok := small.Load(whole); ok {
		return f.(*opentype.Font)
	}
	var source bytes.Buffer
	if _, err := whole.WriteSourceTo(nil, &source); err != nil {
		panic(fmt.Sprintf("internal error: %v", err))
	}
	file, err := subset(source.Bytes(), codePageGlyphs(whole))
	if err != nil {
		panic(fmt.Sprintf("internal error: the font of figures: %v", err))
	}
	f, err := opentype.Parse(file)
	if err != nil {
		panic(fmt.Sprintf("internal error: a font without some glyphs: %v", err))
	}
	first, _ := small.LoadOrStore(whole, f)
	return first.(*opentype.Font)
}

// codePageGlyphs are the numbers of the glyphs that code page 1252 has, and 0,
// the sign for what is missing.
func codePageGlyphs(f *opentype.Font) []int {
	glyphs := []int{0}
	text := "€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ"
	for r := rune(' '); r <= 0xff; r++ {
		text += string(r)
	}
	for _, r := range text {
		if g, err := f.GlyphIndex(nil, r); err == nil {
			glyphs = append(glyphs, int(g))
		}
	}
	return glyphs
}

// tables of a font file by name.
func tables(file []byte) map[string][]byte {
	list := map[string][]byte{}
	for i := range int(binary.BigEndian.Uint16(file[4:])) {
		entry := file[12+16*i:]
		at, size := binary.BigEndian.Uint32(entry[8:]), binary.BigEndian.Uint32(entry[12:])
		list[string(entry[:4])] = file[at : at+size]
	}
	return list
}

// subset writes a font file anew with the outlines of some glyphs, and of the
// parts that they are composed of.
func subset(file []byte, glyphs []int) ([]byte, error) {
	all := tables(file)
	head, glyf, loca := all["head"], all["glyf"], all["loca"]
	if len(head) < 54 || glyf == nil || binary.BigEndian.Uint16(head[50:]) != 1 {
		return nil, fmt.Errorf("not a TrueType font with long offsets")
	}
	outline := func(g int) []byte {
		return glyf[binary.BigEndian.Uint32(loca[4*g:]):binary.BigEndian.Uint32(loca[4*g+4:])]
	}
	for i := 0; i < len(glyphs); i++ { // grows
		for _, part := range components(outline(glyphs[i])) {
			if !slices.Contains(glyphs, part) {
				glyphs = append(glyphs, part)
			}
		}
	}
	slices.Sort(glyphs)
	var outlines, offsets []byte
	for g := range len(loca)/4 - 1 {
		offsets = binary.BigEndian.AppendUint32(offsets, uint32(len(outlines)))
		if _, used := slices.BinarySearch(glyphs, g); used {
			outlines = append(outlines, outline(g)...)
		}
	}
	parts := map[string][]byte{"glyf": outlines, "loca": binary.BigEndian.AppendUint32(offsets, uint32(len(outlines)))}
	for _, name := range kept {
		if t, ok := all[name]; ok {
			parts[name] = t
		}
	}
	parts["post"] = append([]byte{0, 3, 0, 0}, parts["post"][4:32]...) // version 3: no names of glyphs
	return assemble(parts), nil
}

// components are the glyphs that a composite glyph refers to.
func components(outline []byte) (list []int) {
	const words, scale, more, scales, matrix = 1, 8, 0x20, 0x40, 0x80
	if len(outline) == 0 || int16(binary.BigEndian.Uint16(outline)) >= 0 {
		return nil
	}
	for at := 10; ; {
		flags := binary.BigEndian.Uint16(outline[at:])
		list = append(list, int(binary.BigEndian.Uint16(outline[at+2:])))
		at += 6
		for bit, size := range map[uint16]int{words: 2, scale: 2, scales: 4, matrix: 8} {
			if flags&bit != 0 {
				at += size
			}
		}
		if flags&more == 0 {
			return list
		}
	}
}

// assemble writes a font file of tables, which are padded to four bytes.
func assemble(parts map[string][]byte) []byte {
	names := make([]string, 0, len(parts))
	for name := range parts {
		names = append(names, name)
	}
	slices.Sort(names)
	n, log := len(names), 0
	for 2<<log <= n {
		log++
	}
	file := []byte{0, 1, 0, 0}
	for _, v := range []int{n, 16 << log, log, 16 * (n - 1<<log)} {
		file = binary.BigEndian.AppendUint16(file, uint16(v))
	}
	var body []byte
	for _, name := range names {
		t := parts[name]
		at := 12 + 16*n + len(body)
		body = append(body, t...)
		body = append(body, make([]byte, -len(body)&3)...)
		file = append(file, name...)
		for _, v := range []uint32{checksum(t), uint32(at), uint32(len(t))} {
			file = binary.BigEndian.AppendUint32(file, v)
		}
	}
	return append(file, body...)
}

// checksum is the sum of a table's words.
func checksum(t []byte) (sum uint32) {
	for i, b := range t {
		sum += uint32(b) << (24 - 8*(i&3))
	}
	return sum
}

package weights

// The K types have blocks of 256 numbers in groups of 16 or 32, each group with
// a small scale of its own (and a small offset), which are multiples of one or
// two scales of the block.

// q2_K: 16 groups of 16 numbers (d·s)·q − (e·m), q of 2 bits; s and m are the
// halves of a byte. The four bit pairs of byte 32h+i belong to the numbers
// 128h+i, +32, +64, +96.
func q2_K(b []byte, dst []float32) {
	d, e := half(le.Uint16(b[80:])), half(le.Uint16(b[82:]))
	for g, s := range b[:16] {
		scale, offset := d*float32(s&15), e*float32(s>>4)
		for i, q := range b[16+g/8*32+g%2*16:][:16] {
			dst[16*g+i] = float32(scale*float32(q>>(g%8/2*2)&3)) - offset
		}
	}
}

// q3_K: 16 groups of 16 numbers (d·(s−32))·q, q of 2 bits as in q2_K, less 4
// where the bit of a mask is not set; s of 6 bits.
func q3_K(b []byte, dst []float32) {
	mask, low, d := b[:32], b[32:96], half(le.Uint16(b[108:]))
	for g := range 16 {
		scale := d * float32(int(scale6(b[96:108], g))-32)
		for i := range 16 {
			at := g%2*16 + i
			q := int(low[g/8*32+at] >> (g % 8 / 2 * 2) & 3)
			if mask[at]>>(g/2)&1 == 0 {
				q -= 4
			}
			dst[16*g+i] = scale * float32(q)
		}
	}
}

// scale6 returns the scale of group g of 16 in q3_K: four low bits in the
// halves of the first 8 bytes, two high ones in the pairs of the last 4.
func scale6(b []byte, g int) byte {
	return b[g%8]>>(g/8*4)&15 | b[8+g%4]>>(g/4*2)&3<<4
}

// q4_K: 8 groups of 32 numbers (d·s)·q − (e·m), q of 4 bits; the low halves of
// 32 bytes are one group, the high halves the next.
func q4_K(b []byte, dst []float32) {
	d, e := half(le.Uint16(b)), half(le.Uint16(b[2:]))
	for g := range 8 {
		s, m := scaleOffset6(b[4:16], g)
		scale, offset := d*float32(s), e*float32(m)
		for i, q := range b[16+g/2*32:][:32] {
			dst[32*g+i] = float32(scale*float32(q>>(g%2*4)&15)) - offset
		}
	}
}

// q5_K: as q4_K, with a fifth bit: number i of group g has it in bit g of byte
// i.
func q5_K(b []byte, dst []float32) {
	d, e, high := half(le.Uint16(b)), half(le.Uint16(b[2:])), b[16:48]
	for g := range 8 {
		s, m := scaleOffset6(b[4:16], g)
		scale, offset := d*float32(s), e*float32(m)
		for i, q := range b[48+g/2*32:][:32] {
			five := q>>(g%2*4)&15 | high[i]>>g&1<<4
			dst[32*g+i] = float32(scale*float32(five)) - offset
		}
	}
}

// scaleOffset6 returns scale and offset of group g of 8 in q4_K and q5_K, 6
// bits each, in 12 bytes: those of the groups 0 to 3 are the low bits of the
// first 8, the others are halves of the last 4 and the bits left above.
func scaleOffset6(b []byte, g int) (scale, offset byte) {
	if g < 4 {
		return b[g] & 63, b[g+4] & 63
	}
	return b[g+4]&15 | b[g-4]>>6<<4, b[g+4]>>4 | b[g]>>6<<4
}

// q6_K: 16 groups of 16 numbers (d·s)·(q−32), s of 8 bits with sign, q of 6:
// four low bits in halves, of 64 bytes those of 64 numbers and then of the next
// 64, two high ones in the pairs of 32 bytes, as in q2_K.
func q6_K(b []byte, dst []float32) {
	low, high, scales, d := b[:128], b[128:192], b[192:208], half(le.Uint16(b[208:]))
	for g := range 16 {
		scale := d * float32(int8(scales[g]))
		for i := range 16 {
			at := 16*g + i // of 256; its half has 128 numbers, in two runs of 64
			l := low[at/128*64+at%64] >> (at % 128 / 64 * 4) & 15
			h := high[at/128*32+at%32] >> (at % 128 / 32 * 2) & 3
			dst[at] = scale * float32(int(l|h<<4)-32)
		}
	}
}

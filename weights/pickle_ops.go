package weights

import "math"

// pickleOps are the steps that pickles of state dicts take, by the letters of
// Python's pickletools. Text steps (protocol 0) and those that make objects of
// classes are left out.
var pickleOps = map[byte]func(*unpickler){
	0x80: func(u *unpickler) { u.protocol() },                                        // PROTO
	0x95: func(u *unpickler) { u.u64() },                                             // FRAME
	'.':  func(u *unpickler) { u.done = true },                                       // STOP
	'(':  func(u *unpickler) { u.mark() },                                            // MARK
	'0':  func(u *unpickler) { u.pop() },                                             // POP
	'1':  func(u *unpickler) { u.popMark() },                                         // POP_MARK
	'N':  func(u *unpickler) { u.push(nil) },                                         // NONE
	0x88: func(u *unpickler) { u.push(true) },                                        // NEWTRUE
	0x89: func(u *unpickler) { u.push(false) },                                       // NEWFALSE
	'J':  func(u *unpickler) { u.push(int64(int32(u.u32()))) },                       // BININT
	'K':  func(u *unpickler) { u.push(int64(u.u8())) },                               // BININT1
	'M':  func(u *unpickler) { u.push(int64(u.u16())) },                              // BININT2
	0x8a: func(u *unpickler) { u.long(u.text(uint64(u.u8()))) },                      // LONG1
	'G':  func(u *unpickler) { u.float() },                                           // BINFLOAT
	'X':  func(u *unpickler) { u.push(u.text(uint64(u.u32()))) },                     // BINUNICODE
	0x8c: func(u *unpickler) { u.push(u.text(uint64(u.u8()))) },                      // SHORT_BINUNICODE
	0x8d: func(u *unpickler) { u.push(u.text(u.u64())) },                             // BINUNICODE8
	'T':  func(u *unpickler) { u.push(u.text(uint64(u.u32()))) },                     // BINSTRING
	'U':  func(u *unpickler) { u.push(u.text(uint64(u.u8()))) },                      // SHORT_BINSTRING
	'B':  func(u *unpickler) { u.push(u.text(uint64(u.u32()))) },                     // BINBYTES
	'C':  func(u *unpickler) { u.push(u.text(uint64(u.u8()))) },                      // SHORT_BINBYTES
	')':  func(u *unpickler) { u.tuple(0) },                                          // EMPTY_TUPLE
	0x85: func(u *unpickler) { u.tuple(1) },                                          // TUPLE1
	0x86: func(u *unpickler) { u.tuple(2) },                                          // TUPLE2
	0x87: func(u *unpickler) { u.tuple(3) },                                          // TUPLE3
	't':  func(u *unpickler) { u.push(pyTuple(u.popMark())) },                        // TUPLE
	']':  func(u *unpickler) { u.push(&pyList{}) },                                   // EMPTY_LIST
	'a':  func(u *unpickler) { u.extend(u.pop()) },                                   // APPEND
	'e':  func(u *unpickler) { u.extend(u.popMark()...) },                            // APPENDS
	'}':  func(u *unpickler) { u.push(&pyDict{}) },                                   // EMPTY_DICT
	's':  func(u *unpickler) { v := u.pop(); u.set(u.pop(), v) },                     // SETITEM
	'u':  func(u *unpickler) { u.set(u.popMark()...) },                               // SETITEMS
	'c':  func(u *unpickler) { m := u.line(); u.push(pyGlobal(m + "." + u.line())) }, // GLOBAL
	0x93: func(u *unpickler) { u.stackGlobal() },                                     // STACK_GLOBAL
	'R':  func(u *unpickler) { u.reduce() },                                          // REDUCE
	'b':  func(u *unpickler) { u.build() },                                           // BUILD
	'Q':  func(u *unpickler) { u.persist() },                                         // BINPERSID
	'q':  func(u *unpickler) { u.put(uint32(u.u8())) },                               // BINPUT
	'r':  func(u *unpickler) { u.put(u.u32()) },                                      // LONG_BINPUT
	'h':  func(u *unpickler) { u.get(uint32(u.u8())) },                               // BINGET
	'j':  func(u *unpickler) { u.get(u.u32()) },                                      // LONG_BINGET
	0x94: func(u *unpickler) { u.put(uint32(len(u.memo))) },                          // MEMOIZE
}

func (u *unpickler) protocol() {
	if p := u.u8(); p < 2 || p > 5 {
		u.refuse("has a pickle of protocol %d; 2 to 5 are read", p)
	}
}

func (u *unpickler) mark() { u.marks = append(u.marks, len(u.stack)) }

// float reads a number that is big-endian, as no other is.
func (u *unpickler) float() {
	var b [8]byte
	u.fill(b[:])
	swap(b[:], 8)
	u.push(math.Float64frombits(le.Uint64(b[:])))
}

// long pushes an integer of so many bytes in two's complement.
func (u *unpickler) long(b string) {
	if len(b) > 8 {
		u.push(pyBig(b))
		return
	}
	v := int64(0)
	for i := len(b) - 1; i >= 0; i-- {
		v = v<<8 | int64(b[i])
	}
	if free := 64 - 8*len(b); len(b) > 0 {
		v = v << free >> free
	}
	u.push(v)
}

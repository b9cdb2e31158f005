package run

import (
	"encoding/binary"
	"hash/crc32"
	"math"
)

// eventsName is what TensorBoard looks for: events.out.tfevents, a time and a
// host. Both are fixed, and the wall time of an event is its step in seconds,
// so that a run gives the same bytes whenever and wherever it is made, and
// whether or not it was interrupted. TensorBoard's "relative" axis thus shows
// steps as seconds.
const eventsName = "events.out.tfevents.0000000000.keyhull"

// The fields written of TensorFlow's protocol buffers (event.proto,
// summary.proto), each as number<<3 | wire type.
const (
	eventWallTime    = 1<<3 | 1 // double
	eventStep        = 2 << 3   // int64: a varint, wire type 0
	eventFileVersion = 3<<3 | 2 // string
	eventSummary     = 5<<3 | 2 // Summary
	summaryValue     = 1<<3 | 2 // Value, repeated
	valueTag         = 1<<3 | 2 // string
	valueSimple      = 2<<3 | 5 // float
)

// eventsHead is the first record of an event file.
func eventsHead() []byte {
	return record(field(event(0), eventFileVersion, []byte("brain.Event:2")))
}

// scalars returns the record of one step's values, as float32.
func scalars(step int, values Values) []byte {
	var summary []byte
	for _, name := range values.names() {
		value := field(nil, valueTag, []byte(name))
		value = append(value, valueSimple)
		value = binary.LittleEndian.AppendUint32(value, math.Float32bits(float32(values[name])))
		summary = field(summary, summaryValue, value)
	}
	return record(field(event(step), eventSummary, summary))
}

// event begins an Event. A step of 0 is left away, as protocol buffers do.
func event(step int) []byte {
	b := binary.LittleEndian.AppendUint64([]byte{eventWallTime}, math.Float64bits(float64(step)))
	if step == 0 {
		return b
	}
	return binary.AppendUvarint(append(b, eventStep), uint64(step))
}

// field appends a field that has a length.
func field(b []byte, tag byte, content []byte) []byte {
	b = binary.AppendUvarint(append(b, tag), uint64(len(content)))
	return append(b, content...)
}

// record frames data as TFRecord does: length, its checksum, data, its checksum.
func record(data []byte) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(data)))
	b = binary.LittleEndian.AppendUint32(b, masked(b))
	b = append(b, data...)
	return binary.LittleEndian.AppendUint32(b, masked(data))
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// masked is TFRecord's checksum: CRC-32C rotated right by 15 bits, plus a
// constant, so that the checksum of data that hold checksums stays a good one.
func masked(data []byte) uint32 {
	c := crc32.Checksum(data, castagnoli)
	return (c>>15 | c<<17) + 0xa282ead8
}

package column

import (
	"bufio"
	"encoding/binary"
	"errors"
	"hash"
	"hash/crc32"
	"io"
	"unsafe"

	"github.com/RoaringBitmap/roaring/v2"
)

// An Encoder writes numbers, texts and columns one after the other. After an error it writes nothing more; Close returns the
// error.
type Encoder struct {
	file io.Writer
	w    *bufio.Writer
	sum  hash.Hash32
	err  error
}

// NewEncoder returns an encoder that writes to file.
func NewEncoder(file io.Writer) *Encoder {
	sum := crc32.NewIEEE()
	return &Encoder{file: file, w: bufio.NewWriterSize(io.MultiWriter(file, sum), 1<<20), sum: sum}
}

// Close flushes the buffer and writes the checksum. It does not close the file.
func (e *Encoder) Close() error {
	if e.err == nil {
		e.err = e.w.Flush()
	}
	if e.err == nil {
		_, e.err = e.file.Write(binary.BigEndian.AppendUint32(nil, e.sum.Sum32()))
	}
	return e.err
}

// Bytes writes bytes without a length.
func (e *Encoder) Bytes(b []byte) {
	if e.err == nil {
		_, e.err = e.w.Write(b)
	}
}

// Number writes a number in eight bytes.
func (e *Encoder) Number(n uint64) { e.Bytes(binary.LittleEndian.AppendUint64(nil, n)) }

// Text writes the length of a text and the text.
func (e *Encoder) Text(s string) {
	e.Number(uint64(len(s)))
	e.Bytes([]byte(s))
}

// Bitmap writes the length of a bitmap and the bitmap.
func (e *Encoder) Bitmap(b *roaring.Bitmap) {
	raw, err := b.MarshalBinary()
	e.err = errors.Join(e.err, err)
	Write(e, raw)
}

// Write writes the number of rows of a column, and its values. T must have no pointers.
func Write[T any](e *Encoder, column []T) {
	e.Number(uint64(len(column)))
	e.Bytes(Memory(column))
}

// Memory returns the bytes of a column of values without pointers, not a copy of them. All systems that the program is built for
// are little-endian.
func Memory[T any](column []T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(column))), len(column)*int(unsafe.Sizeof(*new(T))))
}

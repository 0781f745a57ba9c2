package column

import (
	"bufio"
	"encoding/binary"
	"io"
	"os"
	"unsafe"

	"github.com/RoaringBitmap/roaring/v2"
)

// A Decoder reads what an Encoder wrote. After an error it returns zero values; Err returns the error. It checks every length against the
// size of the file, because a file with a correct checksum may still be of another program.
type Decoder struct {
	r    *bufio.Reader
	left int64 // bytes of the file that are not read yet
	err  error
}

// NewDecoder returns a decoder that reads file from its beginning.
func NewDecoder(file *os.File) (*Decoder, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	return &Decoder{r: bufio.NewReaderSize(file, 1<<20), left: info.Size()}, nil
}

// Err returns the first error.
func (d *Decoder) Err() error { return d.err }

// Fail sets the error, unless there is one. It is for callers that read a wrong value.
func (d *Decoder) Fail(err error) {
	if d.err == nil {
		d.err = err
	}
}

// Bytes fills b.
func (d *Decoder) Bytes(b []byte) {
	if d.err == nil {
		_, d.err = io.ReadFull(d.r, b)
		d.left -= int64(len(b))
	}
}

// Number reads a number.
func (d *Decoder) Number() uint64 {
	var b [8]byte
	d.Bytes(b[:])
	return binary.LittleEndian.Uint64(b[:])
}

// Length reads a number of items that take at least size bytes each. If the file is too short for them, it sets the error and returns 0.
func (d *Decoder) Length(size uintptr) int {
	n := d.Number()
	if d.err == nil && n > uint64(d.left)/uint64(size) {
		d.err = io.ErrUnexpectedEOF
	}
	if d.err != nil {
		return 0
	}
	return int(n)
}

// Text reads a text.
func (d *Decoder) Text() string {
	b := make([]byte, d.Length(1))
	d.Bytes(b)
	return string(b)
}

// Bitmap reads a bitmap.
func (d *Decoder) Bitmap() *roaring.Bitmap {
	b := roaring.New()
	raw := Read[byte](d)
	if d.err == nil {
		d.err = b.UnmarshalBinary(raw)
	}
	return b
}

// Read reads a column. It returns nil if the column has no rows. The slice has some capacity to grow.
func Read[T any](d *Decoder) []T {
	n := d.Length(unsafe.Sizeof(*new(T)))
	if n == 0 {
		return nil
	}
	column := make([]T, n, n+n/32)
	d.Bytes(Memory(column))
	return column
}

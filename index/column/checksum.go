package column

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
)

// VerifyChecksum reads a file and compares its content with the CRC-32 in its last four bytes. Files of an Encoder and segments of Bleve
// end in this way.
func VerifyChecksum(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	sum := crc32.NewIEEE()
	if _, err := io.CopyBuffer(onlyWriter{sum}, io.LimitReader(f, info.Size()-4), make([]byte, 1<<20)); err != nil {
		return err
	}
	var footer [4]byte
	if _, err := io.ReadFull(f, footer[:]); err != nil || binary.BigEndian.Uint32(footer[:]) != sum.Sum32() {
		return fmt.Errorf("%s: checksum does not match", filepath.Base(path))
	}
	return nil
}

// An onlyWriter hides the other methods of a writer, so that io.CopyBuffer uses the buffer.
type onlyWriter struct{ io.Writer }

package backup

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"io"
	"os"

	"crm/store"
	"crm/store/kv"
)

// A seal states when the bytes before it were verified.
type seal struct {
	Time   store.Time `json:"verified_at"`
	Bytes  int64      `json:"bytes"`
	SHA256 string     `json:"sha256"`
}

const (
	sealMagic = 0x184D2A5C // one of zstd's skippable frames (RFC 8878, section 3.1.2)
	sealHead  = 8          // magic and length
	sealSize  = sealHead + 256
)

func (s *seal) encode() ([]byte, error) {
	text, err := store.Encode(s)
	if err != nil {
		return nil, err
	}
	raw := binary.LittleEndian.AppendUint32(nil, sealMagic)
	raw = binary.LittleEndian.AppendUint32(raw, sealSize-sealHead)
	raw = append(raw, text...)
	return append(raw, bytes.Repeat([]byte(" "), sealSize-len(raw))...), nil
}

// readSeal returns the seal at the end of a file of size bytes, or nil if there is none or it is for another length.
func readSeal(file io.ReaderAt, size int64) *seal {
	raw := make([]byte, sealSize)
	if _, err := file.ReadAt(raw, size-sealSize); err != nil || binary.LittleEndian.Uint32(raw) != sealMagic {
		return nil
	}
	s := new(seal)
	if json.Unmarshal(raw[sealHead:], s) != nil || s.Bytes != size-sealSize {
		return nil
	}
	return s
}

// appendTo writes the seal behind the bytes that it is about.
func (s *seal) appendTo(file *os.File) error {
	raw, err := s.encode()
	if err == nil {
		_, err = file.WriteAt(raw, s.Bytes)
	}
	return kv.Classify(cmp.Or(err, file.Sync()))
}

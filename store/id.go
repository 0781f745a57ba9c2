package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"

	"github.com/google/uuid"
)

// ID names a record: a UUIDv7 (RFC 9562), whose byte order is the order of creation.
type ID = uuid.UUID

// ErrID is returned by ParseID for a text that is not a UUID of 36 characters.
var ErrID = errors.New("not a UUID")

// ParseID parses a UUID in its canonical form: without braces or a urn prefix, and with all hyphens.
func ParseID(s string) (ID, error) {
	if len(s) != 36 {
		return ID{}, ErrID
	}
	id, err := uuid.Parse(s)
	if err != nil {
		return ID{}, ErrID
	}
	return id, nil
}

// CreatedAt returns the time in a UUIDv7.
func CreatedAt(id ID) Time { return Time(binary.BigEndian.Uint64(id[:8]) >> 16) }

// An IDSource makes strictly increasing UUIDv7s. It is not safe for concurrent use.
type IDSource struct {
	Rand io.Reader // 10 bytes are read for each id
	last ID
}

// Next returns an id for the time t that is greater than all ids before it. If t is not after the time of the last id, the new id is
// the last one plus a random step.
func (s *IDSource) Next(t Time) ID {
	var id ID
	if _, err := io.ReadFull(s.Rand, id[6:]); err != nil {
		panic("no randomness: " + err.Error()) // crypto/rand never fails
	}
	binary.BigEndian.PutUint64(id[:8], uint64(t)<<16|uint64(id[6])<<8|uint64(id[7]))
	id[6] = id[6]&0x07 | 0x70 // version 7; the highest random bit is 0, so that steps do not overflow
	id[8] = id[8]&0x3f | 0x80 // variant of RFC 9562
	if bytes.Compare(id[:], s.last[:]) <= 0 {
		id = s.step(id)
	}
	s.last = id
	return id
}

// step returns the last id plus 1 to 65,536, carried into rand_a past the variant bits.
func (s *IDSource) step(random ID) ID {
	id := s.last
	low := binary.BigEndian.Uint64(id[8:])&(1<<62-1) + 1 + uint64(binary.BigEndian.Uint16(random[14:]))
	if low >= 1<<62 {
		binary.BigEndian.PutUint64(id[:8], binary.BigEndian.Uint64(id[:8])+1)
		low &= 1<<62 - 1
	}
	binary.BigEndian.PutUint64(id[8:], low|1<<63)
	return id
}

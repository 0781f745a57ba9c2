package search

import (
	"encoding/binary"
	"errors"
	"hash/crc32"

	"crm/store"
)

// mappingVersion changes whenever a document would have other terms for the same customer.
const mappingVersion = 2

// errStale says that an index is of another database or another mappingVersion, or newer than the log. It is rebuilt.
var errStale = errors.New("index belongs to other data")

// A state says what an index has. Its documents are at least as new as the log's sequence cursor.
type state struct {
	database store.ID
	cursor   uint64
}

var stateKey = []byte("crm")

func (s *state) encode() []byte {
	raw := binary.BigEndian.AppendUint32(nil, mappingVersion)
	raw = append(raw, s.database[:]...)
	raw = binary.BigEndian.AppendUint64(raw, s.cursor)
	return binary.BigEndian.AppendUint32(raw, crc32.ChecksumIEEE(raw))
}

// decodeState returns errStale for a state that is damaged or of another mappingVersion.
func decodeState(raw []byte) (s state, err error) {
	const size = 4 + 16 + 8 + 4
	if len(raw) != size || crc32.ChecksumIEEE(raw[:size-4]) != binary.BigEndian.Uint32(raw[size-4:]) ||
		binary.BigEndian.Uint32(raw) != mappingVersion {
		return s, errStale
	}
	return state{store.ID(raw[4:20]), binary.BigEndian.Uint64(raw[20:28])}, nil
}

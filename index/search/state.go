package search

import (
	"encoding/binary"
	"errors"
	"hash/crc32"

	"crm/store"
)

// mappingVersion changes whenever a document would have other terms for the same customer.
const mappingVersion = 3

// errStale is returned for an index of another database, other rules for phone numbers or another mappingVersion, or one that is newer than
// the log. It is rebuilt.
var errStale = errors.New("index belongs to other data")

// A state describes the content of an index. Its documents are at least as new as the log's sequence cursor.
type state struct {
	database store.ID
	cursor   uint64
	phones   string // Source.Phones
}

var stateKey = []byte("crm")

func (s *state) encode() []byte {
	raw := binary.BigEndian.AppendUint32(nil, mappingVersion)
	raw = append(raw, s.database[:]...)
	raw = binary.BigEndian.AppendUint64(raw, s.cursor)
	raw = append(raw, s.phones...)
	return binary.BigEndian.AppendUint32(raw, crc32.ChecksumIEEE(raw))
}

// decodeState returns errStale for a state that is damaged or of another mappingVersion.
func decodeState(raw []byte) (s state, err error) {
	const least = 4 + 16 + 8 + 4
	end := len(raw) - 4
	if len(raw) < least || crc32.ChecksumIEEE(raw[:end]) != binary.BigEndian.Uint32(raw[end:]) || binary.BigEndian.Uint32(raw) != mappingVersion {
		return s, errStale
	}
	return state{store.ID(raw[4:20]), binary.BigEndian.Uint64(raw[20:28]), string(raw[28:end])}, nil
}

// is reports whether the index is of a source's data, and no newer.
func (s *state) is(source *Source) bool {
	return s.database == source.Database && s.phones == source.Phones && s.cursor <= source.Seq()
}

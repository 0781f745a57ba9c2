package store

import (
	"encoding/binary"

	"crm/store/kv"
)

// idAt returns the id at an offset of a key.
func idAt(key []byte, at int) ID {
	if len(key) < at+len(ID{}) {
		panic(kv.ShortKey(key))
	}
	return ID(key[at:])
}

// numberAt returns the number at an offset of a key.
func numberAt(key []byte, at int) uint64 {
	if len(key) < at+8 {
		panic(kv.ShortKey(key))
	}
	return binary.BigEndian.Uint64(key[at:])
}

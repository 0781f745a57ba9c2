package store

import (
	"encoding/binary"
	"fmt"
)

// A shortKey is what idAt and numberAt panic with over a key, or a unique index's value, that has no room for what they read.
type shortKey []byte

func (k shortKey) String() string { return fmt.Sprintf("an entry is cut off: %x", []byte(k)) }

// idAt is the id that stands in a key.
func idAt(key []byte, at int) ID {
	if len(key) < at+len(ID{}) {
		panic(shortKey(key))
	}
	return ID(key[at:])
}

// numberAt is the number that stands in a key.
func numberAt(key []byte, at int) uint64 {
	if len(key) < at+8 {
		panic(shortKey(key))
	}
	return binary.BigEndian.Uint64(key[at:])
}

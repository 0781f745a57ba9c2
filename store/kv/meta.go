package kv

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"

	bolt "go.etcd.io/bbolt"
)

// A metaPage is the first part of one of bbolt's two meta pages: the 16 bytes of a page's head, then magic, version, page size, flags,
// the root bucket's page and sequence, the freelist's page, the number of pages, the transaction's number, and a checksum of these. The
// valid meta page with the greater transaction number is the state of the file.
//
// This package writes only copies of meta pages that bbolt wrote.
type metaPage [metaSize]byte

const (
	metaSize    = 80
	metaHead    = 16
	metaMagic   = 0xED0CDAED
	metaVersion = 2
)

// valid reports whether the checksum is right.
func (m *metaPage) valid() bool {
	sum := fnv.New64a()
	sum.Write(m[metaHead : metaSize-8])
	return binary.NativeEndian.Uint32(m[metaHead:]) == metaMagic && binary.NativeEndian.Uint64(m[metaSize-8:]) == sum.Sum64()
}

// usable reports whether the page is valid, has the version of bbolt, and has a possible page size.
func (m *metaPage) usable() bool {
	size := m.pageSize()
	return m.valid() && m.version() == metaVersion && size >= minPage && size <= maxPage && size&(size-1) == 0
}

func (m *metaPage) version() uint32     { return binary.NativeEndian.Uint32(m[metaHead+4:]) }
func (m *metaPage) pageSize() int64     { return int64(binary.NativeEndian.Uint32(m[metaHead+8:])) }
func (m *metaPage) root() uint64        { return binary.NativeEndian.Uint64(m[metaHead+16:]) }
func (m *metaPage) freelist() uint64    { return binary.NativeEndian.Uint64(m[metaHead+32:]) }
func (m *metaPage) pages() uint64       { return binary.NativeEndian.Uint64(m[metaHead+40:]) }
func (m *metaPage) transaction() uint64 { return binary.NativeEndian.Uint64(m[metaSize-16:]) }

// metaOf reads the meta page of a read transaction on the newest commit. It returns an error if the page and the transaction differ,
// which means that bbolt has another format than this package knows.
func (db *DB) metaOf(tx *bolt.Tx) (m metaPage, err error) {
	size := int64(db.bolt.Info().PageSize)
	if _, err := db.file.ReadAt(m[:], int64(tx.ID()%2)*size); err != nil {
		return m, err
	}
	type state struct {
		Version                  uint32
		PageSize                 int64
		Root, Pages, Transaction uint64
	}
	got := state{m.version(), m.pageSize(), m.root(), m.pages(), m.transaction()}
	want := state{metaVersion, size, uint64(tx.Cursor().Bucket().Root()), uint64(tx.Size() / size), uint64(tx.ID())}
	if !m.valid() || got != want {
		return m, fmt.Errorf("bbolt has a format that its write-ahead log does not know: the meta page says %+v, the transaction %+v", got, want)
	}
	return m, nil
}

// newestMeta returns the meta page that bbolt will use: the newer one of the first two pages. If the first is damaged, it returns the
// second, whatever the page size is.
func newestMeta(file io.ReaderAt) (newest metaPage, err error) {
	first, second := metaAt(file, 0), metaPage{}
	if first.usable() {
		second = metaAt(file, first.pageSize())
	}
	for at := int64(minPage); at <= maxPage && !first.usable() && !second.usable(); at *= 2 {
		second = metaAt(file, at)
	}
	switch {
	case !first.usable() && !second.usable():
		return first, errors.New("its first pages are not those of a database")
	case first.usable() && second.usable() && first.pageSize() != second.pageSize():
		return first, errors.New("its first pages are of two databases")
	case !first.usable(), second.usable() && second.transaction() > first.transaction():
		return second, nil
	}
	return first, nil
}

// metaAt returns the bytes at an offset of a file, which need not be a meta page.
func metaAt(file io.ReaderAt, at int64) (m metaPage) {
	_, _ = file.ReadAt(m[:], at) // after an error the page is not usable
	return m
}

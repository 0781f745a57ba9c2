package kv

import (
	"encoding/binary"
	"hash/fnv"
	"os"
	"strings"
	"testing"
)

// A meta page that differs from what bbolt reports of the transaction is refused, because that bbolt has another format.
func TestUnknownFormat(t *testing.T) {
	for name, at := range map[string]int64{"version": 4, "page size": 8, "root": 16, "pages": 40, "transaction": 48, "checksum": 56} {
		t.Run(name, func(t *testing.T) {
			db, _ := filled(t, 3)
			tx, err := db.bolt.Begin(false)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = tx.Rollback() }()
			whole, err := db.metaOf(tx)
			if err != nil {
				t.Fatal(err)
			}
			m, slot := whole, int64(tx.ID()%2)*int64(os.Getpagesize())
			m[metaHead+at] ^= 4
			if name != "checksum" {
				sum := fnv.New64a()
				sum.Write(m[metaHead : metaSize-8])
				binary.NativeEndian.PutUint64(m[metaSize-8:], sum.Sum64())
			}
			writeMeta(t, db, m, slot)
			defer writeMeta(t, db, whole, slot)
			if _, err := db.metaOf(tx); err == nil || !strings.Contains(err.Error(), "format") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func writeMeta(t *testing.T, db *DB, m metaPage, at int64) {
	t.Helper()
	if _, err := db.file.WriteAt(m[:], at); err != nil {
		t.Fatal(err)
	}
}

// A record of the log cannot create a bucket, so creating one is refused while there is a log.
func TestCreateBucketWithWAL(t *testing.T) {
	db := openAt(t, t.TempDir(), WALSize)
	if db.wal == nil {
		t.Skip("no write-ahead log on this system")
	}
	if err := db.Update(func(tx *Tx) error { return tx.Create(rows) }); err == nil {
		t.Error("a bucket was made")
	}
}

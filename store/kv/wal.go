package kv

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"iter"
	"math"
	"os"
	"path/filepath"
	"strings"
)

// A wal is a write-ahead log. It has the commits since a base, as puts and deletes. The base is a synced state of the database file that
// nothing overwrites. DESIGN.md tells why recovery needs no more than that.
//
// The file has a fixed size and is first filled with zeros, so that a sync never has to allocate blocks. Its head is one sector. Each
// record begins at a page boundary and shares no page with another record, so that an incomplete write cannot damage an earlier commit.
type wal struct {
	file   *os.File
	size   int64
	epoch  uint64 // a random number of the base; records with another number belong to another base
	number uint64 // of the next record, from 1
	at     int64  // the offset of the next record
	record []byte // of the present commit
	full   bool   // whether the commit is too large for a record
}

// WALSize is the size of a write-ahead log in bytes.
const WALSize = 16 << 20

const (
	walPage    = 4096
	walMagic   = "crmjrnl1"
	maxRecord  = 1 << 20                          // bytes of memory that are kept for the next record
	recordHead = 8 + 8 + 4 + 4                    // epoch, number, length, checksum
	walHead    = len(walMagic) + 8 + metaSize + 4 // magic, epoch, the base's meta page, checksum
)

// WALPath returns the path of a database's write-ahead log. The name cannot change: a version that looks for another name would ignore
// the commits that a crash has left in the log.
func WALPath(path string) string { return strings.TrimSuffix(path, ".db") + ".journal" }

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// createWAL creates the file of a log with its first base.
func createWAL(path string, size int64, base []byte) (w *wal, err error) {
	file, err := os.OpenFile(path+".new", os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			w, err = nil, errors.Join(err, file.Close(), RemoveIfThere(path+".new"), RemoveIfThere(path))
		}
	}()
	if _, err := io.CopyN(file, zeros{}, size); err != nil {
		return nil, err
	}
	w = &wal{file: file, size: size}
	if err := w.reset(base); err != nil {
		return nil, err
	}
	if err := file.Sync(); err != nil {
		return nil, err
	}
	return w, errors.Join(os.Rename(path+".new", path), SyncDir(filepath.Dir(path)))
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// reset sets the base to a meta page and drops all records.
func (w *wal) reset(base []byte) error {
	epoch := make([]byte, 8)
	_, _ = rand.Read(epoch) // never fails
	head := append([]byte(walMagic), epoch...)
	head = append(head, base...)
	head = binary.LittleEndian.AppendUint32(head, crc32.Checksum(head, castagnoli))
	if err := w.write(head, 0); err != nil {
		return err
	}
	w.epoch, w.number, w.at = binary.LittleEndian.Uint64(epoch), 1, walPage
	return nil
}

// write writes and syncs.
func (w *wal) write(raw []byte, at int64) error {
	if _, err := w.file.WriteAt(raw, at); err != nil {
		return err
	}
	return syncData(w.file)
}

// start begins the record of a commit.
func (w *wal) start() {
	if cap(w.record) > maxRecord {
		w.record = nil
	}
	w.record, w.full = append(w.record[:0], make([]byte, recordHead)...), false
}

// put adds a put to the record. The value may be empty.
func (w *wal) put(bucket string, key, value []byte) {
	if w.add(bucket, key, 1, len(value)) {
		w.addBytes(value)
	}
}

// delete adds a delete to the record.
func (w *wal) delete(bucket string, key []byte) { w.add(bucket, key, 0, 0) }

// add adds the beginning of a change to the record, and reports whether there is room for more bytes after it.
func (w *wal) add(bucket string, key []byte, puts byte, more int) bool {
	w.full = w.full || int64(len(w.record)+len(key)+more+64) > w.size-walPage
	if !w.full {
		w.addBytes([]byte(bucket))
		w.addBytes(key)
		w.record = append(w.record, puts)
	}
	return !w.full
}

func (w *wal) addBytes(b []byte) {
	w.record = append(binary.AppendUvarint(w.record, uint64(len(b))), b...)
}

// fits reports whether the record fits in the file.
func (w *wal) fits() bool { return !w.full && w.at+int64(len(w.record)) <= w.size }

// append writes and syncs the record. It is part of the log after a call of keep.
func (w *wal) append() error {
	raw := w.record
	binary.LittleEndian.PutUint64(raw, w.epoch)
	binary.LittleEndian.PutUint64(raw[8:], w.number)
	binary.LittleEndian.PutUint32(raw[16:], uint32(len(raw)-recordHead))
	binary.LittleEndian.PutUint32(raw[20:], checksum(raw))
	_, err := w.file.WriteAt(raw, w.at)
	return err
}

// keep adds the appended record to the log.
func (w *wal) keep() {
	w.number++
	w.at += wholePages(len(w.record))
}

// erase removes a record that was appended and not kept.
func (w *wal) erase() error { return w.write(make([]byte, recordHead), w.at) }

// wholePages rounds a length in bytes up to whole pages of the log.
func wholePages(n int) int64 { return (int64(n) + walPage - 1) / walPage * walPage }

// checksum returns the checksum of a record, leaving out the bytes for the checksum.
func checksum(record []byte) uint32 {
	return crc32.Update(crc32.Checksum(record[:20], castagnoli), castagnoli, record[recordHead:])
}

// A walContent is the content of a log that a crash has left.
type walContent struct {
	base    metaPage
	records [][]byte // the changes of each commit
}

// readWAL reads a log. It returns nil if there is none, and a DamagedError if its head is damaged.
func readWAL(path string) (*walContent, error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	content := parseWAL(raw)
	if content == nil {
		return nil, &DamagedError{Path: path, Cause: errors.New("it does not begin as a write-ahead log")}
	}
	return content, nil
}

// parseWAL reads the head and all records before the first incomplete one. It returns nil if the head is damaged.
func parseWAL(raw []byte) *walContent {
	if len(raw) < walPage || string(raw[:len(walMagic)]) != walMagic ||
		binary.LittleEndian.Uint32(raw[walHead-4:]) != crc32.Checksum(raw[:walHead-4], castagnoli) {
		return nil
	}
	content := &walContent{base: metaPage(raw[len(walMagic)+8 : walHead-4])}
	epoch := binary.LittleEndian.Uint64(raw[len(walMagic):])
	for at := int64(walPage); at+recordHead <= int64(len(raw)); {
		record := recordAt(raw[at:], epoch, uint64(len(content.records))+1)
		if record == nil {
			break
		}
		content.records = append(content.records, record[recordHead:])
		at += wholePages(len(record))
	}
	return content
}

// recordAt returns the record at the beginning of raw, or nil if it is incomplete or has another epoch or number.
func recordAt(raw []byte, epoch, number uint64) []byte {
	n := uint64(recordHead) + uint64(binary.LittleEndian.Uint32(raw[16:]))
	if binary.LittleEndian.Uint64(raw) != epoch || binary.LittleEndian.Uint64(raw[8:]) != number || n > uint64(len(raw)) {
		return nil
	}
	record := raw[:n]
	if binary.LittleEndian.Uint32(record[20:]) != checksum(record) {
		return nil
	}
	return record
}

// errRecord is returned for a record with a correct checksum and unknown content.
var errRecord = fmt.Errorf("%w: its write-ahead log", ErrNewer)

// replay makes the changes of all records in one transaction.
func (c *walContent) replay(tx *Tx) error {
	for _, record := range c.records {
		for change, err := range changesIn(record) {
			if err != nil {
				return err
			}
			switch b := tx.tx.Bucket([]byte(change.bucket)); {
			case b == nil:
				return errRecord
			case change.puts:
				err = b.Put(change.key, change.value)
			default:
				err = b.Delete(change.key)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// A change is a put, or else a delete.
type change struct {
	bucket     string
	puts       bool
	key, value []byte
}

// changesIn yields the changes of a record, and errRecord for unknown content.
func changesIn(record []byte) iter.Seq2[change, error] {
	return func(yield func(change, error) bool) {
		for rest := record; len(rest) > 0; {
			c, ok := cutChange(&rest)
			if !ok {
				yield(c, errRecord)
				return
			}
			if !yield(c, nil) {
				return
			}
		}
	}
}

// cutChange removes the first change from a record and returns it.
func cutChange(rest *[]byte) (c change, ok bool) {
	var bucket []byte
	if !cutBytes(rest, &bucket) || !cutBytes(rest, &c.key) || len(*rest) == 0 {
		return c, false
	}
	c.bucket = string(bucket)
	c.puts, *rest = (*rest)[0] == 1, (*rest)[1:]
	return c, !c.puts || cutBytes(rest, &c.value)
}

// cutBytes removes a length, and the bytes of that length, from the beginning of a record.
func cutBytes(rest, b *[]byte) bool {
	n, size := binary.Uvarint(*rest)
	if size <= 0 || n > math.MaxInt32 || uint64(len(*rest)-size) < n {
		return false
	}
	*b, *rest = (*rest)[size:size+int(n)], (*rest)[size+int(n):]
	return true
}

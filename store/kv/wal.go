package kv

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"hash/fnv"
	"io"
	"iter"
	"math"
	"os"
	"path/filepath"
)

// A journal makes commits durable with one short write in a row, where the engine needs many in different places and
// two syncs. It holds, as puts and deletes, the commits since the base: a state of the database file that was synced
// and whose pages nothing overwrites. The engine goes on writing without syncs, so that after a power failure the file may
// have some of its newer pages and not others; then the base's meta page is put back and the journal's commits are
// made again. When it is full, one commit is synced with everything before it and becomes the next base.
//
// The file has a fixed size and is written with zeros first, so that a sync need not wait for the file system's own
// records. Its head is one sector. A record begins at a page and never shares one with another, so that a torn write
// harms no commit that was acknowledged.
type journal struct {
	file   *os.File
	size   int64
	epoch  uint64 // of the base; records of another epoch are older
	number uint64 // of the next record, from 1
	at     int64  // where the next record goes
	record []byte // of the commit that is being made
	full   bool   // the commit is too large for a record
}

const (
	JournalSize  = 16 << 20
	journalPage  = 4096
	maxKept      = 1 << 20 // of memory for records
	journalMagic = "crmjrnl1"
	recordHead   = 8 + 8 + 4 + 4 // epoch, number, length, sum
	headSize     = len(journalMagic) + 8 + metaSize + 4
)

// newJournal makes the file of a journal in place, with its first base.
func newJournal(path string, size int64, base []byte) (j *journal, err error) {
	file, err := os.OpenFile(path+".new", os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			j, err = nil, errors.Join(err, file.Close(), RemoveIfThere(path+".new"), RemoveIfThere(path))
		}
	}()
	if _, err := io.CopyN(file, zeros{}, size); err != nil {
		return nil, err
	}
	j = &journal{file: file, size: size}
	if err := j.begin(base); err != nil {
		return nil, err
	}
	if err := file.Sync(); err != nil {
		return nil, err
	}
	return j, errors.Join(os.Rename(path+".new", path), SyncDir(filepath.Dir(path)))
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// begin makes a meta page the base and forgets all records.
func (j *journal) begin(base []byte) error {
	epoch := make([]byte, 8)
	_, _ = rand.Read(epoch) // never fails
	head := append([]byte(journalMagic), epoch...)
	head = append(head, base...)
	head = binary.LittleEndian.AppendUint32(head, crc32.Checksum(head, castagnoli))
	if err := j.write(head, 0); err != nil {
		return err
	}
	j.epoch, j.number, j.at = binary.LittleEndian.Uint64(epoch), 1, journalPage
	return nil
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func (j *journal) write(raw []byte, at int64) error {
	if _, err := j.file.WriteAt(raw, at); err != nil {
		return err
	}
	return syncData(j.file)
}

// open begins the record of a commit.
func (j *journal) open() {
	if cap(j.record) > maxKept {
		j.record = nil
	}
	j.record, j.full = append(j.record[:0], make([]byte, recordHead)...), false
}

// put notes that a key has a value, which may be empty.
func (j *journal) put(bucket string, key, value []byte) {
	if j.note(bucket, key, 1, len(value)) {
		j.text(value)
	}
}

func (j *journal) delete(bucket string, key []byte) { j.note(bucket, key, 0, 0) }

// note begins a change and reports whether there is room for so many bytes more.
func (j *journal) note(bucket string, key []byte, puts byte, more int) bool {
	j.full = j.full || int64(len(j.record)+len(key)+more+64) > j.size-journalPage
	if !j.full {
		j.text([]byte(bucket))
		j.text(key)
		j.record = append(j.record, puts)
	}
	return !j.full
}

func (j *journal) text(b []byte) {
	j.record = append(binary.AppendUvarint(j.record, uint64(len(b))), b...)
}

// fits reports whether the record has room before the end.
func (j *journal) fits() bool { return !j.full && j.at+int64(len(j.record)) <= j.size }

// append writes the record, which is durable after a sync, and counts when it is kept.
func (j *journal) append() error {
	raw := j.record
	binary.LittleEndian.PutUint64(raw, j.epoch)
	binary.LittleEndian.PutUint64(raw[8:], j.number)
	binary.LittleEndian.PutUint32(raw[16:], uint32(len(raw)-recordHead))
	binary.LittleEndian.PutUint32(raw[20:], sumOf(raw))
	_, err := j.file.WriteAt(raw, j.at)
	return err
}

// keep goes on behind the record that was appended.
func (j *journal) keep() {
	j.number++
	j.at += pages(len(j.record))
}

// takeBack forgets the record that was appended and not kept.
func (j *journal) takeBack() error { return j.write(make([]byte, recordHead), j.at) }

// pages is a length in bytes with the rest of its last page.
func pages(n int) int64 { return (int64(n) + journalPage - 1) / journalPage * journalPage }

// sumOf is the checksum of a record, its own place left out.
func sumOf(record []byte) uint32 {
	return crc32.Update(crc32.Checksum(record[:20], castagnoli), castagnoli, record[recordHead:])
}

// A redo is what a journal that was left behind says.
type redo struct {
	base    metaPage
	records [][]byte // the puts and deletes of each commit
}

// readJournal is what a journal says, nil when there is none.
func readJournal(path string) (*redo, error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	r := parseJournal(raw)
	if r == nil {
		return nil, &DamagedError{Path: path, Cause: errors.New("it does not begin as a journal")}
	}
	return r, nil
}

// parseJournal reads the head and every record up to the first that is not whole; nil when the head is not.
func parseJournal(raw []byte) *redo {
	if len(raw) < journalPage || string(raw[:len(journalMagic)]) != journalMagic ||
		binary.LittleEndian.Uint32(raw[headSize-4:]) != crc32.Checksum(raw[:headSize-4], castagnoli) {
		return nil
	}
	r := &redo{base: metaPage(raw[len(journalMagic)+8 : headSize-4])}
	epoch := binary.LittleEndian.Uint64(raw[len(journalMagic):])
	for at := int64(journalPage); at+recordHead <= int64(len(raw)); {
		record := recordAt(raw[at:], epoch, uint64(len(r.records))+1)
		if record == nil {
			break
		}
		r.records = append(r.records, record[recordHead:])
		at += pages(len(record))
	}
	return r
}

// recordAt is the record at the beginning of raw, nil unless it is whole and the one that comes next.
func recordAt(raw []byte, epoch, number uint64) []byte {
	n := uint64(recordHead) + uint64(binary.LittleEndian.Uint32(raw[16:]))
	if binary.LittleEndian.Uint64(raw) != epoch || binary.LittleEndian.Uint64(raw[8:]) != number || n > uint64(len(raw)) {
		return nil
	}
	record := raw[:n]
	if binary.LittleEndian.Uint32(record[20:]) != sumOf(record) {
		return nil
	}
	return record
}

// errRecord is returned for a record whose sum is right and whose content makes no sense: it is of a newer program.
var errRecord = fmt.Errorf("%w: its journal", ErrNewer)

// replay makes the changes of all records.
func (r *redo) replay(tx *Tx) error {
	for _, record := range r.records {
		for c, err := range changesIn(record) {
			if err != nil {
				return err
			}
			switch b := tx.tx.Bucket([]byte(c.bucket)); {
			case b == nil:
				return errRecord
			case c.puts:
				err = b.Put(c.key, c.value)
			default:
				err = b.Delete(c.key)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// A pair is put, or deleted.
type pair struct {
	bucket     string
	puts       bool
	key, value []byte
}

func changesIn(record []byte) iter.Seq2[pair, error] {
	return func(yield func(pair, error) bool) {
		for rest := record; len(rest) > 0; {
			p, ok := cutPair(&rest)
			if !ok {
				yield(p, errRecord)
				return
			}
			if !yield(p, nil) {
				return
			}
		}
	}
}

// cutPair takes a pair off the beginning of a record.
func cutPair(rest *[]byte) (p pair, ok bool) {
	var name []byte
	if !cutText(rest, &name) || !cutText(rest, &p.key) || len(*rest) == 0 {
		return p, false
	}
	p.puts, *rest = (*rest)[0] == 1, (*rest)[1:]
	if p.puts && !cutText(rest, &p.value) {
		return p, false
	}
	p.bucket = string(name)
	return p, true
}

func cutText(rest, text *[]byte) bool {
	n, k := binary.Uvarint(*rest)
	if k <= 0 || n > math.MaxInt32 || uint64(len(*rest)-k) < n {
		return false
	}
	*text, *rest = (*rest)[k:k+int(n)], (*rest)[k+int(n):]
	return true
}

// A metaPage is the part of one of the engine's two meta pages that counts: 16 bytes of a page's head, then magic,
// version, page size, flags, the root's page and sequence, the free list's page, the number of pages, the transaction's
// number, and the sum of these. Whichever of the two is valid and has the greater number is the state of the file.
type metaPage [metaSize]byte

const (
	metaSize      = 80
	metaHead      = 16
	engineMagic   = 0xED0CDAED
	engineVersion = 2
)

func (m *metaPage) valid() bool {
	sum := fnv.New64a()
	sum.Write(m[metaHead : metaSize-8])
	return binary.NativeEndian.Uint32(m[metaHead:]) == engineMagic && binary.NativeEndian.Uint64(m[metaSize-8:]) == sum.Sum64()
}

func (m *metaPage) number() uint64  { return binary.NativeEndian.Uint64(m[metaSize-16:]) }
func (m *metaPage) pageSize() int64 { return int64(binary.NativeEndian.Uint32(m[metaHead+8:])) }

// usable is valid for this version of the engine, and for pages of a size that there can be.
func (m *metaPage) usable() bool {
	size := m.pageSize()
	return m.valid() && binary.NativeEndian.Uint32(m[metaHead+4:]) == engineVersion && size >= minPage && size <= maxPage && size&(size-1) == 0
}

func (m *metaPage) root() uint64      { return binary.NativeEndian.Uint64(m[metaHead+16:]) }
func (m *metaPage) freePages() uint64 { return binary.NativeEndian.Uint64(m[metaHead+32:]) }
func (m *metaPage) pages() uint64     { return binary.NativeEndian.Uint64(m[metaHead+40:]) }

// readMeta reads the meta page that a transaction has written.
func readMeta(file io.ReaderAt, number uint64, pageSize int64) (m metaPage, err error) {
	if _, err := file.ReadAt(m[:], int64(number%2)*pageSize); err != nil {
		return m, err
	}
	if !m.valid() || m.number() != number {
		return m, fmt.Errorf("the meta page of transaction %d is not where it should be", number)
	}
	return m, nil
}

// ours reports whether the journal was written for a database file: one that was copied here from elsewhere has not
// the same transactions. The newest is from one before the base's to one after the journal's last, which was going to be the next base.
func (r *redo) ours(file io.ReaderAt) (bool, error) {
	valid, newest := false, uint64(0)
	for slot := range int64(2) {
		var m metaPage
		if _, err := file.ReadAt(m[:], slot*r.base.pageSize()); err != nil && !errors.Is(err, io.EOF) {
			return false, err
		}
		if m.valid() { // a torn one tells nothing
			valid, newest = true, max(newest, m.number())
		}
	}
	return !valid || newest+1 >= r.base.number() && newest <= r.base.number()+uint64(len(r.records))+1, nil
}

// putBack makes the base the state of a database file. One that has lost some of its pages is damaged, or another's, and stays as
// it is.
func (r *redo) putBack(file *os.File) error {
	if err := r.fits(file.Name(), file); err != nil {
		return err
	}
	return errors.Join(r.writeBase(file), file.Sync())
}

// fits is a DamagedError for a file that has not all the pages of the base.
func (r *redo) fits(path string, file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if want := int64(r.base.pages()) * r.base.pageSize(); info.Size() < want {
		return &DamagedError{Path: path, Cause: fmt.Errorf("it has %d bytes, and its journal is of one with %d", info.Size(), want)}
	}
	return nil
}

func (r *redo) writeBase(file *os.File) error {
	for slot := range uint64(2) {
		page := bytes.Clone(r.base[:])
		binary.NativeEndian.PutUint64(page, slot) // a page says its own place
		if _, err := file.WriteAt(page, int64(slot)*r.base.pageSize()); err != nil {
			return err
		}
	}
	return nil
}

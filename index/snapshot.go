package index

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unsafe"

	"github.com/RoaringBitmap/roaring/v2"

	"crm/store"
)

// The facets are saved at a clean stop and now and then, so that a start reads a file instead of every row of the
// store; what the log has after the file's sequence is replayed. A file that is damaged, or not of this store and
// this program, is no loss. It ends with a CRC-32 like Bleve's segments.

// snapshotVersion changes whenever the file's layout or the meaning of a text does.
const snapshotVersion = 5

var snapshotMagic = [8]byte{'c', 'r', 'm', 'f', 'a', 'c', 'e', 't'}

// saveSnapshot writes the facets as they are at seq. It replaces the file only when all of it is written.
func saveSnapshot(path string, database store.ID, region string, f *facets, seq uint64) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	temp := path + ".new"
	file, err := os.OpenFile(temp, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	sum := crc32.NewIEEE()
	e := &encoder{w: bufio.NewWriterSize(io.MultiWriter(file, sum), 1<<20)}
	e.header(database, region, seq)
	e.customers(f.customers)
	e.interactions(f.interactions)
	e.feedback(f.feedback)
	if err := errors.Join(e.finish(file, sum), file.Close()); err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	return os.Rename(temp, path)
}

// loadSnapshot reads what saveSnapshot wrote, and the sequence that it goes up to.
func loadSnapshot(path string, database store.ID, region string) (f *facets, seq uint64, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("unreadable: %v", v)
		}
	}()
	if err := verifyChecksum(path); err != nil {
		return nil, 0, err
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, 0, err
	}
	d := &decoder{r: bufio.NewReaderSize(file, 1<<20), left: info.Size()}
	if seq, err = d.header(database, region); err != nil {
		return nil, 0, err
	}
	f = newFacets(region)
	d.customers(f.customers)
	d.interactions(f.interactions)
	d.feedback(f.feedback)
	return f, seq, d.err
}

// An encoder writes numbers, lengths and columns; the first error stays.
type encoder struct {
	w   *bufio.Writer
	err error
}

func (e *encoder) bytes(b []byte) {
	if e.err == nil {
		_, e.err = e.w.Write(b)
	}
}

func (e *encoder) number(n uint64) { e.bytes(binary.LittleEndian.AppendUint64(nil, n)) }

func (e *encoder) text(s string) {
	e.number(uint64(len(s)))
	e.bytes([]byte(s))
}

func (e *encoder) bitmap(b *roaring.Bitmap) {
	raw, err := b.MarshalBinary()
	e.err = errors.Join(e.err, err)
	save(e, raw)
}

// finish writes what is buffered and the checksum.
func (e *encoder) finish(file io.Writer, sum hash.Hash32) error {
	if e.err == nil {
		e.err = e.w.Flush()
	}
	if e.err == nil {
		_, e.err = file.Write(binary.BigEndian.AppendUint32(nil, sum.Sum32()))
	}
	return e.err
}

// memory is the bytes of a column of values without pointers. All systems that we build for are little-endian.
func memory[T any](column []T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(column))), len(column)*int(unsafe.Sizeof(*new(T))))
}

func save[T any](e *encoder, column []T) {
	e.number(uint64(len(column)))
	e.bytes(memory(column))
}

// A decoder reads what an encoder wrote. A right checksum does not make a file ours, so no length is believed that
// the rest of the file cannot hold.
type decoder struct {
	r    *bufio.Reader
	left int64 // bytes of the file after what was read
	err  error
}

func (d *decoder) bytes(b []byte) {
	if d.err == nil {
		_, d.err = io.ReadFull(d.r, b)
		d.left -= int64(len(b))
	}
}

// length is how many items of so many bytes follow, 0 when that cannot be.
func (d *decoder) length(size uintptr) int {
	n := d.number()
	if d.err == nil && n > uint64(d.left)/uint64(size) {
		d.err = io.ErrUnexpectedEOF
	}
	if d.err != nil {
		return 0
	}
	return int(n)
}

func (d *decoder) number() uint64 {
	var b [8]byte
	d.bytes(b[:])
	return binary.LittleEndian.Uint64(b[:])
}

func (d *decoder) text() string {
	b := make([]byte, d.length(1))
	d.bytes(b)
	return string(b)
}

func (d *decoder) bitmap() *roaring.Bitmap {
	b := roaring.New()
	raw := restore[byte](d)
	if d.err == nil {
		d.err = b.UnmarshalBinary(raw)
	}
	return b
}

// restore reads a column, with some room to grow.
func restore[T any](d *decoder) []T {
	n := d.length(unsafe.Sizeof(*new(T)))
	if n == 0 {
		return nil
	}
	column := make([]T, n, n+n/32)
	d.bytes(memory(column))
	return column
}

func (e *encoder) header(database store.ID, region string, seq uint64) {
	e.bytes(snapshotMagic[:])
	e.number(snapshotVersion)
	e.bytes(database[:])
	e.text(region)
	e.text(positions())
	e.number(seq)
}

// positions are the lists of names whose order the file's layout follows.
func positions() string { return strings.Join(slices.Concat(store.Channels, store.CriteriaKeys), ",") }

// header returns errStale for another program's, store's or region's file.
func (d *decoder) header(database store.ID, region string) (seq uint64, err error) {
	var magic [8]byte
	var id store.ID
	d.bytes(magic[:])
	if magic != snapshotMagic || d.number() != snapshotVersion {
		return 0, errStale
	}
	d.bytes(id[:])
	if id != database || d.text() != region || d.text() != positions() {
		return 0, errStale
	}
	return d.number(), d.err
}

func (e *encoder) customers(c *customers) {
	save(e, c.ids)
	e.bitmap(c.active)
	for _, key := range store.CriteriaKeys {
		e.facet(c.facets[key])
	}
	e.number(uint64(len(c.text.chunks)))
	for _, chunk := range c.text.chunks {
		save(e, chunk)
	}
	save(e, c.text.at)
	save(e, c.text.length)
	e.number(uint64(c.text.wasted))
	for i := range c.times {
		save(e, c.times[i])
	}
	e.order(c.name)
	for i := range c.sorted {
		e.order(c.sorted[i])
	}
}

func (d *decoder) customers(c *customers) {
	c.ids = restore[store.ID](d)
	c.active = d.bitmap()
	for _, key := range store.CriteriaKeys {
		c.facets[key] = d.facet()
	}
	for range d.length(8) {
		chunk := make([]byte, min(d.length(1), chunkSize), chunkSize)
		d.bytes(chunk)
		c.text.chunks = append(c.text.chunks, chunk)
	}
	c.text.at = restore[uint32](d)
	c.text.length = restore[uint16](d)
	c.text.wasted = int(d.number())
	for i := range c.times {
		c.times[i] = restore[store.Time](d)
	}
	d.order(c.name)
	for i := range c.sorted {
		d.order(c.sorted[i])
	}
}

func (e *encoder) interactions(t *interactions) {
	save(e, t.ids)
	e.chain(&t.chain)
	e.bitmap(t.live)
	e.bitmap(t.followUp)
	e.facet(t.channel)
	e.facet(t.staff)
	save(e, t.time)
	save(e, t.minutes)
	e.order(t.byTime)
	e.order(t.byDue)
	t.byDue.visit(0, false, func(row uint32) bool {
		e.number(uint64(t.due[row]))
		return true
	})
	e.number(uint64(len(t.hours)))
	for _, key := range slices.Sorted(maps.Keys(t.hours)) {
		e.number(uint64(key))
		h := t.hours[key]
		save(e, h.channels)
		e.number(uint64(h.timed))
		e.number(uint64(h.minutes))
	}
}

func (d *decoder) interactions(t *interactions) {
	t.ids = restore[store.ID](d)
	d.chain(&t.chain)
	t.live = d.bitmap()
	t.followUp = d.bitmap()
	t.channel = d.facet()
	t.staff = d.facet()
	t.time = restore[store.Time](d)
	t.minutes = restore[int32](d)
	d.order(t.byTime)
	d.order(t.byDue)
	t.byDue.visit(0, false, func(row uint32) bool {
		t.due[row] = store.Time(d.number())
		return d.err == nil
	})
	t.undated = t.followUp.Clone()
	t.byDue.visit(0, false, func(row uint32) bool {
		t.undated.Remove(row)
		return true
	})
	for range d.length(8) {
		key := int64(d.number())
		h := &hour{restore[int32](d), int32(d.number()), int64(d.number())}
		if d.err == nil && len(h.channels) != len(t.places)+1 {
			d.err = fmt.Errorf("an hour has %d channels, not %d", len(h.channels), len(t.places)+1)
		}
		t.hours[key] = h
	}
}

func (e *encoder) feedback(t *feedback) {
	save(e, t.ids)
	e.chain(&t.chain)
	e.bitmap(t.live)
	e.bitmap(t.resolved)
	e.facet(t.service)
	e.facet(t.rating)
	save(e, t.time)
}

func (d *decoder) feedback(t *feedback) {
	t.ids = restore[store.ID](d)
	d.chain(&t.chain)
	t.live = d.bitmap()
	t.resolved = d.bitmap()
	t.service = d.facet()
	t.rating = d.facet()
	t.time = restore[store.Time](d)
}

func (e *encoder) facet(f *facet) {
	e.number(uint64(len(f.names)))
	for v, name := range f.names {
		e.text(name)
		e.bitmap(f.rows[v])
	}
	e.number(uint64(len(f.keys)))
	for s, key := range f.keys {
		e.text(key)
		save(e, f.set[s])
	}
	save(e, f.of.bytes)
	save(e, f.of.words)
	save(e, f.of.longs)
}

func (d *decoder) facet() *facet {
	f := &facet{values: map[string]int{}, sets: map[string]uint32{}}
	for v := range d.length(8) {
		f.names, f.rows = append(f.names, d.text()), append(f.rows, d.bitmap())
		if f.names[v] == forgotten {
			f.freeValues = append(f.freeValues, v)
		} else {
			f.values[f.names[v]] = v
		}
	}
	for s := range d.length(8) {
		f.keys, f.set, f.uses = append(f.keys, d.text()), append(f.set, restore[int](d)), append(f.uses, 0)
		if f.keys[s] == forgotten {
			f.freeSets = append(f.freeSets, uint32(s))
		} else {
			f.sets[f.keys[s]] = uint32(s)
		}
	}
	f.of = narrow{restore[uint8](d), restore[uint16](d), restore[uint32](d)}
	for row := range f.of.len() {
		f.uses[f.of.get(uint32(row))]++
	}
	return f
}

func (e *encoder) chain(c *chain) {
	save(e, c.head)
	save(e, c.prev)
}

func (d *decoder) chain(c *chain) {
	c.head = restore[uint32](d)
	c.prev = restore[uint32](d)
}

func (e *encoder) order(o *order) {
	e.number(uint64(o.size))
	for _, rows := range o.blocks {
		e.bytes(memory(rows))
	}
}

// order fills an order with rows that are sorted already.
func (d *decoder) order(o *order) {
	rows := restore[uint32](d)
	o.size = len(rows)
	o.blocks = slices.Collect(slices.Chunk(rows, blockSize))
	if last := len(o.blocks) - 1; last >= 0 {
		o.blocks[last] = append(newBlock(), o.blocks[last]...)
	}
}

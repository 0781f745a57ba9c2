package index

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"crm/index/column"
	"crm/store"

	"github.com/RoaringBitmap/roaring/v2"

	"crm/store/text"
)

// errStale is returned for a file of another store, other rules for phone numbers or another program, or one with later changes than the
// log.
var errStale = errors.New("saved facets belong to other data")

// savedVersion changes whenever the layout of the file or the meaning of a text does. A file of another version is not used.
const savedVersion = 7

var savedMagic = [8]byte{'c', 'r', 'm', 'f', 'a', 'c', 'e', 't'}

// An origin identifies the data that facets were computed from.
type origin struct {
	database store.ID
	phones   string       // names the rules by which phone numbers were read
	home     text.Country // of phone numbers without a country code
}

func originOf(st *store.Store) origin { return origin{st.ID(), st.PhoneRules(), st.Home()} }

// saveFacets writes the facets as they are at a sequence of the log. It replaces the file only when all of it is written.
func saveFacets(path string, of origin, f *facets, seq uint64) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	temp := path + ".new"
	file, err := os.OpenFile(temp, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	e := encoder{column.NewEncoder(file)}
	e.header(of, seq)
	e.customers(f.customers)
	e.interactions(f.interactions)
	e.feedback(f.feedback)
	if err := errors.Join(e.Close(), file.Close()); err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	return os.Rename(temp, path)
}

// loadFacets reads what saveFacets wrote, and the sequence of the log. A file that is damaged, or of another program, is no loss: the
// caller then makes the facets from the records.
func loadFacets(path string, of origin) (f *facets, seq uint64, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("unreadable: %v", v)
		}
	}()
	if err := column.VerifyChecksum(path); err != nil {
		return nil, 0, err
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	defer file.Close()
	columns, err := column.NewDecoder(file)
	if err != nil {
		return nil, 0, err
	}
	d := decoder{columns}
	if seq, err = d.header(of); err != nil {
		return nil, 0, err
	}
	f = newFacets(of.home)
	d.customers(f.customers)
	d.interactions(f.interactions)
	d.feedback(f.feedback)
	return f, seq, d.Err()
}

// An encoder writes facets.
type encoder struct{ *column.Encoder }

// A decoder reads facets.
type decoder struct{ *column.Decoder }

func (e encoder) header(of origin, seq uint64) {
	e.Bytes(savedMagic[:])
	e.Number(savedVersion)
	e.Bytes(of.database[:])
	e.Text(of.phones)
	e.Text(positions())
	e.Number(seq)
}

// positions returns the names whose order the layout of the file follows.
func positions() string { return strings.Join(slices.Concat(store.Channels, store.CriteriaKeys), ",") }

// header returns errStale for a file of another program, of another store, or by other rules for phone numbers.
func (d decoder) header(of origin) (seq uint64, err error) {
	var magic [8]byte
	var id store.ID
	d.Bytes(magic[:])
	if magic != savedMagic || d.Number() != savedVersion {
		return 0, errStale
	}
	d.Bytes(id[:])
	if id != of.database || d.Text() != of.phones || d.Text() != positions() {
		return 0, errStale
	}
	return d.Number(), d.Err()
}

func (e encoder) customers(c *customers) {
	column.Write(e.Encoder, c.ids)
	e.Bitmap(c.active)
	for _, key := range store.CriteriaKeys {
		e.facet(c.facets[key])
	}
	c.text.Encode(e.Encoder)
	for i := range c.times {
		column.Write(e.Encoder, c.times[i])
	}
	e.order(c.name)
	for i := range c.sorted {
		e.order(c.sorted[i])
	}
}

func (d decoder) customers(c *customers) {
	c.ids = column.Read[store.ID](d.Decoder)
	c.active = d.Bitmap()
	for _, key := range store.CriteriaKeys {
		c.facets[key] = d.facet()
	}
	c.text.Decode(d.Decoder)
	for i := range c.times {
		c.times[i] = column.Read[store.Time](d.Decoder)
	}
	d.order(c.name)
	for i := range c.sorted {
		d.order(c.sorted[i])
	}
}

func (e encoder) interactions(t *interactions) {
	e.rows(t.ids, &t.chain, t.live)
	e.Bitmap(t.followUp)
	e.facet(t.channel)
	e.facet(t.staff)
	column.Write(e.Encoder, t.time)
	column.Write(e.Encoder, t.minutes)
	e.order(t.byTime)
	e.order(t.byDue)
	t.byDue.visit(0, false, func(row uint32) bool {
		e.Number(uint64(t.due[row]))
		return true
	})
	e.Number(uint64(len(t.hours)))
	for _, key := range slices.Sorted(maps.Keys(t.hours)) {
		e.Number(uint64(key))
		h := t.hours[key]
		column.Write(e.Encoder, h.channels)
		e.Number(uint64(h.timed))
		e.Number(uint64(h.minutes))
	}
}

func (d decoder) interactions(t *interactions) {
	d.rows(&t.ids, &t.chain, &t.live)
	t.followUp = d.Bitmap()
	t.channel = d.facet()
	t.staff = d.facet()
	t.time = column.Read[store.Time](d.Decoder)
	t.minutes = column.Read[int32](d.Decoder)
	d.order(t.byTime)
	d.order(t.byDue)
	t.byDue.visit(0, false, func(row uint32) bool {
		t.due[row] = store.Time(d.Number())
		return d.Err() == nil
	})
	t.undated = t.followUp.Clone()
	t.byDue.visit(0, false, func(row uint32) bool {
		t.undated.Remove(row)
		return true
	})
	for range d.Length(8) {
		key := int64(d.Number())
		h := &hour{column.Read[int32](d.Decoder), int32(d.Number()), int64(d.Number())}
		if len(h.channels) != len(t.slots)+1 {
			d.Fail(fmt.Errorf("an hour has %d channels, not %d", len(h.channels), len(t.slots)+1))
		}
		t.hours[key] = h
	}
}

func (e encoder) feedback(t *feedback) {
	e.rows(t.ids, &t.chain, t.live)
	e.Bitmap(t.resolved)
	e.facet(t.service)
	e.facet(t.rating)
	column.Write(e.Encoder, t.time)
}

func (d decoder) feedback(t *feedback) {
	d.rows(&t.ids, &t.chain, &t.live)
	t.resolved = d.Bitmap()
	t.service = d.facet()
	t.rating = d.facet()
	t.time = column.Read[store.Time](d.Decoder)
}

func (e encoder) facet(f *facet) {
	e.Number(uint64(len(f.names)))
	for v, name := range f.names {
		e.Text(name)
		e.Bitmap(f.rows[v])
	}
	e.Number(uint64(len(f.keys)))
	for s, key := range f.keys {
		e.Text(key)
		column.Write(e.Encoder, f.set[s])
	}
	f.of.Encode(e.Encoder)
}

func (d decoder) facet() *facet {
	f := &facet{values: map[string]int{}, sets: map[string]uint32{}}
	for v := range d.Length(8) {
		f.names, f.rows = append(f.names, d.Text()), append(f.rows, d.Bitmap())
		if f.names[v] == freed {
			f.freeValues = append(f.freeValues, v)
		} else {
			f.values[f.names[v]] = v
		}
	}
	for s := range d.Length(8) {
		f.keys, f.set, f.uses = append(f.keys, d.Text()), append(f.set, column.Read[int](d.Decoder)), append(f.uses, 0)
		if f.keys[s] == freed {
			f.freeSets = append(f.freeSets, uint32(s))
		} else {
			f.sets[f.keys[s]] = uint32(s)
		}
	}
	f.of.Decode(d.Decoder)
	for row := range f.of.Len() {
		f.uses[f.of.Get(uint32(row))]++
	}
	return f
}

// rows writes what interactions and feedback have in common: the ids, the customers, and which rows are not deleted.
func (e encoder) rows(ids ids, c *chain, live *roaring.Bitmap) {
	column.Write(e.Encoder, ids)
	column.Write(e.Encoder, c.head)
	column.Write(e.Encoder, c.prev)
	e.Bitmap(live)
}

func (d decoder) rows(ids *ids, c *chain, live **roaring.Bitmap) {
	*ids = column.Read[store.ID](d.Decoder)
	c.head = column.Read[uint32](d.Decoder)
	c.prev = column.Read[uint32](d.Decoder)
	*live = d.Bitmap()
}

func (e encoder) order(o *order) {
	e.Number(uint64(o.size))
	for _, rows := range o.blocks {
		e.Bytes(column.Memory(rows))
	}
}

// order reads rows that are sorted already.
func (d decoder) order(o *order) {
	rows := column.Read[uint32](d.Decoder)
	o.size = len(rows)
	o.blocks = slices.Collect(slices.Chunk(rows, blockSize))
	if last := len(o.blocks) - 1; last >= 0 {
		o.blocks[last] = append(newBlock(), o.blocks[last]...)
	}
}

package kv

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
)

// A pageWalk reads the heads of the pages of a database file before bbolt does. bbolt does not check where the keys of a page are and
// which pages are below it: a page that refers to itself makes bbolt loop, and a key beyond the end of the file ends the program. A
// backup may come from anywhere, and its checksums show only that it has not changed since it was made.
type pageWalk struct {
	file io.ReaderAt
	step func() error // called before each page; its error ends the walk
	size int64        // of a page in bytes
	end  uint64       // the number of pages
	seen []bool       // which pages are used
}

// A page of bbolt begins with its number, its kind, the number of its elements, and the number of pages that it is longer than one. An
// element has 16 bytes, with the offset of its key from the element itself.
const (
	pageHead     = 16
	pageElement  = 16
	pageBranch   = 0x01
	pageLeaf     = 0x02
	pageFree     = 0x10
	leafBucket   = 0x01 // a flag of elements whose value is a bucket
	noFreePages  = ^uint64(0)
	maxPageDepth = 64 // a tree of a billion rows has 6
	minPage      = 1 << 10
	maxPage      = 1 << 16 // bytes, that a page may have
)

// CheckPages checks how the pages of a file refer to each other, while nobody writes to it. It returns a DamagedError if bbolt could not
// read the file. It calls step before each page; an error of step ends the check and is returned.
func CheckPages(path string, step func() error) (err error) {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	var stopped error
	w := pageWalk{file: file, step: func() error {
		stopped = step()
		return stopped
	}}
	err = w.walk(info.Size())
	if err != nil && stopped == nil {
		return &DamagedError{Path: path, Cause: err}
	}
	return err
}

// walk visits every page that the newest meta page leads to.
func (w *pageWalk) walk(length int64) error {
	m, err := newestMeta(w.file)
	if err != nil {
		return err
	}
	if err := w.begin(m, length); err != nil {
		return err
	}
	if free := m.freelist(); free != noFreePages {
		if err := w.free(free); err != nil {
			return err
		}
	}
	return w.tree(m.root(), 0)
}

// begin sets the size and number of the file's pages from a meta page.
func (w *pageWalk) begin(m metaPage, length int64) error {
	w.size, w.end = m.pageSize(), m.pages()
	if w.end < 4 || w.end > uint64(length/w.size) {
		return fmt.Errorf("it has %d bytes for %d pages", length, w.end)
	}
	w.seen = make([]bool, w.end)
	w.seen[0], w.seen[1] = true, true
	return nil
}

// checkFreeList reads the list of free pages before bbolt does. If bbolt cannot read the list, it panics and leaves the file mapped.
// Windows cannot replace a mapped file, so that no backup could be restored.
func checkFreeList(file *os.File) error {
	info, err := file.Stat()
	if err != nil || info.Size() == 0 {
		return err
	}
	m, err := newestMeta(file)
	if err != nil || m.freelist() == noFreePages {
		return nil // bbolt returns an error in the first case, and makes the list itself in the second
	}
	w := pageWalk{file: file, step: func() error { return nil }}
	if err := w.begin(m, info.Size()); err != nil {
		return err
	}
	return w.free(m.freelist())
}

// claim reads the head of a page and its elements of a size in bytes, and marks the page as used.
func (w *pageWalk) claim(id uint64, element int) (head []byte, room int64, err error) {
	if err := w.step(); err != nil {
		return nil, 0, err
	}
	if id >= w.end {
		return nil, 0, fmt.Errorf("page %d of %d", id, w.end)
	}
	head = make([]byte, pageHead, 512)
	if _, err := w.file.ReadAt(head, int64(id)*w.size); err != nil {
		return nil, 0, err
	}
	more := uint64(binary.NativeEndian.Uint32(head[12:]))
	if binary.NativeEndian.Uint64(head) != id || more >= w.end-id {
		return nil, 0, fmt.Errorf("page %d has a wrong number or length", id)
	}
	for i := id; i <= id+more; i++ {
		if w.seen[i] {
			return nil, 0, fmt.Errorf("page %d is used twice", i)
		}
		w.seen[i] = true
	}
	room = int64(more+1) * w.size
	need := pageHead + int64(countOf(head))*int64(element)
	if need > room {
		return nil, 0, fmt.Errorf("page %d is too short for its %d elements", id, countOf(head))
	}
	head = append(head, make([]byte, need-pageHead)...)
	_, err = w.file.ReadAt(head[pageHead:], int64(id)*w.size+pageHead)
	return head, room, err
}

func kindOf(head []byte) uint16  { return binary.NativeEndian.Uint16(head[8:]) }
func countOf(head []byte) uint16 { return binary.NativeEndian.Uint16(head[10:]) }

// free checks the list of free pages. If its length is too great for the head, it is in the first element.
func (w *pageWalk) free(id uint64) error {
	head, room, err := w.claim(id, 0)
	if err != nil {
		return err
	}
	n := uint64(countOf(head))
	if n == 0xffff {
		first := make([]byte, 8)
		if _, err := w.file.ReadAt(first, int64(id)*w.size+pageHead); err != nil {
			return err
		}
		n = binary.NativeEndian.Uint64(first)
	}
	if kindOf(head) != pageFree || n > uint64(room-pageHead)/8 {
		return fmt.Errorf("page %d is not a list of free pages", id)
	}
	return nil
}

// tree checks a page and those below it.
func (w *pageWalk) tree(id uint64, depth int) error {
	head, room, err := w.claim(id, pageElement)
	if err != nil {
		return err
	}
	if depth++; depth > maxPageDepth {
		return fmt.Errorf("page %d is too deep in the tree", id)
	}
	switch kindOf(head) {
	case pageBranch:
		return w.branch(id, head, room, depth)
	case pageLeaf:
		return w.leaf(id, head, room, depth)
	}
	return fmt.Errorf("page %d has the unknown kind %d", id, kindOf(head))
}

func (w *pageWalk) branch(id uint64, head []byte, room int64, depth int) error {
	if countOf(head) == 0 {
		return fmt.Errorf("page %d has no elements", id)
	}
	for at := pageHead; at < len(head); at += pageElement {
		key, size := binary.NativeEndian.Uint32(head[at:]), binary.NativeEndian.Uint32(head[at+4:])
		if int64(at)+int64(key)+int64(size) > room {
			return fmt.Errorf("page %d has a key outside of itself", id)
		}
		if err := w.tree(binary.NativeEndian.Uint64(head[at+8:]), depth); err != nil {
			return err
		}
	}
	return nil
}

func (w *pageWalk) leaf(id uint64, head []byte, room int64, depth int) error {
	for at := pageHead; at < len(head); at += pageElement {
		value, size, err := leafValue(head, at, room)
		if err != nil {
			return fmt.Errorf("page %d: %w", id, err)
		}
		if binary.NativeEndian.Uint32(head[at:])&leafBucket == 0 {
			continue
		}
		if err := w.bucket(int64(id)*w.size+value, size, depth); err != nil {
			return fmt.Errorf("page %d: %w", id, err)
		}
	}
	return nil
}

// leafValue returns the offset and the size of the value of an element in a page.
func leafValue(head []byte, at int, room int64) (value, size int64, err error) {
	key := int64(at) + int64(binary.NativeEndian.Uint32(head[at+4:]))
	value = key + int64(binary.NativeEndian.Uint32(head[at+8:]))
	size = int64(binary.NativeEndian.Uint32(head[at+12:]))
	if value+size > room {
		return 0, 0, errors.New("a value is outside of its page")
	}
	return value, size, nil
}

// bucket checks a bucket. Its value has the number of its first page, or contains a leaf page itself, without buckets.
func (w *pageWalk) bucket(at, size int64, depth int) error {
	raw := make([]byte, pageHead)
	if size < pageHead {
		return errors.New("a bucket is too short")
	}
	if _, err := w.file.ReadAt(raw, at); err != nil {
		return err
	}
	if root := binary.NativeEndian.Uint64(raw); root != 0 {
		return w.tree(root, depth)
	}
	room := size - pageHead
	if room < pageHead {
		return errors.New("a bucket is too short")
	}
	if _, err := w.file.ReadAt(raw, at+pageHead); err != nil {
		return err
	}
	need := pageHead + int64(countOf(raw))*pageElement
	if kindOf(raw) != pageLeaf || need > room {
		return errors.New("a bucket in a page is damaged")
	}
	head := append(raw, make([]byte, need-pageHead)...)
	if _, err := w.file.ReadAt(head[pageHead:], at+2*pageHead); err != nil {
		return err
	}
	for e := pageHead; e < len(head); e += pageElement {
		if _, _, err := leafValue(head, e, room); err != nil || binary.NativeEndian.Uint32(head[e:])&leafBucket != 0 {
			return errors.New("a bucket in a page is damaged")
		}
	}
	return nil
}

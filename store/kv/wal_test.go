package kv

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// Another file under the database's name is not changed by the log beside it.
func TestWALOfAnotherFile(t *testing.T) {
	dir, _ := crashed(t)
	other, from := filled(t, 40)
	for n := range 30 {
		put(t, other, key(100+n))
	}
	want := everything(t, other)
	closeDB(t, other)
	copyFile(t, filepath.Join(from, fileName), filepath.Join(dir, fileName))
	wantAfterFailure(t, dir, "replaced", want)
	if !Exists(filepath.Join(dir, walName+".unused")) {
		t.Error("the log was not kept")
	}
}

// A file that lacks pages of the log's base is damaged or belongs to another database. Neither file nor log is changed.
func TestWALOfLess(t *testing.T) {
	for name, cut := range map[string]func([]byte) []byte{
		"cut off":    func(raw []byte) []byte { return raw[:8*os.Getpagesize()] },
		"no pages":   func(raw []byte) []byte { return raw[:100] },
		"a document": func([]byte) []byte { return []byte("somebody's") },
	} {
		t.Run(name, func(t *testing.T) {
			dir, _ := crashed(t)
			path, log := filepath.Join(dir, fileName), mustRead(t, filepath.Join(dir, walName))
			database := cut(mustRead(t, path))
			if err := os.WriteFile(path, database, 0o600); err != nil {
				t.Fatal(err)
			}
			if s, err := Open(filepath.Join(dir, fileName), testBuckets); !errors.Is(err, ErrDamaged) {
				t.Errorf("got %v, %v, want %v", s, err, ErrDamaged)
			}
			if !bytes.Equal(mustRead(t, path), database) || !bytes.Equal(mustRead(t, filepath.Join(dir, walName)), log) {
				t.Error("the files were written to")
			}
		})
	}
}

func TestWALThatCannotBeRead(t *testing.T) {
	dir, _ := crashed(t)
	path := filepath.Join(dir, walName)
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	raw[20] ^= 1
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	before, _ := os.ReadFile(filepath.Join(dir, fileName))
	s, err := Open(filepath.Join(dir, fileName), testBuckets)
	if damage, ok := errors.AsType[*DamagedError](err); !ok || damage.Path != path {
		t.Fatalf("got %v, %v", s, err)
	}
	if after, _ := os.ReadFile(filepath.Join(dir, fileName)); !slices.Equal(before, after) {
		t.Error("the file was changed")
	}
}

// A process that finds the file in use leaves it and its log alone.
func TestWALLock(t *testing.T) {
	dir := t.TempDir()
	first := openAt(t, dir, WALSize)
	put(t, first, "a")
	if s, err := Open(filepath.Join(dir, fileName), testBuckets); !errors.Is(err, ErrLocked) {
		t.Errorf("got %v, %v, want %v", s, err, ErrLocked)
	}
}

// FuzzWAL checks that any file can be read as a log without a panic, and that only complete records are used.
func FuzzWAL(f *testing.F) {
	w := &wal{epoch: 1, number: 1}
	w.size = WALSize
	w.start()
	w.put("log", []byte("key"), []byte("value"))
	w.delete("log", []byte("k"))
	f.Add(w.record[recordHead:], uint16(0))
	f.Add([]byte("\x03log\x01k\x01\xff\xff\xff\xff\x0f"), uint16(9))
	f.Fuzz(func(t *testing.T, record []byte, cut uint16) {
		for p, err := range changesIn(record) {
			if err == nil && len(p.bucket)+len(p.key)+len(p.value) > len(record) {
				t.Errorf("got %+v", p)
			}
		}
		parseWAL(record)
		if len(record) >= recordHead {
			recordAt(record, 1, 1)
		}
	})
}

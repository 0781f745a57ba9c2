package kv

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// A database that cannot be opened is not left mapped: on Windows nothing could take its place.
func TestDamagedIsNotMapped(t *testing.T) {
	s, dir := filled(t, 20)
	closeDB(t, s)
	path := filepath.Join(t.TempDir(), fileName)
	copyFile(t, filepath.Join(dir, fileName), path)
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	m, err := newestMeta(file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteAt(binary.NativeEndian.AppendUint16(nil, pageLeaf), int64(m.freelist())*m.pageSize()+8); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path, testBuckets); !errors.Is(err, ErrDamaged) {
		t.Errorf("got %v", err)
	}
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(maps, []byte(path)) {
		t.Error("it is still mapped")
	}
}

package kv

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Either of the first two pages may be torn: bbolt uses the other one, and so does the check.
func TestTornHead(t *testing.T) {
	for _, page := range []int{0, 1} {
		db, dir := filled(t, 20)
		closeDB(t, db)
		path := filepath.Join(dir, fileName)
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		clear(raw[page*os.Getpagesize()+metaHead:][:metaSize/2])
		if err := errors.Join(os.WriteFile(path, raw, 0o600), CheckFile(t.Context(), path, nil)); err != nil {
			t.Errorf("page %d: %v", page, err)
		}
		closeDB(t, openAt(t, dir, 0))
	}
}

func TestCheckFileFindsDamage(t *testing.T) {
	tests := []struct {
		name   string
		damage func(file []byte) []byte
	}{
		{"cut off", func(file []byte) []byte { return file[:16*os.Getpagesize()] }},
		{"all but the first pages overwritten", func(file []byte) []byte {
			for i := 4 * os.Getpagesize(); i < len(file); i++ {
				file[i] = 0xaa
			}
			return file
		}},
		{"no database", func([]byte) []byte { return []byte("Dear customer") }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			db, dir := filled(t, 50)
			closeDB(t, db)
			path := filepath.Join(dir, fileName)
			if err := CheckFile(t.Context(), path, nil); err != nil {
				t.Fatalf("before: %v", err)
			}
			file, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			damaged := filepath.Join(dir, "damaged.db")
			if err := os.WriteFile(damaged, tt.damage(file), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := CheckFile(t.Context(), damaged, nil); err == nil || !strings.Contains(err.Error(), damaged) && !strings.Contains(err.Error(), "keys out of order") {
				t.Errorf("got %v, want an error that names the file", err)
			}
		})
	}
}

package backup

import (
	"archive/tar"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"crm/store"
	"crm/store/kv"
	"crm/store/storetest"
)

// source returns what a backup has in it: its manifest, and the database as it was copied.
func source(t testing.TB) (Manifest, []byte) {
	t.Helper()
	s, dir := storetest.Filled(t, 30)
	b := backup(t, s, filepath.Join(dir, store.BackupsName))
	storetest.Close(t, s)
	to := t.TempDir()
	err := opened(b.Path, func(file *os.File, size int64) error {
		_, _, err := extract(store.Unthrottled(t.Context()), file, size, nil, to, "")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(to, store.FileName))
	if err != nil {
		t.Fatal(err)
	}
	return b.Manifest, raw
}

// packed returns a backup of a manifest and a database whose sums are right. entries, where not nil, adds to it.
func packed(t testing.TB, m Manifest, database []byte, entries func(w *archiveWriter) error) []byte {
	t.Helper()
	var file bytes.Buffer
	w := newArchiveWriter(&file)
	err := errors.Join(w.manifest(m), w.add(store.FileName, int64(len(database)), bytes.NewReader(database).WriteTo))
	if err == nil && entries != nil {
		err = entries(w)
	}
	if err := errors.Join(err, w.close()); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// tried verifies and restores a file as a backup. Both must give the same result, and neither may leave other files behind.
func tried(t testing.TB, raw []byte) error {
	t.Helper()
	around := t.TempDir()
	from, to := filepath.Join(around, "from"), filepath.Join(around, "to")
	path := filepath.Join(from, "crm-0"+Suffix)
	if err := errors.Join(os.Mkdir(from, 0o700), os.WriteFile(path, raw, 0o600)); err != nil {
		t.Fatal(err)
	}
	_, verified := Verify(t.Context(), path, nil)
	_, _, restored := Restore(t.Context(), path, to, RestoreOptions{})
	if (verified == nil) != (restored == nil) {
		t.Errorf("verify: %v, restore: %v", verified, restored)
	}
	allowed := []string{".", "from", "from/crm-0" + Suffix, "to"}
	if restored == nil {
		allowed = append(allowed, "to/"+store.FileName, "to/"+store.KeyName, "to/"+store.MarkerName)
		if s, err := store.Open(to); err == nil {
			_, _ = s.Check(t.Context())
			_ = s.Close()
		}
	}
	err := fs.WalkDir(os.DirFS(around), ".", func(name string, _ fs.DirEntry, err error) error {
		if !slices.Contains(allowed, name) {
			t.Errorf("left %s", name)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	return verified
}

// branchIn returns the offset of a branch page in a database, and the size of pages.
func branchIn(t testing.TB, database []byte) (at, size int) {
	t.Helper()
	size = os.Getpagesize()
	for at = 2 * size; at < len(database); at += size {
		if kind, elements := binary.NativeEndian.Uint16(database[at+8:]), binary.NativeEndian.Uint16(database[at+10:]); kind == 1 && elements > 1 {
			return at, size
		}
	}
	t.Fatal("no page leads to others")
	return 0, 0
}

// Sizes in bytes of the heads of bbolt's pages, of their elements, and what stands before a meta page.
const pageHead, pageElement, metaHead = 16, 16, 16

// TestHostileBackups tries backups with correct sums that were made to do harm. Each is refused with a sentence.
func TestHostileBackups(t *testing.T) {
	good, raw := source(t)
	at, size := branchIn(t, raw)
	root := int(binary.NativeEndian.Uint64(raw[metaHead+16:])) * size
	harmed := func(place int, with []byte) []byte {
		database := bytes.Clone(raw)
		copy(database[place:], with)
		return packed(t, good, database, nil)
	}
	number := func(n uint64) []byte { return binary.NativeEndian.AppendUint64(nil, n) }
	entry := func(header *tar.Header) []byte {
		return packed(t, good, raw, func(w *archiveWriter) error {
			header.Format = tar.FormatPAX
			return w.tar.WriteHeader(header)
		})
	}
	huge := good
	huge.Bytes = 1 << 50
	less := good
	less.Bytes--
	newer := good
	newer.Schema++
	older := good
	older.Schema--
	tests := []struct {
		name string
		file []byte
		want error
		says string
	}{
		{"nothing wrong", packed(t, good, raw, nil), nil, ""},
		{"a page that leads to itself", harmed(at+pageHead+8, number(uint64(at/size))), store.ErrDamaged, "is used twice"},
		{"a page that leads to the first", harmed(at+pageHead+8, number(0)), store.ErrDamaged, "page 0 is used twice"},
		{"a page that leads out of the file", harmed(at+pageHead+8, number(1<<40)), store.ErrDamaged, "page 1099511627776 of"},
		{"two pages that lead to the same", harmed(at+pageHead+8, raw[at+pageHead+pageElement+8:][:8]), store.ErrDamaged, "is used twice"},
		{"a key beyond the file", harmed(at+pageHead, []byte("\xff\xff\xff\x7f")), store.ErrDamaged, "has a key outside of itself"},
		{"a value beyond the file", harmed(root+pageHead+12, []byte("\xff\xff\xff\x7f")), store.ErrDamaged, "a value is outside of its page"},
		{"more elements than a page has", harmed(at+10, []byte("\xff\xff")), store.ErrDamaged, "too short for its 65535 elements"},
		{"a page of pages that has none", harmed(at+10, []byte("\x00\x00")), store.ErrDamaged, "has no elements"},
		{"a page of an unknown kind", harmed(at+8, []byte("\x80\x00")), store.ErrDamaged, "unknown kind 128"},
		{"a page longer than the file", harmed(at+12, []byte("\xff\xff\xff\xff")), store.ErrDamaged, "has a wrong number or length"},
		{"a page with another's number", harmed(at, number(3)), store.ErrDamaged, "has a wrong number or length"},
		{"no database", packed(t, good, bytes.Repeat([]byte("crm "), len(raw)/4), nil), store.ErrDamaged, "first pages"},
		{"nothing but a manifest", bare(t, good), ErrNotBackup, "the sums of its files are wrong"},
		{"another program's database", otherDatabase(t, good), ErrNotBackup, "of schema 0"},
		{"a log with other keys", logWithOtherKeys(t, good, raw), store.ErrDamaged, "an entry is cut off"},
		{"more than the disk has", packed(t, huge, raw, nil), store.ErrFull, "the database in the backup has"},
		{"of a newer program", packed(t, newer, raw, nil), store.ErrNewer, ""},
		{"of another schema than it says", packed(t, older, raw, nil), ErrNotBackup, "of schema"},
		{"a file elsewhere", entry(&tar.Header{Typeflag: tar.TypeReg, Name: "../../elsewhere"}), ErrNotBackup, "an entry"},
		{"less than there is", packed(t, less, raw, nil), ErrNotBackup, "an entry"},
		{"a link", entry(&tar.Header{Typeflag: tar.TypeSymlink, Name: store.KeyName, Linkname: "../../elsewhere"}), ErrNotBackup, "an entry"},
		{"two databases", twice(t, good, raw), ErrNotBackup, "in it twice"},
		{"a key of gigabytes", longKey(t, good, raw), ErrNotBackup, "an entry"},
		{"something behind its end", behindItsEnd(t, packed(t, good, raw, nil)), ErrNotBackup, "has data after its end"},
		{"that wants memory", []byte("\x28\xb5\x2f\xfd\x00\x98\x01\x00\x00"), ErrNotBackup, "window size"}, // a window of 512 MB
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := tried(t, tt.file); !errors.Is(err, tt.want) || err != nil && !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want %v with %q", err, tt.want, tt.says)
			}
		})
	}
}

// otherDatabase returns a backup of a database that has nothing of crm.
func otherDatabase(t *testing.T, m Manifest) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "other.db")
	if err := kv.Create(path, []string{"letters"}, func(*kv.Tx) error { return nil }); err != nil {
		t.Fatal(err)
	}
	return packedFile(t, m, path)
}

func logWithOtherKeys(t *testing.T, m Manifest, raw []byte) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "changed.db")
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := kv.Open(path, []string{"log"})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Update(func(tx *kv.Tx) error { return tx.Put(0, []byte{0xff}, nil) }), db.Close()); err != nil {
		t.Fatal(err)
	}
	return packedFile(t, m, path)
}

// packedFile returns a backup of a database file.
func packedFile(t *testing.T, m Manifest, path string) []byte {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	m.Bytes = int64(len(raw))
	return packed(t, m, raw, nil)
}

// bare returns a backup that has nothing but a manifest.
func bare(t *testing.T, m Manifest) []byte {
	t.Helper()
	var file bytes.Buffer
	w := newArchiveWriter(&file)
	if err := errors.Join(w.manifest(m), w.close()); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func twice(t *testing.T, m Manifest, raw []byte) []byte {
	t.Helper()
	return packed(t, m, raw, func(w *archiveWriter) error { return w.add(store.FileName, m.Bytes, bytes.NewReader(raw).WriteTo) })
}

func longKey(t *testing.T, m Manifest, raw []byte) []byte {
	t.Helper()
	return packed(t, m, raw, func(w *archiveWriter) error {
		return w.add(store.KeyName, maxManifest+1, strings.NewReader(strings.Repeat("k", maxManifest+1)).WriteTo)
	})
}

// behindItsEnd appends to a backup what unpacks to much more than its own size.
func behindItsEnd(t *testing.T, file []byte) []byte {
	t.Helper()
	zip, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return zip.EncodeAll(make([]byte, 2*maxManifest), file)
}

// FuzzBackup changes a backup in one place: in the file, in what is packed in it, in its manifest or, with sums that are right again, in
// its database; or makes one of nothing but the input. The backup must be whole or refused.
func FuzzBackup(f *testing.F) {
	good, raw := source(f)
	at, size := branchIn(f, raw)
	file := packed(f, good, raw, nil)
	for _, place := range []int{at, at + pageHead, at + pageHead + 8, size + 64, 4 * size, len(raw) - size} {
		f.Add(uint8(0), uint32(place), []byte("\xff\xff\xff\xff\xff\xff\xff\xff"))
		f.Add(uint8(0), uint32(place), binary.NativeEndian.AppendUint64(nil, uint64(at/size)))
	}
	f.Add(uint8(1), uint32(len(file)/2), []byte("\x00"))
	f.Add(uint8(2), uint32(0), []byte(`{"format":1,"schema":1,"bytes":-1,"counts":{"":-1}}`))
	f.Add(uint8(3), uint32(4*512), []byte("../elsewhere"))
	f.Add(uint8(4), uint32(0), []byte("\x28\xb5\x2f\xfd\x00\x98\x01\x00\x00"))
	f.Fuzz(func(t *testing.T, how uint8, place uint32, with []byte) {
		patch := func(in []byte) []byte {
			out := bytes.Clone(in)
			copy(out[int(place)%len(out):], with)
			return out
		}
		m := good
		m.Counts = maps.Clone(good.Counts)
		var file []byte
		switch how % 5 {
		case 0:
			file = packed(t, m, patch(raw), nil)
		case 1:
			file = patch(packed(t, m, raw, nil))
		case 2:
			_ = json.Unmarshal(with, &m)
			file = packed(t, m, raw, nil)
		case 3:
			file = repacked(t, m, raw, patch)
		case 4:
			file = with
		}
		_ = tried(t, file)
	})
}

// repacked returns a backup after a change of what is packed in it.
func repacked(t *testing.T, m Manifest, raw []byte, change func([]byte) []byte) []byte {
	t.Helper()
	unzip, err := zstd.NewReader(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer unzip.Close()
	plain, err := unzip.DecodeAll(packed(t, m, raw, nil), nil)
	if err != nil {
		t.Fatal(err)
	}
	zip, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return zip.EncodeAll(change(plain), nil)
}

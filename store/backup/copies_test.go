package backup

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"crm/store"
	"crm/store/backup/s3"
	"crm/store/storetest"
)

// copied is a schedule over a store with a place, and the copies that it keeps there.
func copied(t testing.TB, p Place) (*Schedule, *copies) {
	t.Helper()
	s, dir := storetest.Filled(t, 300)
	b := &Schedule{Store: s, Dir: filepath.Join(dir, store.BackupsName), Every: time.Hour, Keep: 2, To: []Place{p}}
	return b, b.offsite()[0]
}

func (b *Schedule) mustMake(t testing.TB) File {
	t.Helper()
	storetest.CreateCustomer(t, b.Store, storetest.Email(int(1000+b.Store.Seq())))
	made, err := b.make(t.Context(), Manifest{Scheduled: true}, store.By{}, anywhere(b.Dir))
	if err := errors.Join(err, b.prune(made.Path)); err != nil {
		t.Fatal(err)
	}
	return made
}

func folder(t testing.TB) Place {
	t.Helper()
	p, err := OpenPlace(t.TempDir(), s3.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// places are every kind that there is.
var places = map[string]func(testing.TB) Place{
	"folder": folder,
	"bucket": func(t testing.TB) Place { return newS3Server(t).place(s3.Options{}) },
}

// Each backup is copied, as many are kept as here, and what a place says of a copy is what the backup says of itself. An erasure names the
// copies, and those that are going to be made.
func TestCopies(t *testing.T) {
	for name, place := range places {
		t.Run(name, func(t *testing.T) {
			p := place(t)
			b, c := copied(t, p)
			if o := b.Offsite(); len(o) != 1 || o[0].Newest != nil || o[0].FailedAt != nil || o[0].To != p.String() {
				t.Errorf("at the start: got %+v", o)
			}
			if all, err := b.Retained(0); err != nil || len(all) != 1 || all[0].Path != p.String() {
				t.Errorf("retained before the first look: got %+v, %v, want all of the place", all, err)
			}
			var made []File
			for range 4 {
				made = append(made, b.mustMake(t))
				if err := c.sync(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			there, err := ListPlace(t.Context(), p)
			if err != nil || len(there) != 2 {
				t.Fatalf("got %+v, %v, want two", there, err)
			}
			for i, got := range there {
				want := made[3-i]
				if want.Path = p.path(filepath.Base(want.Path)); got.Path != want.Path || got.Seq != want.Seq || *got.VerifiedAt != *want.VerifiedAt || got.Size != want.Size {
					t.Errorf("got %+v, want %+v", got, want)
				}
				var content bytes.Buffer
				if err := p.get(t.Context(), nameOf(got), &content); err != nil || !bytes.Equal(content.Bytes(), storetest.Read(t, made[3-i].Path)) {
					t.Errorf("content: %d bytes, %v", content.Len(), err)
				}
			}
			if o := b.Offsite()[0]; o.Newest == nil || o.Newest.Path != there[0].Path {
				t.Errorf("got %+v", o)
			}
			later := b.mustMake(t)
			all, err := b.Retained(0)
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range []string{there[0].Path, there[1].Path, p.path(filepath.Base(later.Path))} {
				if !slices.ContainsFunc(all, func(r Retained) bool { return r.Path == want && r.Until != nil }) {
					t.Errorf("retained: got %+v, want %s", all, want)
				}
			}
		})
	}
}

// What another database has in a place stays, and no backup takes the place of another one's file.
func TestCopiesBesideOthers(t *testing.T) {
	for name, place := range places {
		t.Run(name, func(t *testing.T) {
			p := place(t)
			theirs, others := copied(t, p)
			first := theirs.mustMake(t)
			if err := others.sync(t.Context()); err != nil {
				t.Fatal(err)
			}
			b, c := copied(t, p)
			b.Keep = 1
			b.mustMake(t)
			b.mustMake(t)
			storetest.Copy(t, b.mustMake(t).Path, filepath.Join(b.Dir, filepath.Base(first.Path)+".tmp"))
			if err := os.Rename(filepath.Join(b.Dir, filepath.Base(first.Path)+".tmp"), filepath.Join(b.Dir, filepath.Base(first.Path))); err != nil {
				t.Fatal(err)
			}
			err := c.sync(t.Context())
			there, _ := ListPlace(t.Context(), p)
			if taken := filepath.Base(first.Path); slices.ContainsFunc(there, func(f File) bool { return nameOf(f) == taken && f.Database != theirs.Store.ID() }) {
				t.Errorf("the other database's file was replaced: %v", err)
			}
			if !slices.ContainsFunc(there, func(f File) bool { return f.Database == theirs.Store.ID() }) {
				t.Errorf("the other database's file is gone: %+v", there)
			}
		})
	}
}

// A place that is gone is an error, and is tried again: a disk that is not mounted, a server in the middle of a file, one with other keys, one
// that stops. When it is back, what is missing is copied, and nothing half of a file is left.
func TestCopiesWithoutTheirPlace(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "usb", "crm")
	p, err := OpenPlace(dir, s3.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b, c := copied(t, p)
	b.mustMake(t)
	if err := c.sync(t.Context()); !errors.Is(err, errParent) {
		t.Errorf("not mounted: got %v, want %v", err, errParent)
	}
	if err := os.Mkdir(filepath.Dir(dir), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := c.sync(t.Context()); err != nil || len(storetest.Names(t, dir)) != 1 {
		t.Errorf("mounted: got %v, %q", err, storetest.Names(t, dir))
	}
}

// A schedule copies by itself what it makes, tries again when a place was not there, and says since when.
func TestScheduleCopies(t *testing.T) {
	usb := filepath.Join(t.TempDir(), "usb")
	scheduled(t, 2, func(b *Schedule, log *lines) {
		days(0.1)
		if o := b.Offsite()[0]; o.FailedAt == nil || !strings.Contains(log.String(), "backups were not copied") {
			t.Errorf("not mounted: got %+v, log %s", o, log)
		}
		if err := os.Mkdir(usb, 0o700); err != nil {
			t.Fatal(err)
		}
		days(0.1)
		if o := b.Offsite()[0]; o.FailedAt != nil || o.Newest == nil || len(storetest.Names(t, filepath.Join(usb, "crm"))) != 1 {
			t.Errorf("mounted: got %+v, log %s", o, log)
		}
		days(4)
		if got, want := storetest.Names(t, filepath.Join(usb, "crm")), storetest.Names(t, b.Dir); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}, filepath.Join(usb, "crm"))
}

func TestBucketFaults(t *testing.T) {
	const patience = 300 * time.Millisecond
	tests := []struct {
		name  string
		begin func(t *testing.T, s *s3Server)
		want  func(error) bool
	}{
		{"gone in the middle", func(_ *testing.T, s *s3Server) { s.fault(6000, false) }, func(err error) bool { return err != nil }},
		{"stopped in the middle", func(_ *testing.T, s *s3Server) { s.fault(6000, true) }, func(err error) bool { return err != nil }},
		{"not there", func(_ *testing.T, s *s3Server) { s.fault(0, false) }, func(err error) bool { return err != nil }},
		{"no such bucket", func(t *testing.T, s *s3Server) {
			if err := os.Rename(s.folder, s.folder+"2"); err != nil {
				t.Fatal(err)
			}
		}, func(err error) bool { return errors.Is(err, s3.ErrNotFound) }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newS3Server(t)
			b, c := copied(t, s.place(s3.Options{Patience: patience}))
			if err := c.sync(t.Context()); err != nil { // nothing is there to copy
				t.Fatal(err)
			}
			made := b.mustMake(t)
			if made.Size < 12_000 {
				t.Fatalf("a backup of %d bytes has no middle", made.Size)
			}
			test.begin(t, s)
			err := c.sync(t.Context())
			if c.done(t.Context(), err); !test.want(err) || b.Offsite()[0].FailedAt == nil {
				t.Errorf("got %v, %+v", err, b.Offsite())
			}
			s.fault(-1, false)
			s.cut()
			_ = os.Rename(s.folder+"2", s.folder)
			if left := s.files(); slices.ContainsFunc(left, func(name string) bool { return strings.HasSuffix(name, Suffix) }) {
				t.Errorf("half of a file is there: %q", left)
			}
			err = c.sync(t.Context())
			if c.done(t.Context(), err); err != nil || b.Offsite()[0].FailedAt != nil || !slices.Contains(s.files(), filepath.Base(made.Path)) {
				t.Errorf("afterwards: got %v, %q", err, s.files())
			}
		})
	}
}

// A server that is slow and goes on gets a file, however long all of it takes.
func TestBucketSlow(t *testing.T) {
	s := newS3Server(t)
	s.slow = 6 * time.Millisecond
	p := s.place(s3.Options{Patience: 3 * time.Second}).(*bucketPlace)
	content := bytes.Repeat([]byte("0123456789abcdef"), 12<<20/16) // 4.6 s
	if err := p.Put(t.Context(), "large", bytes.NewReader(content), int64(len(content))); err != nil || len(s.files()) != 1 {
		t.Errorf("got %v, %q", err, s.files())
	}
}

func TestBucketKeys(t *testing.T) {
	s := newS3Server(t)
	b, c := copied(t, s.place(s3.Options{}))
	made := b.mustMake(t)
	if err := c.sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "keys")
	write := func(secret string) s3.Options {
		storetest.Write(t, file, []byte("[default]\naws_access_key_id = "+testAccess+"\naws_secret_access_key = "+secret+"\n"))
		return s3.Options{Credentials: file}
	}
	if _, err := ListPlace(t.Context(), s.place(write("another"))); !errors.Is(err, s3.ErrDenied) {
		t.Errorf("wrong keys: got %v, want %v", err, s3.ErrDenied)
	}
	if list, err := ListPlace(t.Context(), s.place(write(testSecret))); err != nil || len(list) != 1 {
		t.Errorf("keys of a file: got %+v, %v", list, err)
	}
	path, done, err := Fetch(t.Context(), s.address("office/"+filepath.Base(made.Path)), s3.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := Verify(t.Context(), path, nil); err != nil || got.Seq != made.Seq {
		t.Errorf("fetched: got %+v, %v", got, err)
	}
	if done(); len(storetest.Names(t, filepath.Dir(filepath.Dir(path)))) == 0 {
		t.Error("the folder of temporary files is gone")
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("what was fetched is still there: %v", err)
	}
	if _, _, err := Fetch(t.Context(), s.address("office/none"+Suffix), s3.Options{}); !errors.Is(err, s3.ErrNotFound) {
		t.Errorf("got %v, want %v", err, s3.ErrNotFound)
	}
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	if p, err := OpenPlace(s.address("office"), s3.Options{}); !errors.Is(err, s3.ErrNoCredentials) {
		t.Errorf("without keys: got %v, %v", p, err)
	}
}

// A file of several parts arrives whole, and what was begun before and cut off is removed.
func TestBucketParts(t *testing.T) {
	s := newS3Server(t)
	p := s.place(s3.Options{Patience: 5 * time.Second}).(*bucketPlace)
	content := bytes.Repeat([]byte("0123456789abcdef"), 40<<20/16)
	s.fault(20<<20, false)
	if err := p.Put(t.Context(), "large", bytes.NewReader(content), int64(len(content))); err == nil {
		t.Fatal("no error")
	}
	s.fault(-1, false)
	if err := p.Put(t.Context(), "large", bytes.NewReader(content), int64(len(content))); err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if err := p.Get(t.Context(), "large", &got); err != nil || !bytes.Equal(got.Bytes(), content) {
		t.Errorf("got %d bytes, %v", got.Len(), err)
	}
	tail := make([]byte, 100)
	objects, err := p.List(t.Context())
	if err != nil || len(objects) != 1 {
		t.Fatalf("got %+v, %v", objects, err)
	}
	if n, err := p.ReaderAt(t.Context(), objects[0]).ReadAt(tail, int64(len(content))-50); n != 50 || !errors.Is(err, io.EOF) {
		t.Errorf("beyond the end: got %d, %v", n, err)
	}
}

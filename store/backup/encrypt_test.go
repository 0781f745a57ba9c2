package backup

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/klauspost/compress/zstd"

	"crm/store"
	"crm/store/storetest"
)

// A lock is a way to encrypt backups, with the file that opens them.
type lock struct {
	recipients *Recipients
	file       string
	identities *Identities
}

func newLock(t testing.TB, passphrase string) lock {
	t.Helper()
	file, key := filepath.Join(t.TempDir(), "key"), ""
	var err error
	if passphrase == "" {
		key, err = NewIdentity(file)
	} else {
		storetest.Write(t, file, []byte(passphrase+"\n"))
	}
	if err != nil {
		t.Fatal(err)
	}
	l := lock{file: file}
	if key != "" {
		l.recipients, err = ParseRecipients([]string{key}, "")
	} else {
		l.recipients, err = ParseRecipients(nil, file)
	}
	if err != nil {
		t.Fatal(err)
	}
	if l.identities, err = LoadIdentities(file); err != nil {
		t.Fatal(err)
	}
	return l
}

// encryptedBackup is one of a store with a customer whom no byte of it names.
func encryptedBackup(t testing.TB, l lock) (b File, dir string) {
	t.Helper()
	s, dir := storetest.Filled(t, 3)
	storetest.CreateCustomer(t, s, "zoulikha@example.com")
	storetest.Write(t, filepath.Join(dir, store.KeyName), bytes.Repeat([]byte("k"), 32))
	schedule := &Schedule{Store: s, Dir: t.TempDir(), Spool: dir, Recipients: l.recipients, Keep: 2}
	b, err := schedule.Make(t.Context(), store.By{Actor: "somebody"}, "")
	if err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, spoolPrefix+"*")); left != nil || len(storetest.Names(t, schedule.Dir)) != 1 {
		t.Errorf("left %q and %q", left, storetest.Names(t, schedule.Dir))
	}
	return b, dir
}

// An encrypted backup comes back whole with its key, or its passphrase, and with no other. Without, its envelope says what it is, and a
// change of any byte shows.
func TestEncryptedBackup(t *testing.T) {
	other := newLock(t, "")
	for name, passphrase := range map[string]string{"key": "", "passphrase": "a cat on a hot tin roof"} {
		t.Run(name, func(t *testing.T) {
			l := newLock(t, passphrase)
			b, dir := encryptedBackup(t, l)
			if b.EncryptedFor == nil || b.VerifiedAt == nil || b.Counts != nil || b.Seq == 0 {
				t.Errorf("got %+v", b)
			}
			raw := storetest.Read(t, b.Path)
			unpacked, _ := zstd.NewReader(nil)
			if _, err := unpacked.DecodeAll(raw, nil); err == nil || bytes.Contains(raw, []byte("zoulikha")) {
				t.Errorf("it can be read without its key: %v", err)
			}
			if got, err := Verify(t.Context(), b.Path, nil); err != nil || got.Seq != b.Seq {
				t.Errorf("verify without the key: got %+v, %v", got, err)
			}
			if got, err := Verify(t.Context(), b.Path, l.identities); err != nil || got.Seq != b.Seq {
				t.Errorf("verify with the key: got %+v, %v", got, err)
			}
			if _, err := Verify(t.Context(), b.Path, other.identities); !errors.Is(err, ErrWrongIdentity) {
				t.Errorf("verify with another key: got %v, want %v", err, ErrWrongIdentity)
			}
			for _, refused := range []struct {
				with *Identities
				want error
			}{{nil, ErrEncrypted}, {other.identities, ErrWrongIdentity}} {
				to := t.TempDir()
				if _, _, err := Restore(t.Context(), b.Path, to, RestoreOptions{Identities: refused.with}); !errors.Is(err, refused.want) || len(storetest.Names(t, to)) > 0 {
					t.Errorf("restore: got %v, want %v; left %q", err, refused.want, storetest.Names(t, to))
				}
			}
			to := t.TempDir()
			got, _, err := Restore(t.Context(), b.Path, to, RestoreOptions{Identities: l.identities})
			if err != nil || got.Counts[store.KindCustomer] != 4 {
				t.Fatalf("got %+v, %v", got, err)
			}
			if key := storetest.Read(t, filepath.Join(to, store.KeyName)); !bytes.Equal(key, storetest.Read(t, filepath.Join(dir, store.KeyName))) {
				t.Errorf("got another key, %q", key)
			}
			storetest.View(t, storetest.Open(t, to), func(tx *store.Tx) error {
				if n := tx.Count(store.KindCustomer); n != 4 {
					t.Errorf("got %d customers", n)
				}
				return nil
			})
		})
	}
}

// Where a byte of an encrypted backup is another, or some are missing, everybody sees it; where its envelope was exchanged, the key shows it.
func TestEncryptedBackupDamaged(t *testing.T) {
	l := newLock(t, "")
	b, _ := encryptedBackup(t, l)
	later, _ := encryptedBackup(t, l)
	good, another := storetest.Read(t, b.Path), storetest.Read(t, later.Path)
	flip := func(at int) []byte {
		raw := bytes.Clone(good)
		raw[at] ^= 1
		return raw
	}
	for name, raw := range map[string][]byte{
		"in the envelope": flip(envelopeHead + 60), "behind the envelope": flip(envelopeSize + 3), "in the middle": flip((envelopeSize + len(good)) / 2),
		"cut off": good[:len(good)/2], "without its seal": good[:len(good)-sealSize], "nothing but an envelope": good[:envelopeSize],
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "crm-0"+Suffix)
			storetest.Write(t, path, raw)
			for _, with := range []*Identities{nil, l.identities} {
				if b, err := Verify(t.Context(), path, with); !errors.Is(err, ErrNotBackup) && (with == nil || name != "without its seal") {
					t.Errorf("verify: got %+v, %v", b, err)
				}
			}
			if _, _, err := Restore(t.Context(), path, t.TempDir(), RestoreOptions{Identities: l.identities}); !errors.Is(err, ErrNotBackup) && name != "without its seal" {
				t.Errorf("restore: got %v", err)
			}
		})
	}
	path := filepath.Join(t.TempDir(), "crm-0"+Suffix)
	storetest.Write(t, path, slices.Concat(another[:envelopeSize], good[envelopeSize:len(good)-sealSize]))
	if b, err := Verify(t.Context(), path, l.identities); !errors.Is(err, ErrNotBackup) {
		t.Errorf("with the envelope of another one: got %+v, %v", b, err)
	}
}

// The content of an encrypted backup is what age and tar make of it, as the manual says.
func TestEncryptedBackupOpensWithAge(t *testing.T) {
	l := newLock(t, "")
	b, _ := encryptedBackup(t, l)
	raw := storetest.Read(t, b.Path)
	content, err := age.Decrypt(bytes.NewReader(raw[envelopeSize:len(raw)-sealSize]), l.identities.list...)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(content)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "plain"+Suffix)
	storetest.Write(t, path, plain)
	if got, err := Verify(t.Context(), path, nil); err != nil || got.Counts[store.KindCustomer] != 4 {
		t.Errorf("got %+v, %v", got, err)
	}
}

// Retention, the list and what a crash has left treat encrypted backups as others: their envelope says whose they are.
func TestScheduleOfEncryptedBackups(t *testing.T) {
	l := newLock(t, "")
	s, dir := storetest.Filled(t, 1)
	b := &Schedule{Store: s, Dir: filepath.Join(dir, store.BackupsName), Spool: dir, Recipients: l.recipients, Keep: 2}
	left := filepath.Join(dir, spoolPrefix+"left")
	if err := os.Mkdir(left, 0o700); err != nil {
		t.Fatal(err)
	}
	for range 4 {
		made, err := b.make(context.Background(), Manifest{Scheduled: true}, store.By{}, anywhere(b.Dir))
		if err := errors.Join(err, b.prune(made.Path)); err != nil {
			t.Fatal(err)
		}
	}
	if list, err := b.List(); err != nil || len(list) != 2 || list[0].EncryptedFor == nil || !list[0].Scheduled {
		t.Errorf("got %+v, %v, want two", list, err)
	}
	if _, err := os.Stat(left); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("what a crash has left unencrypted is still there: %v", err)
	}
	if all, err := b.Retained(0); err != nil || len(all) != 2 {
		t.Errorf("retained: got %+v, %v", all, err)
	}
}

// What is received is encrypted on this side where recipients are given; what the service has encrypted is not encrypted again.
func TestReceiveEncrypts(t *testing.T) {
	l := newLock(t, "")
	encrypted, _ := encryptedBackup(t, l)
	s, dir := storetest.Filled(t, 2)
	plain := backup(t, s, filepath.Join(dir, store.BackupsName))
	b, err := Receive(t.Context(), t.TempDir(), l.recipients, fetching(storetest.Read(t, plain.Path), nil))
	if err != nil || b.EncryptedFor == nil {
		t.Fatalf("got %+v, %v", b, err)
	}
	if got, err := Verify(t.Context(), b.Path, l.identities); err != nil || got.Seq != plain.Seq {
		t.Errorf("got %+v, %v", got, err)
	}
	folder := t.TempDir()
	if b, err := Receive(t.Context(), folder, l.recipients, fetching(storetest.Read(t, encrypted.Path), nil)); !errors.Is(err, ErrEncryptedAlready) || len(storetest.Names(t, folder)) > 0 {
		t.Errorf("got %+v, %v", b, err)
	}
}

func TestRecipients(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	storetest.Write(t, file, []byte("\n"))
	key := newLock(t, "").recipients.list[0].(*age.X25519Recipient).String()
	for _, test := range []struct {
		keys []string
		file string
		want error
	}{{[]string{"age1"}, "", ErrRecipient}, {[]string{key[:10] + strings.Map(func(r rune) rune { return map[bool]rune{true: 'p', false: 'q'}[r == 'q'] }, key[10:11]) + key[11:]}, "", ErrRecipient}, {[]string{key}, file, ErrKeysAndPassphrase}, {nil, file, ErrNoPassphrase}, {nil, file + "2", os.ErrNotExist}} {
		if r, err := ParseRecipients(test.keys, test.file); !errors.Is(err, test.want) {
			t.Errorf("%q, %q: got %v, %v, want %v", test.keys, test.file, r, err, test.want)
		}
	}
	if _, err := LoadIdentities(file); !errors.Is(err, ErrNoPassphrase) {
		t.Errorf("got %v", err)
	}
	if _, err := NewIdentity(file); !errors.Is(err, os.ErrExist) {
		t.Errorf("a key over a file that is there: got %v", err)
	}
}

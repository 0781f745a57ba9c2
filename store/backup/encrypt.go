package backup

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"filippo.io/age"

	"crm/store"
	"crm/store/kv"
)

// An encrypted backup begins with an envelope of a fixed size, which everybody can read. Then comes what a backup is without its seal,
// encrypted in the format of age (age-encryption.org/v1), and then a seal over both. With the tools of a system:
//
//	tail -c +4097 FILE | head -c -264 | age -d -i KEY | tar --zstd -x
//
// So the list of a folder, and whether a file is as it was written, need no key.
const (
	envelopeMagic = 0x184D2A5D // one of zstd's skippable frames, and no beginning of a backup that is not encrypted
	envelopeHead  = 8          // magic and length
	envelopeSize  = 4096
)

var (
	// ErrEncrypted is returned where a backup must be opened and no identity is given.
	ErrEncrypted = errors.New("the backup is encrypted")
	// ErrWrongIdentity is returned for an identity that opens another backup, or none.
	ErrWrongIdentity = errors.New("the backup is encrypted for another key or passphrase")
)

// An envelope is what an encrypted backup says to everybody. How many records there are it does not say.
type envelope struct {
	For []string `json:"encrypted_for"`
	Manifest
}

func (e *envelope) encode() ([]byte, error) {
	text, err := store.Encode(e)
	if err != nil {
		return nil, err
	}
	if len(text) > envelopeSize-envelopeHead {
		return nil, fmt.Errorf("%d recipients are too many", len(e.For))
	}
	raw := binary.LittleEndian.AppendUint32(nil, envelopeMagic)
	raw = binary.LittleEndian.AppendUint32(raw, envelopeSize-envelopeHead)
	raw = append(raw, text...)
	return append(raw, bytes.Repeat([]byte(" "), envelopeSize-len(raw))...), nil
}

// readEnvelope is the envelope at the beginning of a file, nil where there is none.
func readEnvelope(file io.ReaderAt) *envelope {
	raw := make([]byte, envelopeSize)
	if _, err := file.ReadAt(raw, 0); err != nil || binary.LittleEndian.Uint32(raw) != envelopeMagic {
		return nil
	}
	e := new(envelope)
	if json.Unmarshal(raw[envelopeHead:], e) != nil || e.For == nil {
		return nil
	}
	return e
}

// describes reports whether an envelope belongs to the manifest that was encrypted. Nobody signs an envelope.
func (e *envelope) describes(m *Manifest) bool {
	return e.Format == m.Format && e.Time == m.Time && e.Schema == m.Schema && e.Database == m.Database && e.Seq == m.Seq && e.Scheduled == m.Scheduled
}

// encrypted makes a backup where only this machine keeps it, and encrypts it into a file that is claimed once it is verified.
func (j *job) encrypted(t *target) error {
	dir, err := j.spool()
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	plain, err := newTarget(filepath.Join(dir, "crm"+Suffix), j.store.Now().Std())
	if err != nil {
		return err
	}
	defer func() { _ = plain.close() }()
	if err := plain.claim(j.store.ID()); err != nil {
		return err
	}
	if err := j.plain(plain); err != nil {
		return err
	}
	return encrypt(t.part, plain.part, j.recipients, j.throttle.Restart(), j.store.Now())
}

// encrypt writes what a sealed backup has to another file for recipients, seals that, and compares what was written with the seal.
func encrypt(to, from *os.File, recipients *Recipients, p *store.Throttle, now store.Time) error {
	info, err := from.Stat()
	if err != nil {
		return err
	}
	b, err := read(from, info.Size(), from.Name())
	if err != nil {
		return err
	}
	e := envelope{For: recipients.hints, Manifest: b.Manifest}
	e.Counts, e.Bytes = nil, 0
	head, err := e.encode()
	if err != nil {
		return err
	}
	sum := sha256.New()
	out := io.MultiWriter(&throttledFile{File: to, throttle: p}, sum)
	if _, err := out.Write(head); err != nil {
		return kv.Classify(err)
	}
	if err := encryptTo(out, io.NewSectionReader(from, 0, info.Size()-sealSize), recipients); err != nil {
		return kv.Classify(fmt.Errorf("encrypt backup: %w", err))
	}
	written, err := to.Stat()
	if err != nil {
		return err
	}
	if err := (&seal{now, written.Size(), hex.EncodeToString(sum.Sum(nil))}).appendTo(to); err != nil {
		return err
	}
	return checkSeal(to)
}

func encryptTo(w io.Writer, content io.Reader, recipients *Recipients) error {
	out, err := age.Encrypt(w, recipients.list...)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, content); err != nil {
		return err
	}
	return out.Close()
}

// decrypt reads the content of an encrypted backup from where its envelope begins.
func decrypt(file io.Reader, identities *Identities) (io.Reader, error) {
	if identities == nil {
		return nil, ErrEncrypted
	}
	if _, err := io.CopyN(io.Discard, file, envelopeSize); err != nil {
		return nil, err
	}
	content, err := age.Decrypt(file, identities.list...)
	if errors.As(err, new(*age.NoIdentityMatchError)) {
		return nil, ErrWrongIdentity
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotBackup, err)
	}
	return content, nil
}

package backup

import (
	"archive/tar"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/zstd"

	"crm/store"
	"crm/store/kv"
)

// A backup is a tar stream compressed with zstd. Its entries are the manifest, the database, the key, and the SHA-256 sums of all three.
// The stream is followed by a seal, which zstd skips, so that tar --zstd unpacks a backup too. The seal is written after the stream has
// been verified, and has its length and sum. A truncated copy has no seal.
const (
	archiveFormat = 1
	manifestName  = "manifest.json"
	sumsName      = "SHA256SUMS"
	maxManifest   = 1 << 20  // size in bytes of each entry but the database
	maxWindow     = 32 << 20 // memory in bytes that unpacking may use
)

// A throttledFile is synced every 256 KB while it is written, so that a commit never has to wait until much of it is on disk.
type throttledFile struct {
	*os.File
	throttle *store.Throttle
	dirty    int // bytes since the last sync
}

const syncEvery = 256 << 10 // bytes

func (f *throttledFile) Write(b []byte) (int, error) {
	n, err := f.File.Write(b)
	if f.dirty += n; err == nil && f.dirty >= syncEvery {
		f.dirty, err = 0, f.Sync()
	}
	return n, cmp.Or(err, f.throttle.Step())
}

type archiveWriter struct {
	zip  *zstd.Encoder
	tar  *tar.Writer
	sums bytes.Buffer
	m    Manifest
}

func newArchiveWriter(w io.Writer) *archiveWriter {
	zip, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest))
	if err != nil {
		panic(err) // happens for wrong options only
	}
	return &archiveWriter{zip: zip, tar: tar.NewWriter(zip)}
}

// add appends an entry of size bytes, which write produces.
func (w *archiveWriter) add(name string, size int64, write func(io.Writer) (int64, error)) error {
	header := &tar.Header{Name: name, Mode: 0o600, Size: size, ModTime: w.m.Time.Std(), Format: tar.FormatPAX}
	if err := w.tar.WriteHeader(header); err != nil {
		return err
	}
	sum := sha256.New()
	if _, err := write(io.MultiWriter(w.tar, sum)); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	fmt.Fprintf(&w.sums, "%x  %s\n", sum.Sum(nil), name)
	return nil
}

func (w *archiveWriter) manifest(m Manifest) error {
	w.m = m
	raw, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	err = w.add(manifestName, int64(len(raw)), bytes.NewReader(raw).WriteTo)
	return cmp.Or(err, w.tar.Flush(), w.zip.Flush()) // so that a backup that a crash cut off names its database
}

// addFile appends a file, if there is one.
func (w *archiveWriter) addFile(name, path string) error {
	raw, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return w.add(name, int64(len(raw)), bytes.NewReader(raw).WriteTo)
}

func (w *archiveWriter) close() error {
	sums := bytes.NewReader(w.sums.Bytes())
	return cmp.Or(w.add(sumsName, sums.Size(), sums.WriteTo), w.tar.Close(), w.zip.Close())
}

// A seal states when the bytes before it were verified.
type seal struct {
	Time   store.Time `json:"verified_at"`
	Bytes  int64      `json:"bytes"`
	SHA256 string     `json:"sha256"`
}

const (
	sealMagic = 0x184D2A5C // one of zstd's skippable frames (RFC 8878, section 3.1.2)
	sealHead  = 8          // magic and length
	sealSize  = sealHead + 256
)

func (s *seal) encode() ([]byte, error) {
	text, err := store.Encode(s)
	if err != nil {
		return nil, err
	}
	raw := binary.LittleEndian.AppendUint32(nil, sealMagic)
	raw = binary.LittleEndian.AppendUint32(raw, sealSize-sealHead)
	raw = append(raw, text...)
	return append(raw, bytes.Repeat([]byte(" "), sealSize-len(raw))...), nil
}

// readSeal returns the seal at the end of a file of size bytes, or nil if there is none or it is for another length.
func readSeal(file io.ReaderAt, size int64) *seal {
	raw := make([]byte, sealSize)
	if _, err := file.ReadAt(raw, size-sealSize); err != nil || binary.LittleEndian.Uint32(raw) != sealMagic {
		return nil
	}
	s := new(seal)
	if json.Unmarshal(raw[sealHead:], s) != nil || s.Bytes != size-sealSize {
		return nil
	}
	return s
}

// An archive is a backup that is being read.
type archive struct {
	file *os.File
	size int64
	seal *seal
	sum  io.Reader // the compressed bytes, which are also written to hash
	hash interface{ Sum([]byte) []byte }
	zip  *zstd.Decoder
	tar  *tar.Reader
	sums bytes.Buffer // of the entries that were read
}

func openArchive(path string) (*archive, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	a := &archive{file: file, size: info.Size(), seal: readSeal(file, info.Size())}
	packed := a.size
	if a.seal != nil {
		packed = a.seal.Bytes
	}
	hash := sha256.New()
	a.sum, a.hash = io.TeeReader(io.NewSectionReader(file, 0, packed), hash), hash
	a.zip, err = zstd.NewReader(a.sum, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow))
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	a.tar = tar.NewReader(a.zip)
	return a, nil
}

func (a *archive) close() {
	a.zip.Close()
	a.file.Close()
}

// ErrNotBackup is returned for a file of another kind.
var ErrNotBackup = errors.New("not a backup of crm, or a damaged one")

func (a *archive) readManifest() (m Manifest, err error) {
	header, err := a.tar.Next()
	if err != nil {
		return m, fmt.Errorf("%w: %w", ErrNotBackup, err)
	}
	if header.Name != manifestName || header.Size > maxManifest {
		return m, ErrNotBackup
	}
	raw, err := io.ReadAll(a.tar)
	if err == nil {
		fmt.Fprintf(&a.sums, "%x  %s\n", sha256.Sum256(raw), manifestName)
		err = json.Unmarshal(raw, &m)
	}
	switch {
	case err != nil:
		return m, fmt.Errorf("%w: %w", ErrNotBackup, err)
	case m.Format < 1 || m.Schema < 1:
		return m, fmt.Errorf("%w: it is of format %d and schema %d", ErrNotBackup, m.Format, m.Schema)
	case m.Format > archiveFormat || m.Schema > store.Schema():
		return m, fmt.Errorf("%w: backup of format %d and schema %d", store.ErrNewer, m.Format, m.Schema)
	}
	return m, nil
}

// extract reads a backup to its end, writes its files to dir with a suffix, and compares every sum.
func extract(p *store.Throttle, path, dir, suffix string) (m Manifest, sum string, err error) {
	a, err := openArchive(path)
	if err != nil {
		return m, "", err
	}
	defer a.close()
	if m, err = a.readManifest(); err != nil {
		return m, "", err
	}
	if err = kv.HasRoom(dir, m.Bytes); err != nil {
		return m, "", err
	}
	if err = a.extractFiles(p, dir, suffix, m.Bytes); err != nil {
		return m, "", err
	}
	if err = a.readRest(); err != nil {
		return m, "", fmt.Errorf("%w: %w", ErrNotBackup, err)
	}
	sum = hex.EncodeToString(a.hash.Sum(nil))
	if a.seal != nil && a.seal.SHA256 != sum {
		return m, "", fmt.Errorf("%w: its content has changed since it was verified at %s", ErrNotBackup, a.seal.Time)
	}
	return m, sum, nil
}

// readRest reads what follows the last entry, which must be short, and the frames that zstd skips.
func (a *archive) readRest() error {
	n, err := io.Copy(io.Discard, io.LimitReader(a.zip, maxManifest))
	if n == maxManifest {
		err = errors.New("it has data after its end")
	}
	if err == nil {
		_, err = io.Copy(io.Discard, a.sum)
	}
	return err
}

// extractFiles writes the database, which must have size bytes, and the key to dir. It compares all sums with those in the backup.
func (a *archive) extractFiles(p *store.Throttle, dir, suffix string, size int64) error {
	var want []byte
	seen := map[string]bool{}
	for {
		header, err := a.tar.Next()
		switch {
		case errors.Is(err, io.EOF):
			if !seen[store.FileName] || !bytes.Equal(want, a.sums.Bytes()) {
				return fmt.Errorf("%w: the sums of its files are wrong", ErrNotBackup)
			}
			return nil
		case err != nil:
			return fmt.Errorf("%w: %w", ErrNotBackup, err)
		case seen[header.Name]:
			return fmt.Errorf("%w: %s is in it twice", ErrNotBackup, header.Name)
		case header.Typeflag == tar.TypeReg && header.Name == sumsName && header.Size <= maxManifest:
			want, err = io.ReadAll(a.tar)
		case header.Typeflag == tar.TypeReg && (header.Name == store.FileName && header.Size == size || header.Name == store.KeyName && header.Size <= maxManifest):
			err = a.extractFile(p, filepath.Join(dir, header.Name+suffix), header.Name)
		default:
			err = fmt.Errorf("%w: it has an entry %q of %d bytes", ErrNotBackup, header.Name, header.Size)
		}
		if err != nil {
			return err
		}
		seen[header.Name] = true
	}
}

func (a *archive) extractFile(p *store.Throttle, to, name string) error {
	file, err := os.OpenFile(to, os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600)
	if err != nil {
		return kv.Classify(err)
	}
	sum := sha256.New()
	_, err = io.Copy(io.MultiWriter(&throttledFile{File: file, throttle: p}, sum), a.tar)
	if errors.Is(err, zstd.ErrCRCMismatch) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = fmt.Errorf("%w: %w", ErrNotBackup, err)
	}
	fmt.Fprintf(&a.sums, "%x  %s\n", sum.Sum(nil), name)
	return kv.Classify(cmp.Or(err, file.Sync(), file.Close()))
}

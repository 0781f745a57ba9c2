package backup

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"crm/store"
	"crm/store/kv"
)

// A job is one backup that is to be made.
type job struct {
	throttle   *store.Throttle
	store      *store.Store
	manifest   Manifest
	recipients *Recipients                    // nil for a backup that is not encrypted
	spool      func() (dir string, err error) // of those that are; see Schedule.spool
	begin      func(path string) error        // is called when the file is claimed and before anything is written to it; nil for nothing
}

// Make writes a snapshot of a store to a temporary file, reads it back and verifies it, and then renames the file. It does not block
// writers. to is the file if it ends in Suffix, and else a folder, which is created if it does not exist. version is that of the program.
func Make(ctx context.Context, s *store.Store, to, version string) (File, error) {
	return (&job{throttle: store.NewThrottle(ctx), store: s, manifest: Manifest{Version: version}}).makeAt(to)
}

// makeAt makes the backup at a path, wherever that is.
func (j *job) makeAt(path string) (File, error) {
	t, err := newTarget(path, j.store.Now().Std())
	if err != nil {
		return File{}, err
	}
	return j.make(t)
}

// make makes the backup and closes its target.
func (j *job) make(t *target) (b File, err error) {
	defer func() { err = errors.Join(err, t.close()) }()
	if err := j.claim(t); err != nil {
		return b, err
	}
	if err := j.fill(t); err != nil {
		return b, err
	}
	return t.publish()
}

func (j *job) claim(t *target) error {
	if err := t.claim(j.store.ID()); err != nil || j.begin == nil {
		return err
	}
	return j.begin(t.path())
}

// fill writes, verifies and seals the backup in a file that is claimed.
func (j *job) fill(t *target) error {
	if j.recipients != nil {
		return j.encrypted(t)
	}
	return j.plain(t)
}

func (j *job) plain(t *target) error {
	if err := j.write(t.part); err != nil {
		return fmt.Errorf("write backup: %w", err)
	}
	if err := verifyPart(j.throttle, t, j.store.Now()); err != nil {
		return fmt.Errorf("verify backup: %w", err)
	}
	return nil
}

// write writes a backup that is not verified yet.
func (j *job) write(file *os.File) error {
	w := newArchiveWriter(&throttledFile{File: file, throttle: j.throttle})
	err := j.store.Snapshot(func(snapshot *store.Snapshot) error {
		m := j.manifest
		m.describe(snapshot, j.store.Now())
		return cmp.Or(w.manifest(m), w.add(store.FileName, m.Bytes, snapshot.WriteTo))
	})
	if err == nil {
		err = w.addFile(store.KeyName, filepath.Join(j.store.Dir(), store.KeyName))
	}
	return kv.Classify(cmp.Or(err, w.close(), file.Sync()))
}

// describe sets the fields that describe a snapshot.
func (m *Manifest) describe(s *store.Snapshot, now store.Time) {
	m.Format, m.Time, m.Schema, m.Database = archiveFormat, now, s.Schema, s.Database
	m.Seq, m.Counts, m.Bytes = s.Seq, s.Counts, s.Size
}

package backup

import (
	"path/filepath"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"crm/store/backup/s3"
)

// A server that can write no more files is an error, and gets the backup when it has room again.
func TestBucketFull(t *testing.T) {
	s := newS3Server(t)
	b, c := copied(t, s.place(s3.Options{}))
	made := b.mustMake(t)
	var was unix.Rlimit
	if err := unix.Prlimit(s.pid, unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: 4096, Max: unix.RLIM_INFINITY}, &was); err != nil {
		t.Fatal(err)
	}
	err := c.sync(t.Context())
	if c.done(t.Context(), err); err == nil || b.Offsite()[0].FailedAt == nil {
		t.Errorf("full: got %v, %+v", err, b.Offsite())
	}
	if err := unix.Prlimit(s.pid, unix.RLIMIT_FSIZE, &was, nil); err != nil {
		t.Fatal(err)
	}
	err = c.sync(t.Context())
	if c.done(t.Context(), err); err != nil || !slices.Contains(s.files(), filepath.Base(made.Path)) {
		t.Errorf("with room: got %v, %q", err, s.files())
	}
}

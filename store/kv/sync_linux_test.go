package kv

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// unsynced returns how many pages of a file are not on disk yet.
func unsynced(t *testing.T, path string) uint64 {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var all unix.Cachestat_t
	if err := unix.Cachestat(uint(file.Fd()), &unix.CachestatRange{}, &all, 0); err != nil {
		t.Skip("this system does not tell what is not on disk yet: ", err)
	}
	return all.Dirty + all.Writeback
}

// needDisk skips a test on a file system that keeps nothing on a disk.
func needDisk(t *testing.T) {
	t.Helper()
	probe := filepath.Join(t.TempDir(), "probe")
	if err := os.WriteFile(probe, make([]byte, 4096), 0o600); err != nil {
		t.Fatal(err)
	}
	if unsynced(t, probe) == 0 {
		t.Skip("this file system has no disk")
	}
}

// TestAcknowledgedIsOnDisk asks the system after each acknowledged write whether the file that has it is on disk.
func TestAcknowledgedIsOnDisk(t *testing.T) {
	needDisk(t)
	dir := t.TempDir()
	file := filepath.Join(dir, fileName)
	onDisk := func(when, path string) {
		t.Helper()
		if n := unsynced(t, path); n > 0 {
			t.Errorf("%s: %d pages of %s are not on disk", when, n, filepath.Base(path))
		}
	}
	s := openAt(t, dir, 0)
	for n := range 3 {
		put(t, s, key(n))
		onDisk("without a WAL", file)
	}
	closeDB(t, s)
	image := t.TempDir() // as by hand, without a sync
	copyFile(t, file, filepath.Join(image, fileName))
	dir, file = image, filepath.Join(image, fileName)
	log := filepath.Join(dir, walName)
	s = openAt(t, dir, 5*walPage)
	onDisk("at the start", file)
	bases := 0
	for n, epoch := 10, s.wal.epoch; n < 20; n++ {
		put(t, s, key(n))
		onDisk("with a WAL", log)
		if s.wal.epoch != epoch {
			bases, epoch = bases+1, s.wal.epoch
			onDisk("a checkpoint", file)
		}
	}
	if bases < 2 {
		t.Errorf("there were %d checkpoints", bases)
	}
	image = failed(t, dir)
	closeDB(t, s)
	onDisk("after the end", file)
	closeDB(t, openAt(t, image, 0))
	onDisk("after a recovery", filepath.Join(image, fileName))
}

// A log that somebody deletes while it is in use is no longer relied upon.
func TestWALDeleted(t *testing.T) {
	needDisk(t)
	dir := t.TempDir()
	s := openAt(t, dir, WALSize)
	put(t, s, key(1))
	if err := os.Remove(filepath.Join(dir, walName)); err != nil {
		t.Fatal(err)
	}
	for n := range 3 {
		put(t, s, key(2+n))
		if n := unsynced(t, filepath.Join(dir, fileName)); n > 0 {
			t.Errorf("%d pages are not on disk", n)
		}
	}
}

// TestSyncFails runs this binary again as a store whose disk refuses to sync one of its files, at different moments, and is then killed.
// What was refused is not there afterwards, and what was acknowledged is. Only if the head of the log cannot be synced may a refused commit
// be there, because it is in the database already.
func TestSyncFails(t *testing.T) {
	if dir := os.Getenv("CRM_SYNC_DIR"); dir != "" {
		if failSyncs(t, dir, os.Getenv("CRM_SYNC_CASE")); !t.Failed() {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		}
		return
	}
	for _, name := range []string{"record", "before a checkpoint", "checkpoint", "head of the WAL"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestSyncFails$")
			cmd.Env = append(os.Environ(), "CRM_SYNC_DIR="+dir, "CRM_SYNC_CASE="+name)
			said, err := cmd.CombinedOutput()
			if strings.Contains(string(said), "SKIP") {
				t.Skip(string(said))
			}
			if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || !status.Signaled() {
				t.Fatalf("%v\n%s", err, said)
			}
			s := openAt(t, dir, 0)
			var got []string
			err = s.View(func(tx *Tx) error {
				for k := range tx.Scan(rows, nil) {
					got = append(got, string(k))
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if name == "head of the WAL" {
				got = slices.DeleteFunc(got, func(key string) bool { return key == "refused" })
			}
			if fmt.Sprint(got) != "[acknowledged]" {
				t.Errorf("got %q, want what was acknowledged", got)
			}
		})
	}
}

// failSyncs makes a commit, and others that a sync fails of.
func failSyncs(t *testing.T, dir, name string) {
	path := filepath.Join(dir, fileName)
	if err := Create(path, testBuckets, func(*Tx) error { return nil }); err != nil {
		t.Fatal(err)
	}
	s, err := Open(path, testBuckets) // which the test does not close
	if err == nil {
		err = s.StartWAL(5 * walPage)
	}
	if err != nil {
		t.Fatal(err)
	}
	put(t, s, "acknowledged")
	file, large, late := s.file, name != "record", name == "checkpoint" || name == "head of the WAL"
	if name == "record" || name == "head of the WAL" {
		file = s.wal.file
	}
	err = s.Update(func(tx *Tx) error {
		value := []byte("value")
		if large {
			value = bytes.Repeat(value, 5_000)
		}
		if err := tx.Put(rows, []byte("refused"), value); err != nil {
			return err
		}
		if late {
			tx.tx.OnCommit(func() { refuseSync(file) })
			return nil
		}
		refuseSync(file)
		return nil
	})
	if got := everything(t, s); len(got[rows]) != 1 && !late {
		t.Errorf("readers see %q", got[rows])
	}
	again := s.Update(func(tx *Tx) error { return putRow(tx, "again") })
	if err == nil || again == nil {
		t.Fatalf("a commit that is not on disk: %v, the next: %v", err, again)
	}
	for _, err := range []error{err, again} { // room alone would not mend the others
		if errors.Is(err, ErrFull) == large {
			t.Errorf("got %v", err)
		}
	}
}

// refuseSync makes the system answer with "no space left on device" to every sync of a file by this process from now on.
func refuseSync(file *os.File) {
	const (
		load, equal, answer = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, unix.BPF_RET | unix.BPF_K
		number, argument    = 0, 16 // where the call's number is, and its first argument on little-endian systems
		setFilter           = 1     // SECCOMP_SET_MODE_FILTER
	)
	filter := []unix.SockFilter{
		{Code: load, K: number},
		{Code: equal, K: unix.SYS_FDATASYNC, Jf: 3},
		{Code: load, K: argument},
		{Code: equal, K: uint32(file.Fd()), Jf: 1},
		{Code: answer, K: unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSPC)},
		{Code: answer, K: unix.SECCOMP_RET_ALLOW},
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
	if err == nil {
		_, _, failed := unix.Syscall(unix.SYS_SECCOMP, setFilter, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&program)))
		if failed != 0 {
			err = failed
		}
	}
	if err != nil {
		fmt.Println("SKIP: no filter of system calls:", err)
		os.Exit(1)
	}
}

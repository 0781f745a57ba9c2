//go:build !windows

package local_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"crm/httpapi/crmtest"
)

// TestLookingAtReadOnlyFolder looks at folders of somebody who may only read them.
func TestLookingAtReadOnlyFolder(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "crm")
	raw, err := os.ReadFile(crmtest.Binary(t))
	if err == nil {
		err = errors.Join(os.WriteFile(binary, raw, 0o755), os.Chmod(filepath.Dir(binary), 0o755), os.Chmod(filepath.Dir(filepath.Dir(binary)), 0o755))
	}
	if err != nil {
		t.Fatal(err)
	}
	for name, state := range map[string]func(*testing.T) string{
		"clean": withBackup, "killed": killed, "schema 1": func(t *testing.T) string { return ofSchema(t, 1) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := state(t)
			for _, parent := range []string{filepath.Dir(dir), filepath.Dir(filepath.Dir(dir))} {
				if strings.HasPrefix(filepath.Base(parent), "Test") || filepath.Base(parent) == "001" {
					if err := os.Chmod(parent, 0o755); err != nil {
						t.Fatal(err)
					}
				}
			}
			readOnly(t, dir)
			for name, args := range looked(dir) {
				cmd := crmtest.Program(t.Context(), t, args...)
				cmd.Path, cmd.Dir = binary, os.TempDir()
				if os.Geteuid() == 0 { // who may write anyway
					cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
				}
				out, err := cmd.CombinedOutput()
				if err != nil && name != "doctor" && name != "health" && name != "backup list" || strings.Contains(string(out), "cannot be opened") || strings.Contains(string(out), "cannot run") {
					t.Errorf("crm %q: %v\n%s", args, err, out)
				}
			}
		})
	}
}

// readOnly lets a user who has no other rights read everything in a folder, and its owner too; the end of the test may delete it.
func readOnly(t *testing.T, dir string) {
	t.Helper()
	set := func(folder, file os.FileMode) error {
		return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.IsDir() {
				return os.Chmod(path, folder)
			}
			return errors.Join(err, os.Chmod(path, file))
		})
	}
	if err := set(0o555, 0o444); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = set(0o755, 0o600) })
}

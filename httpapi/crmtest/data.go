package crmtest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"crm/store"
)

// Users and passwords of tests.
const (
	Someone  = "123e4567-e89b-12d3-a456-426614174000" // a subject that is not a user
	Email    = "fatima@example.com"
	Password = "correct horse"
)

// Every yields at an interval until ctx ends.
func Every(ctx context.Context, d time.Duration) func(func() bool) {
	return func(yield func() bool) {
		t := time.NewTicker(d)
		defer t.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-t.C:
				if !yield() {
					return
				}
			}
		}
	}
}

// Write writes a file.
func Write(t testing.TB, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// Seeded returns a data folder with a few customers.
func Seeded(t testing.TB, args ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	small := []string{"seed", "--data", dir, "--customers", "60", "--interactions", "200", "--feedback", "50"}
	got := Must(t, "", append(small, args...)...)
	if want := dir + " has 60 customers, 200 interactions and 50 feedback now"; !strings.HasPrefix(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	return dir
}

// Token makes a token that allows everything, with the folder's key.
func Token(t testing.TB, dir string) string {
	t.Helper()
	return strings.TrimSpace(Must(t, "", "token", "--data", dir, "--subject", Someone, "--permission", "*:*:*"))
}

// Customer returns a body that creates one.
func Customer(n int) string {
	return fmt.Sprintf(`{"full_name":"Load Test%d","contact_type":"Individual","email":"load%d@example.com","phone":"0612345678"}`, n, n)
}

// KeyFile returns the path of the key that signs tokens.
func KeyFile(dir string) string { return filepath.Join(dir, store.KeyName) }

// IndexDir returns the folder of the saved index.
func IndexDir(dir string) string { return filepath.Join(dir, store.IndexName) }

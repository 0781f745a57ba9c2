package store

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"crm/store/kv"
)

// filled returns a store with a few records of every kind and a key, in a folder of its own.
func filled(t testing.TB, customers int) (*Store, string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, KeyName), bytes.Repeat([]byte("k"), 32), 0o600); err != nil {
		t.Fatal(err)
	}
	s := openAt(t, dir)
	update(t, s, func(tx *Tx) error {
		for n := range customers {
			c := person(email(n))
			_, err := tx.CreateCustomer(c, nil)
			if err == nil {
				_, err = tx.CreateInteraction(&Interaction{CustomerID: c.ID, Channel: "phone", Summary: "Call", Timestamp: Never}, nil)
			}
			if err == nil {
				_, err = tx.CreateFeedback(&Feedback{CustomerID: &c.ID, ServiceType: "Tour", Rating: 4}, nil)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	return s, dir
}

func closeStore(t testing.TB, s *Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func names(t *testing.T, dir string) (names []string) {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		names = append(names, file.Name())
	}
	return names
}

func removed(t *testing.T, path string) time.Duration {
	t.Helper()
	if err := kv.RemoveIfThere(path); err != nil {
		t.Fatal(err)
	}
	return 0
}

func written(t *testing.T, path, text string) time.Duration {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return 0
}

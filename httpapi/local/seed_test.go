package local_test

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"crm/httpapi/crmtest"
	"crm/index"
	"crm/store"
)

// rows returns everything in a folder but the users, as JSON.
func rows(t *testing.T, dir string) (all []string, segments int) {
	t.Helper()
	st, err := store.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	err = st.View(func(tx *store.Tx) error {
		for _, kind := range []iter.Seq2[store.ID, []byte]{
			tx.Customers(store.ID{}), tx.Interactions(store.ID{}), tx.AllFeedback(store.ID{}),
		} {
			for _, raw := range kind {
				all = append(all, string(raw))
			}
		}
		list, err := tx.Segments()
		for _, s := range list {
			raw, err := json.Marshal(s)
			if err != nil {
				return err
			}
			all = append(all, string(raw))
		}
		segments = len(list)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all, segments
}

func TestSeedIsDeterministic(t *testing.T) {
	t.Parallel()
	const now = "2026-01-02T15:04:05Z"
	want, segments := rows(t, crmtest.Seeded(t, "--seed", "5", "--now", now))
	if len(want) != 60+200+50+20 || segments != 20 {
		t.Errorf("got %d rows and %d segments, want 330 and 20", len(want), segments)
	}
	if got, _ := rows(t, crmtest.Seeded(t, "--seed", "5", "--now", now)); !slices.Equal(got, want) {
		t.Error("the same flags made other data")
	}
	if got, _ := rows(t, crmtest.Seeded(t, "--seed", "6", "--now", now)); slices.Equal(got, want) {
		t.Error("another --seed made the same data")
	}
	if got, _ := rows(t, crmtest.Seeded(t, "--seed", "5", "--now", "2026-01-03T15:04:05Z")); slices.Equal(got, want) {
		t.Error("another --now made the same data")
	}
}

func TestSeedRefused(t *testing.T) {
	t.Parallel()
	dir := crmtest.Seeded(t)
	want, _ := rows(t, dir)
	crmtest.Refused(t, "empty", "", "seed", "--data", dir)
	if got, _ := rows(t, dir); !slices.Equal(got, want) {
		t.Error("the data changed")
	}
	for _, bad := range [][]string{{"--customers", "-1"}, {"--interactions", "-1"}, {"--feedback", "-1"}, {"--customers", "0"}} {
		crmtest.Refused(t, "numbers", "", append([]string{"seed", "--data", filepath.Join(dir, "new")}, bad...)...)
	}
	for _, bad := range []string{"yesterday", "2026-01-02"} {
		crmtest.Refused(t, "--now", "", "seed", "--data", filepath.Join(dir, "new"), "--now", bad)
	}
	if _, err := os.Stat(filepath.Join(dir, "new")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a refused seed made the folder: %v", err)
	}
}

// A complete index has nothing to write when the service starts.
func TestSeedLeavesTheIndexComplete(t *testing.T) {
	t.Parallel()
	dir := crmtest.Seeded(t)
	want := segmentFiles(t, dir)
	st, err := store.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	ctx, stop := context.WithTimeout(t.Context(), crmtest.Limit)
	defer stop()
	ix, done := index.New(st, crmtest.IndexDir(dir), index.Options{}), make(chan error, 1)
	go func() { done <- ix.Run(ctx) }()
	for range crmtest.Every(ctx, 5*time.Millisecond) {
		if lag, _, ok := ix.Lag(); ok && lag == 0 {
			break
		}
	}
	if lag, total, _ := ix.Lag(); lag != 0 || total != 60 {
		t.Errorf("got a lag of %d of %d, want 0 of 60", lag, total)
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if got := segmentFiles(t, dir); len(want) == 0 || !slices.Equal(got, want) {
		t.Errorf("got files %q, want those of the seed %q", got, want)
	}
}

func segmentFiles(t *testing.T, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(crmtest.IndexDir(dir), func(path string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".zap") {
			names = append(names, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

package index

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"crm/store"
)

// crashingChild creates customers from many goroutines, with the index following, and prints the name of each
// that is acknowledged, until it is killed.
func crashingChild(dir string) {
	st, err := store.Open(dir)
	if err != nil {
		panic(err)
	}
	ix := New(st, filepath.Join(dir, "index"), Options{})
	go func() { _ = ix.Run(context.Background()) }()
	var print sync.Mutex
	var wg sync.WaitGroup
	for worker := range 16 {
		wg.Go(func() {
			for i := 0; i < 10_000; i++ {
				name := fmt.Sprintf("w%dq%dq%d", worker, i, os.Getpid())
				c := store.Customer{FullName: &name, ContactType: "Individual", Email: name + "@example.com", Phone: "0612345678"}
				_, err := st.Update(store.By{}, func(tx *store.Tx) error { _, err := tx.CreateCustomer(&c, nil); return err })
				if err != nil {
					panic(err)
				}
				print.Lock()
				fmt.Println(name)
				print.Unlock()
			}
		})
	}
	wg.Wait()
}

// TestKilled kills a process among its writes, several times on one folder. Every acknowledged customer is in the
// lists and is found, at once and when Bleve has caught up.
func TestKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("kills processes")
	}
	dir := t.TempDir()
	var acknowledged []string
	for range 5 {
		acknowledged = append(acknowledged, runAndKill(t, dir, 300+rand.IntN(700))...)
	}
	st, err := store.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	h := &fixture{t: t, dir: dir, store: st, log: &lines{}}
	h.start()
	t.Cleanup(func() {
		h.stop()
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, settled := range []bool{false, true} {
		if settled {
			h.settled()
		}
		for _, name := range acknowledged {
			if got := h.search(name); got != 1 {
				t.Fatalf("settled %v: %s was acknowledged and is found %d times; log:\n%s", settled, name, got, h.log)
			}
		}
	}
	page, err := h.index.Customers(CustomerQuery{Slice: Slice{Limit: 1}})
	if err != nil || page.Total < len(acknowledged) {
		t.Errorf("listed: %d customers, %v; want at least %d", page.Total, err, len(acknowledged))
	}
}

// runAndKill returns the names that the child acknowledged before it was killed.
func runAndKill(t *testing.T, dir string, after int) (names []string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), "CRM_TEST_CRASH="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() && strings.Count(lines.Text(), "q") == 2 {
		if names = append(names, lines.Text()); len(names) == after {
			_ = cmd.Process.Kill()
		}
	}
	_ = cmd.Wait()
	if len(names) < after {
		t.Fatalf("the child ended after %d writes", len(names))
	}
	return names
}

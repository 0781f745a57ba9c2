package store

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// TestMain lets the crash test run this binary again as the program that it kills.
func TestMain(m *testing.M) {
	if dir := os.Getenv("CRM_CRASH_DIR"); dir != "" {
		fmt.Fprintln(os.Stderr, writeUntilKilled(dir, os.Getenv("CRM_CRASH_ROUND")))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// writeUntilKilled prints a line for each write that Update has acknowledged.
func writeUntilKilled(dir, round string) error {
	options := []Option{}
	if n, _ := strconv.Atoi(round); n%3 > 0 {
		options = append(options, WithWAL())
	}
	if n, _ := strconv.Atoi(round); n%3 > 1 {
		options = append(options, func(s *Store) { s.wal = 200 << 10 }) // with many bases
	}
	s, err := Open(dir, options...)
	if err != nil {
		return err
	}
	errs := make(chan error)
	for w := range 64 {
		go func() { errs <- writer(s, fmt.Sprintf("r%s-w%d", round, w), uint64(w)) }()
	}
	return <-errs
}

// writer creates customers, calls them and changes their notes, one acknowledged write after the other.
func writer(s *Store, name string, seed uint64) error {
	rng := seeded(seed)
	var ids []ID
	notes := 0
	acknowledged := func(fn func(*Tx) (string, error)) error {
		var line string
		if _, err := s.Update(By{Actor: name}, func(tx *Tx) (err error) { line, err = fn(tx); return err }); err != nil {
			return err
		}
		_, err := os.Stdout.WriteString(line + "\n") // one write call, so that lines stay whole
		return err
	}
	for n := 0; ; n++ {
		var err error
		switch kind := rng.IntN(3); {
		case len(ids) == 0 || kind == 0:
			c := person(fmt.Sprintf("%s-%d@example.com", name, n))
			err = acknowledged(func(tx *Tx) (string, error) {
				raw, err := tx.CreateCustomer(c, nil)
				if err == nil {
					err = tx.KeepReply(&Reply{Key: c.ID, Record: c.ID, Status: 201, Body: raw})
				}
				return fmt.Sprintf("customer %s %s", c.ID, c.Email), err
			})
			ids = append(ids, c.ID)
		case kind == 1:
			err = acknowledged(func(tx *Tx) (string, error) {
				i := &Interaction{CustomerID: ids[rng.IntN(len(ids))], Channel: "chat", Summary: name, Timestamp: Never}
				_, err := tx.CreateInteraction(i, nil)
				return fmt.Sprintf("interaction %s %s", i.ID, i.CustomerID), err
			})
		default:
			notes++
			id := ids[rng.IntN(len(ids))]
			err = acknowledged(func(tx *Tx) (string, error) {
				_, err := tx.UpdateCustomer(id, func(c *Customer) Invalid { c.Notes = new(strconv.Itoa(notes)); return nil })
				return fmt.Sprintf("notes %s %d", id, notes), err
			})
		}
		if err != nil {
			return err
		}
	}
}

// TestKilled kills a program among its writes, again and again, and finds every acknowledged one.
// CRM_KILLS sets how often.
func TestKilled(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("no SIGKILL")
	}
	kills := 6 // each kind of store twice
	if n, err := strconv.Atoi(os.Getenv("CRM_KILLS")); err == nil {
		kills = n
	}
	dir := t.TempDir()
	rng := seeded(12)
	var acked []string
	for round := range kills {
		if round%20 == 19 { // a new folder now and then, so that the file stays small
			dir, acked = t.TempDir(), nil
		}
		wait := rng.IntN(1000)
		lines, err := runAndKill(dir, round, wait)
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		acked = append(acked, lines...)
		t.Run(fmt.Sprint(round), func(t *testing.T) { // its end checks the invariants
			if _, err := os.Stat(filepath.Join(dir, FileName)); wait == 0 && errors.Is(err, os.ErrNotExist) {
				return
			}
			findAll(t, openAt(t, dir), acked)
		})
	}
	t.Logf("%d acknowledged writes found after %d kills", len(acked), kills)
}

// runAndKill starts the program, kills it after so many acknowledged writes, and returns all that it has acknowledged.
func runAndKill(dir string, round, after int) (lines []string, err error) {
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), "CRM_CRASH_DIR="+dir, fmt.Sprint("CRM_CRASH_ROUND=", round))
	var complaint strings.Builder
	cmd.Stderr = &complaint
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	var once sync.Once
	kill := func() { once.Do(func() { err = cmd.Process.Kill() }) }
	r := bufio.NewReader(out)
	for {
		if len(lines) >= after {
			kill()
		}
		line, readErr := r.ReadString('\n')
		if readErr != nil {
			if line != "" || readErr != io.EOF {
				err = errors.Join(err, fmt.Errorf("read %q: %w", line, readErr))
			}
			break
		}
		lines = append(lines, strings.TrimSuffix(line, "\n"))
	}
	if waitErr := cmd.Wait(); cmd.ProcessState.Exited() || complaint.Len() > 0 {
		err = errors.Join(err, fmt.Errorf("the program ended by itself: %v %s", waitErr, &complaint))
	}
	return lines, err
}

func findAll(t *testing.T, s *Store, acked []string) {
	t.Helper()
	view(t, s, func(tx *Tx) error {
		for _, line := range acked {
			fields := strings.Fields(line)
			id, err := ParseID(fields[1])
			if err != nil {
				return fmt.Errorf("%q: %w", line, err)
			}
			if err := find(tx, fields[0], id, fields[2]); err != nil {
				t.Errorf("acknowledged %q: %v", line, err)
			}
		}
		for id := range tx.Customers(ID{}) { // a write and its reply are kept together
			if _, err := tx.Reply(id); err != nil {
				t.Errorf("reply about customer %s: %v", id, err)
			}
		}
		return nil
	})
}

func find(tx *Tx, kind string, id ID, value string) error {
	if kind == "interaction" {
		i, err := tx.Interaction(id)
		if err == nil && i.CustomerID.String() != value {
			err = fmt.Errorf("it is of customer %s", i.CustomerID)
		}
		return err
	}
	c, err := tx.Customer(id)
	if err != nil {
		return err
	}
	if kind == "customer" {
		if c.Email != value {
			return fmt.Errorf("it has e-mail %s", c.Email)
		}
		return nil
	}
	if c.Notes == nil {
		return errors.New("it has no notes")
	}
	got, err := strconv.Atoi(*c.Notes)
	want, wantErr := strconv.Atoi(value)
	if got < want { // a later one may be in without having been acknowledged
		return fmt.Errorf("it has notes %d", got)
	}
	return errors.Join(err, wantErr)
}

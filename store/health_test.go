package store

import (
	"errors"
	"slices"
	"sync"
	"testing"
)

// The observer is called for each commit with the number of writes that shared it, and not for calls that wrote nothing.
func TestObserver(t *testing.T) {
	var mu sync.Mutex
	var got []int
	s := open(t, WithObserver(func(c Commit) {
		mu.Lock()
		defer mu.Unlock()
		if got = append(got, c.Writes); c.Err != nil || c.Took <= 0 {
			t.Errorf("got %+v", c)
		}
	}))
	refuse := errors.New("refused")
	together(t, s,
		&queued{fn: creating("a@example.com", fine)},
		&queued{fn: func(*Tx) error { return refuse }},
		&queued{fn: creating("b@example.com", fine)},
	)
	together(t, s, &queued{fn: func(*Tx) error { return refuse }})
	update(t, s, creating("c@example.com", fine))
	mu.Lock()
	defer mu.Unlock()
	if want := []int{2, 1}; !slices.Equal(got, want) {
		t.Errorf("writes per commit: got %v, want %v", got, want)
	}
}

func TestCommitting(t *testing.T) {
	s := open(t)
	if got := s.Committing(); got != 0 {
		t.Errorf("at rest: got %s, want 0", got)
	}
	release := hold(t, s)
	if got := s.Committing(); got <= 0 {
		t.Errorf("while a commit runs: got %s", got)
	}
	release()
	update(t, s, creating("a@example.com", fine)) // the commit before is over
	if s.Close(); s.Committing() != 0 {
		t.Errorf("afterwards: got %s, want 0", s.Committing())
	}
}

func TestSchemaOfTheFile(t *testing.T) {
	s := open(t)
	view(t, s, func(tx *Tx) error {
		if got := tx.Schema(); got != Schema() {
			t.Errorf("got %d, want %d", got, Schema())
		}
		return nil
	})
	if free, err := s.DiskFree(); err != nil || free == 0 {
		t.Errorf("free on the disk: got %d, %v", free, err)
	}
}

// Somebody who manages users always stays.
func TestLastAdmin(t *testing.T) {
	s := open(t)
	admin := func(email string) ID {
		u := &User{Email: email, IsActive: true, PasswordHash: "h", Roles: []string{"agent", RoleAdmin}}
		update(t, s, func(tx *Tx) error { return tx.CreateUser(u, nil) })
		return u.ID
	}
	changes := map[string]func(*User) Invalid{
		"deactivated": func(u *User) Invalid { u.IsActive = false; return nil },
		"other role":  func(u *User) Invalid { u.Roles = []string{"agent"}; return nil },
		"no role":     func(u *User) Invalid { u.Roles = nil; return nil },
	}
	first := admin("first@example.com")
	createUser(t, s, "agent@example.com")
	try := func(id ID, patch func(*User) Invalid) error {
		_, err := s.Update(By{}, func(tx *Tx) error { _, err := tx.UpdateUser(id, ID{}, patch); return err })
		return err
	}
	for name, patch := range changes {
		if err := try(first, patch); !errors.Is(err, ErrLastAdmin) {
			t.Errorf("%s: got %v, want %v", name, err, ErrLastAdmin)
		}
	}
	if err := try(first, func(u *User) Invalid { u.PasswordHash = "other"; return nil }); err != nil {
		t.Errorf("another password: %v", err)
	}
	second := admin("second@example.com")
	if err := try(first, changes["deactivated"]); err != nil {
		t.Errorf("one of two: %v", err)
	}
	if err := try(second, changes["other role"]); !errors.Is(err, ErrLastAdmin) {
		t.Errorf("the other is not active: got %v, want %v", err, ErrLastAdmin)
	}
	if err := try(first, func(u *User) Invalid { u.IsActive = true; return nil }); err != nil {
		t.Errorf("active again: %v", err)
	}
	if err := try(second, changes["other role"]); err != nil {
		t.Errorf("one of two again: %v", err)
	}
}

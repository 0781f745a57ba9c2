package store

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"time"
)

func createUser(t testing.TB, s *Store, email string) ID {
	t.Helper()
	u := &User{Email: email, IsActive: true, PasswordHash: "secret-hash", Roles: []string{"agent"}}
	update(t, s, func(tx *Tx) error { return tx.CreateUser(u, nil) })
	return u.ID
}

func createSession(t testing.TB, s *Store, user ID, hash string, expires Time) ID {
	t.Helper()
	session := &Session{UserID: user, RefreshHash: hash, ExpiresAt: expires}
	update(t, s, func(tx *Tx) error { return tx.CreateSession(session) })
	return session.ID
}

// alive returns the sessions that still exist, by id and by refresh hash.
func alive(t testing.TB, s *Store, sessions map[string]ID) (names []string) {
	t.Helper()
	view(t, s, func(tx *Tx) error {
		for hash, id := range sessions {
			got, err := tx.Session(id)
			again, other := tx.SessionByRefresh(hash)
			if (err == nil) != (other == nil) || asJSON(got) != asJSON(again) {
				t.Errorf("%s: by id %s (%v), by hash %s (%v)", hash, asJSON(got), err, asJSON(again), other)
			}
			if err == nil {
				names = append(names, hash)
			} else if !errors.Is(err, ErrNotFound) {
				return err
			}
		}
		return nil
	})
	slices.Sort(names)
	return names
}

func TestUserEmail(t *testing.T) {
	s := open(t)
	id := createUser(t, s, "Amal@example.com")
	createCustomer(t, s, "amal@example.com") // a customer may have the same
	_, err := s.Update(By{}, func(tx *Tx) error { return tx.CreateUser(&User{Email: "amal@EXAMPLE.com"}, nil) })
	if !errors.Is(err, ErrEmailTaken) {
		t.Errorf("got %v, want %v", err, ErrEmailTaken)
	}
	view(t, s, func(tx *Tx) error {
		u, err := tx.UserByEmail(" AMAL@example.com ")
		if err != nil || u.ID != id || u.PasswordHash != "secret-hash" {
			t.Errorf("got %s, %v", asJSON(u), err)
		}
		if _, err := tx.UserByEmail("b@example.com"); !errors.Is(err, ErrNotFound) {
			t.Errorf("got %v, want %v", err, ErrNotFound)
		}
		all, err := tx.Users()
		if len(all) != 1 || asJSON(all[0]) != asJSON(u) {
			t.Errorf("got %s, want %s alone", asJSON(all), asJSON(u))
		}
		return err
	})
	want := []string{"email missing", "phone value_error"}
	if got := broken((&User{Phone: new("none")}).Validate()); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestSecretsStayOutOfTheLog(t *testing.T) {
	s := open(t)
	id := createUser(t, s, "amal@example.com")
	createSession(t, s, id, "secret-refresh", TimeOf(Now().Add(time.Hour)))
	patch := func(patch func(*User)) {
		update(t, s, func(tx *Tx) error {
			_, err := tx.UpdateUser(id, ID{}, func(u *User) Invalid { patch(u); return nil })
			return err
		})
	}
	patch(func(u *User) { u.FullName = new("Amal") })
	patch(func(u *User) { u.PasswordHash = "secret-new" })
	patch(func(u *User) { u.PasswordHash, u.IsActive = "secret-third", false })
	n := 0
	view(t, s, func(tx *Tx) error {
		for _, raw := range tx.kv.Scan(bucketLog, nil) {
			if n++; bytes.Contains(raw, []byte("secret")) || bytes.Contains(raw, []byte("hash")) {
				t.Errorf("a secret is in the log: %s", raw)
			}
		}
		return nil
	})
	if n != 4 {
		t.Errorf("%d entries in the log, want 4: the user's and none of the session's", n)
	}
}

func TestUpdateUserEndsSessions(t *testing.T) {
	tests := []struct {
		name  string
		patch func(*User)
		keep  bool
		want  []string
	}{
		{"name", func(u *User) { u.FullName = new("Amal") }, false, []string{"amal-1", "amal-2", "other"}},
		{"password, keeping one", func(u *User) { u.PasswordHash = "new" }, true, []string{"amal-1", "other"}},
		{"password", func(u *User) { u.PasswordHash = "new" }, false, []string{"other"}},
		{"deactivated, keeping one", func(u *User) { u.IsActive = false }, true, []string{"amal-1", "other"}},
		{"deactivated", func(u *User) { u.IsActive = false }, false, []string{"other"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := open(t)
			amal, other := createUser(t, s, "amal@example.com"), createUser(t, s, "other@example.com")
			later := TimeOf(Now().Add(time.Hour))
			ids := map[string]ID{
				"amal-1": createSession(t, s, amal, "amal-1", later),
				"amal-2": createSession(t, s, amal, "amal-2", later),
				"other":  createSession(t, s, other, "other", later),
			}
			var keep ID
			if tt.keep {
				keep = ids["amal-1"]
			}
			update(t, s, func(tx *Tx) error {
				_, err := tx.UpdateUser(amal, keep, func(u *User) Invalid { tt.patch(u); return nil })
				return err
			})
			if got := alive(t, s, ids); !slices.Equal(got, tt.want) {
				t.Errorf("alive %v, want %v", got, tt.want)
			}
		})
	}
}

func TestRecordLogin(t *testing.T) {
	clock := newClock()
	s := open(t, WithClock(clock.time))
	id := createUser(t, s, "amal@example.com")
	created, seq := clock.now(), s.Seq()
	login := func(ok bool, failed int, at *Time) {
		t.Helper()
		clock.move(time.Minute)
		if ok {
			at = new(clock.now())
		}
		var told, stored *User
		update(t, s, func(tx *Tx) (err error) { told, err = tx.RecordLogin(id, ok); return err })
		view(t, s, func(tx *Tx) (err error) { stored, err = tx.User(id); return err })
		if asJSON(told) != asJSON(stored) {
			t.Errorf("returned %s, stored %s", asJSON(told), asJSON(stored))
		}
		got, want := asJSON([]any{stored.FailedLoginAttempts, stored.LastLoginAt, stored.UpdatedAt}), asJSON([]any{failed, at, created})
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	login(false, 1, nil)
	login(false, 2, nil)
	login(true, 0, nil)
	login(false, 1, new(clock.now()))
	var noted, history []string
	view(t, s, func(tx *Tx) error {
		noted, history = entries(t, tx.Changes(seq)), entries(t, tx.History(id))
		return nil
	})
	if want := []string{"2 login_failed user ", "3 login_failed user ", "4 login user ", "5 login_failed user "}; !slices.Equal(noted, want) {
		t.Errorf("log: got %q, want %q", noted, want)
	}
	if len(history) != 1 {
		t.Errorf("history of the user: got %q, want the creation alone", history)
	}
	_, err := s.Update(By{}, func(tx *Tx) error { _, err := tx.RecordLogin(ID{}, true); return err })
	if !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v, want %v", err, ErrNotFound)
	}
}

func TestSessionExpiry(t *testing.T) {
	clock := newClock()
	s := open(t, WithClock(clock.time))
	user := createUser(t, s, "amal@example.com")
	ids := map[string]ID{"short": createSession(t, s, user, "short", clock.now().Add(time.Hour))}
	ids["long"] = createSession(t, s, user, "long", clock.now().Add(3*time.Hour))
	check := func(want ...string) {
		t.Helper()
		if got := alive(t, s, ids); !slices.Equal(got, want) {
			t.Errorf("alive %v, want %v", got, want)
		}
	}
	check("long", "short")
	clock.move(time.Hour - time.Millisecond)
	check("long", "short")
	clock.move(time.Millisecond)
	check("long")

	ids["new"] = createSession(t, s, user, "new", clock.now().Add(time.Hour))
	check("long", "new")
	view(t, s, func(tx *Tx) error {
		if got := tx.sessionsOf(user); len(got) != 2 {
			t.Errorf("%d sessions stored, want 2: signing in drops the expired", len(got))
		}
		return nil
	})
	update(t, s, func(tx *Tx) error { return tx.DeleteSession(ids["long"]) })
	check("new")
}

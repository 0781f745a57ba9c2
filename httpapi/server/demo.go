package server

import (
	"errors"
	"slices"

	"crm/auth"
	"crm/store"
	"crm/store/sample"
)

// DemoPassword is everyone's in the demo.
const DemoPassword = "atlas-demo-2026"

// ErrNotDemo is returned by PrepareDemo for a folder that has other data than the demo's.
var ErrNotDemo = errors.New("this folder was not made by crm demo")

// DemoEmail is the e-mail of the demo's user with a role.
func DemoEmail(role string) string { return role + "@demo.example.com" }

// PrepareDemo fills an empty store with a user for each role and sample data. It leaves the folders of others alone.
func PrepareDemo(st *store.Store) error {
	ours, fresh := false, true
	err := st.View(func(tx *store.Tx) error {
		for range tx.Customers(store.ID{}) {
			fresh = false
			break
		}
		users, err := tx.Users()
		fresh = fresh && len(users) == 0
		ours = slices.ContainsFunc(users, func(u *store.User) bool { return u.Email == DemoEmail("admin") })
		return err
	})
	switch {
	case err != nil:
		return err
	case fresh:
		err = addDemoUsers(st)
	case !ours:
		err = ErrNotDemo
	}
	if err != nil {
		return err
	}
	err = sample.Load(st, sample.Options{Seed: 1, Customers: 300, Interactions: 1500, Feedback: 400, Now: store.Now()}, nil)
	if errors.Is(err, store.ErrNotEmpty) {
		return nil
	}
	return err
}

func addDemoUsers(st *store.Store) error {
	hash, err := auth.NewHasher(10).Hash(DemoPassword)
	if err != nil {
		return err
	}
	_, err = st.Update(store.By{Actor: "crm demo"}, func(tx *store.Tx) error {
		for _, role := range auth.Roles() {
			u := store.User{FullName: new("Demo " + role.DisplayName), Email: DemoEmail(role.Name), PasswordHash: hash, IsActive: true, IsVerified: true, Roles: []string{role.Name}}
			if err := tx.CreateUser(&u, nil); err != nil {
				return err
			}
		}
		return nil
	})
	return err
}

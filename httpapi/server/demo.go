package server

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"crm/auth"
	"crm/store"
	"crm/store/sample"
)

// DemoPassword is the password of every user in a demo that only this machine can reach. It is published, so anybody may know it.
const DemoPassword = "atlas-demo-2026"

// ErrNotDemo is returned by PrepareDemo for a folder with other data.
var ErrNotDemo = errors.New("this folder was not made by crm demo")

// A DemoPasswordError is returned for a folder where users can sign in with the published password of the demo.
type DemoPasswordError struct {
	Data   string   // the folder
	Emails []string // of these users
}

func (e *DemoPasswordError) Error() string {
	return fmt.Sprintf("in %s, the published password of the demo signs in %s", e.Data, strings.Join(e.Emails, ", "))
}

// DemoEmail returns the e-mail address of the demo's user with a role.
func DemoEmail(role string) string { return role + "@demo.example.com" }

// PrepareDemo fills an empty store with sample data and a user for each role, and gives these users a password. It returns ErrNotDemo for a
// store with other data.
func PrepareDemo(st *store.Store, password string) error {
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
		err = addDemoUsers(st, password)
	case ours:
		err = setDemoPasswords(st, password)
	default:
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

// demoCost is bcrypt's cost, for passwords that are public or that end with the demo.
const demoCost = 10

func addDemoUsers(st *store.Store, password string) error {
	hash, err := auth.NewHasher(demoCost).Hash(password)
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

// setDemoPasswords gives the demo's users the password that this demo shows, unless they have it.
func setDemoPasswords(st *store.Store, password string) error {
	hasher := auth.NewHasher(demoCost)
	var others []*store.User
	err := eachDemoUser(st, func(u *store.User) {
		if !hasher.Check(u.PasswordHash, password) {
			others = append(others, u)
		}
	})
	if err != nil || len(others) == 0 {
		return err
	}
	hash, err := hasher.Hash(password)
	if err != nil {
		return err
	}
	_, err = st.Update(store.By{Actor: "crm demo"}, func(tx *store.Tx) error {
		for _, u := range others {
			if _, err := tx.UpdateUser(u.ID, store.ID{}, func(u *store.User) store.Invalid { u.PasswordHash = hash; return nil }); err != nil {
				return err
			}
		}
		return nil
	})
	return err
}

// RefuseDemoPasswords returns a DemoPasswordError while one of the demo's users in a folder can sign in with the published password.
func RefuseDemoPasswords(st *store.Store) error {
	hasher := auth.NewHasher(demoCost)
	refusal := &DemoPasswordError{Data: st.Dir()}
	err := eachDemoUser(st, func(u *store.User) {
		if u.IsActive && hasher.Check(u.PasswordHash, DemoPassword) {
			refusal.Emails = append(refusal.Emails, u.Email)
		}
	})
	if err != nil || len(refusal.Emails) == 0 {
		return err
	}
	return refusal
}

// eachDemoUser visits those of the demo's users that a folder has.
func eachDemoUser(st *store.Store, visit func(*store.User)) error {
	var found []*store.User
	err := st.View(func(tx *store.Tx) error {
		for _, role := range auth.Roles() {
			u, err := tx.UserByEmail(DemoEmail(role.Name))
			if errors.Is(err, store.ErrNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			found = append(found, u)
		}
		return nil
	})
	for _, u := range found { // outside the transaction: a password takes long
		visit(u)
	}
	return err
}

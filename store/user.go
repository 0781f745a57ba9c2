package store

import (
	"errors"
	"slices"
	"strings"
)

// A User signs in with an e-mail address and a password. The stored row has a hash of the password, which the API, the change log and all
// messages leave out.
type User struct {
	ID                  ID       `json:"id"`
	FullName            *string  `json:"full_name"`
	Email               string   `json:"email"`
	Phone               *string  `json:"phone"`
	IsActive            bool     `json:"is_active"`
	IsVerified          bool     `json:"is_verified"`
	MustChangePassword  bool     `json:"must_change_password"`
	FailedLoginAttempts int      `json:"failed_login_attempts"`
	LastLoginAt         *Time    `json:"last_login_at"`
	CreatedAt           Time     `json:"created_at"`
	UpdatedAt           Time     `json:"updated_at"`
	Roles               []string `json:"roles"`
	PasswordHash        string   `json:"password_hash,omitempty"`
}

// userFields declares all fields as kept: users are staff, whom the erasure of a customer does not concern.
var userFields = Fields{
	{Name: "id", Kept: true, Unshown: true},
	{Name: "full_name", Kept: true},
	{Name: "email", Kept: true},
	{Name: "phone", Kept: true},
	{Name: "is_active", Kept: true},
	{Name: "is_verified", Kept: true},
	{Name: "must_change_password", Kept: true},
	{Name: "failed_login_attempts", Kept: true, Derived: true, Unshown: true},
	{Name: "last_login_at", Kept: true, Derived: true, Unshown: true},
	{Name: "created_at", Kept: true, Unshown: true},
	{Name: "updated_at", Kept: true, Unshown: true},
	{Name: "roles", Kept: true},
	{Name: "password_hash", Kept: true, Unshown: true, LoggedAs: "password"},
}

// Validate cleans the texts and reports every rule that u breaks as an Invalid. That roles exist is the caller's to check.
func (u *User) Validate() error { return u.obey(nil) }

// obey is like Validate, but checks only the fields that differ from was, the stored user. was is nil for a new one.
func (u *User) obey(was *User) error {
	e, was := against(was)
	e.text("full_name", &u.FullName, was.FullName, maxPerson)
	e.email("email", &u.Email, was.Email)
	e.optionalPhone("phone", &u.Phone, was.Phone)
	roles := []string{}
	for _, role := range u.Roles {
		if !slices.Contains(roles, role) {
			roles = append(roles, role)
		}
	}
	u.Roles = roles
	return e.err()
}

// User returns a user with the password's hash, or a NotFoundError.
func (tx *Tx) User(id ID) (*User, error) { return users.get(tx, id) }

// UserByEmail finds the user with a mailbox, however its address is written. Of users from before such addresses were one, it is the
// user whose e-mail is spelled as email, in any case, or else the first.
func (tx *Tx) UserByEmail(email string) (*User, error) {
	key := mailbox(email)
	first, ok := users.find(tx, bucketUserEmail, key)
	if !ok {
		return nil, NotFoundError{KindUser}
	}
	for _, id := range append([]ID{first}, tx.waiting(bucketUserEmail, key)...) {
		if u, err := users.get(tx, id); err == nil && formerKey(u.Email) == formerKey(strings.TrimSpace(email)) {
			return u, nil
		}
	}
	return users.get(tx, first)
}

// Users returns all users that can be read, in the order of creation.
func (tx *Tx) Users() ([]*User, error) { return users.all(tx) }

// Checked applies the rules to a new user. known are the problems that reading u already found.
func (u *User) Checked(known Invalid) Checked[User] { return checked(u, known.join(u.Validate())) }

// CreateUser checks a user and adds it.
func (tx *Tx) CreateUser(u *User, known Invalid) error { return tx.AddUser(u.Checked(known)) }

// AddUser gives a new user its id and times and stores it.
func (tx *Tx) AddUser(draft Checked[User]) error {
	if err := draft.Err(); err != nil {
		return err
	}
	u := draft.row
	u.ID, u.CreatedAt, u.UpdatedAt = tx.ids.Next(tx.now), tx.now, tx.now
	_, err := users.insert(tx, u)
	return err
}

// UpdateUser changes a user by patch. If it deactivates the user or sets the password, all sessions of the user but keep end. It returns
// ErrLastAdmin if nobody would be left who manages users.
func (tx *Tx) UpdateUser(id ID, keep ID, patch func(*User) Invalid) (*User, error) {
	edit := func(u *User) error {
		managed, was := u.manages(), *u
		if err := patch(u).join(u.obey(&was)); err != nil || !managed || u.manages() {
			return err
		}
		return tx.needAdmin(u.ID)
	}
	old, u, err := change(tx, users, id, edit)
	if err != nil {
		return nil, err
	}
	if u.row.IsActive && u.row.PasswordHash == old.row.PasswordHash {
		return u.row, nil
	}
	return u.row, tx.deleteSessions(id, keep)
}

// RoleAdmin is the role that may manage users.
const RoleAdmin = "admin"

func (u *User) manages() bool { return u.IsActive && slices.Contains(u.Roles, RoleAdmin) }

// needAdmin returns ErrLastAdmin unless another user than besides manages users.
func (tx *Tx) needAdmin(besides ID) error {
	all, err := tx.Users()
	if err == nil && !slices.ContainsFunc(all, func(u *User) bool { return u.ID != besides && u.manages() }) {
		err = ErrLastAdmin
	}
	return err
}

// ReplaceHash stores another hash of the password that a user has. The user's sessions go on.
func (tx *Tx) ReplaceHash(id ID, hash string) error {
	u, err := users.get(tx, id)
	if err != nil {
		return err
	}
	u.PasswordHash = hash
	return users.rewrite(tx, u)
}

// RecordLogin counts a failed attempt, or clears the count and notes the time of a good one. The log has that it was,
// not the count.
func (tx *Tx) RecordLogin(id ID, ok bool) (*User, error) {
	u, err := users.get(tx, id)
	if err != nil {
		return nil, err
	}
	op := OpLoginFailed
	if u.FailedLoginAttempts++; ok {
		u.FailedLoginAttempts, u.LastLoginAt, op = 0, &tx.now, OpLogin
	}
	return u, errors.Join(users.rewrite(tx, u), tx.Note(KindUser, id, op))
}

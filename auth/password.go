package auth

import (
	"errors"
	"fmt"
	"runtime"
	"unicode/utf8"

	"golang.org/x/crypto/bcrypt"
)

const (
	// DefaultCost is bcrypt's cost for stored passwords: about a quarter of a second of one CPU. Each
	// step doubles it.
	DefaultCost = 12

	// MinPasswordChars is the least number of characters of a new password.
	MinPasswordChars = 10
	// MaxPasswordBytes is the greatest number of bytes, since bcrypt ignores further ones.
	MaxPasswordBytes = 72
)

// Errors of ValidatePassword, which are sentences for the person who chooses the password.
var (
	// ErrPasswordShort is returned for fewer than 10 characters.
	ErrPasswordShort = errors.New("Password must have at least 10 characters")
	// ErrPasswordLong is returned for more than 72 bytes of UTF-8.
	ErrPasswordLong = errors.New("Password is too long: 72 characters at most, fewer if it has accented or non-Latin letters")
)

// ValidatePassword checks the rules for a new password. Do not use it at sign-in, because older passwords may break newer rules.
func ValidatePassword(password string) error {
	if utf8.RuneCountInString(password) < MinPasswordChars {
		return ErrPasswordShort
	}
	if len(password) > MaxPasswordBytes {
		return ErrPasswordLong
	}
	return nil
}

// A Hasher hashes and checks passwords with bcrypt. It uses all CPUs but one; further calls wait, so that many sign-ins delay each other but
// not other requests. It is safe for concurrent use.
type Hasher struct {
	cost  int
	decoy string
	slots chan struct{}
}

// NewHasher returns a Hasher with a cost. For a cost that bcrypt does not accept, such as 0, it uses DefaultCost.
func NewHasher(cost int) *Hasher {
	if cost < bcrypt.MinCost || cost > bcrypt.MaxCost {
		cost = DefaultCost
	}
	// A valid hash of an unknown password. Comparing with it takes as long as with another hash.
	decoy := fmt.Sprintf("$2a$%02d$%s", cost, "J3EiJoAhy0a0dMGNNbTYEOMoRv4uRYFzqAJxFBLXCMxFyFZGu8sR6")
	return &Hasher{cost: cost, decoy: decoy, slots: make(chan struct{}, max(1, runtime.GOMAXPROCS(0)-1))}
}

// Hash returns the hash to store for a password. The only error is ErrPasswordLong; ValidatePassword checks the other rules.
func (h *Hasher) Hash(password string) (string, error) {
	h.slots <- struct{}{}
	defer func() { <-h.slots }()
	hash, err := bcrypt.GenerateFromPassword([]byte(password), h.cost)
	if errors.Is(err, bcrypt.ErrPasswordTooLong) {
		return "", ErrPasswordLong
	}
	return string(hash), err
}

// Check reports whether hash is a hash of password. For an unknown e-mail address, pass an empty hash: the result is false, after the same
// time as for a wrong password, so that nobody can find out who is a user.
func (h *Hasher) Check(hash, password string) bool {
	h.slots <- struct{}{}
	defer func() { <-h.slots }()
	possible := hash != "" && len(password) <= MaxPasswordBytes
	if hash == "" {
		hash = h.decoy
	}
	same := bcrypt.CompareHashAndPassword([]byte(hash), []byte(password)) == nil
	return same && possible
}

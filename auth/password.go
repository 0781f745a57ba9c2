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
	// MaxPasswordBytes is the greatest number of bytes: bcrypt ignores what follows.
	MaxPasswordBytes = 72
)

// What ValidatePassword finds wrong, as sentences for the person who chooses the password.
var (
	// ErrPasswordShort is returned for fewer than 10 characters.
	ErrPasswordShort = errors.New("Password must have at least 10 characters")
	// ErrPasswordLong is returned for more than 72 bytes of UTF-8.
	ErrPasswordLong = errors.New("Password is too long: 72 characters at most, fewer if it has accented or non-Latin letters")
)

// ValidatePassword checks a password that somebody is about to choose. It must not be asked at login:
// rules may grow stricter than the passwords of old.
func ValidatePassword(password string) error {
	if utf8.RuneCountInString(password) < MinPasswordChars {
		return ErrPasswordShort
	}
	if len(password) > MaxPasswordBytes {
		return ErrPasswordLong
	}
	return nil
}

// A Hasher hashes and checks passwords with bcrypt. It leaves one of the program's CPUs to others where
// there is more than one; further calls queue, so a flood of logins delays logins and not everything else.
// It is safe for concurrent use.
type Hasher struct {
	cost  int
	decoy string
	slots chan struct{}
}

// NewHasher returns a Hasher that hashes with cost; one that bcrypt does not know (0, say) means DefaultCost.
func NewHasher(cost int) *Hasher {
	if cost < bcrypt.MinCost || cost > bcrypt.MaxCost {
		cost = DefaultCost
	}
	// A well-formed hash of no password anyone knows. Comparing with it costs what a real one costs.
	decoy := fmt.Sprintf("$2a$%02d$%s", cost, "J3EiJoAhy0a0dMGNNbTYEOMoRv4uRYFzqAJxFBLXCMxFyFZGu8sR6")
	return &Hasher{cost: cost, decoy: decoy, slots: make(chan struct{}, max(1, runtime.GOMAXPROCS(0)-1))}
}

// Hash returns the text to store for a password. It fails with ErrPasswordLong alone;
// the other rules are ValidatePassword's.
func (h *Hasher) Hash(password string) (string, error) {
	h.slots <- struct{}{}
	defer func() { <-h.slots }()
	hash, err := bcrypt.GenerateFromPassword([]byte(password), h.cost)
	if errors.Is(err, bcrypt.ErrPasswordTooLong) {
		return "", ErrPasswordLong
	}
	return string(hash), err
}

// Check reports whether hash was made from password. For an e-mail that nobody has, pass an empty hash:
// the answer is false and takes as long as for a wrong password, so its time does not tell who is a user.
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

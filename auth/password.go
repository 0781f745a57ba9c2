package auth

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"unicode/utf8"

	"golang.org/x/crypto/bcrypt"

	"crm/store/text"
)

const (
	// DefaultCost is bcrypt's cost for stored passwords: about a quarter of a second of one CPU. Each
	// step doubles it.
	DefaultCost = 12

	// MinPasswordChars is the least number of characters of a new password.
	MinPasswordChars = 10
	// MaxPasswordChars is the greatest number: with every character escaped, a login is still within its body's size.
	MaxPasswordChars = 500

	// maxBcrypt is how many bytes bcrypt uses. It ignores what follows them.
	maxBcrypt = 72
)

// Errors of ValidatePassword, which are sentences for the person who chooses the password.
var (
	// ErrPasswordShort is returned for fewer than 10 characters.
	ErrPasswordShort = errors.New("Password must have at least 10 characters")
	// ErrPasswordLong is returned for more than 500 characters.
	ErrPasswordLong = errors.New("Password must have at most 500 characters")
)

// ValidatePassword checks the rules for a new password. Do not use it at sign-in, because older passwords may break newer rules.
func ValidatePassword(password string) error {
	switch n := utf8.RuneCountInString(text.NFC(password)); {
	case n < MinPasswordChars:
		return ErrPasswordShort
	case n > MaxPasswordChars:
		return ErrPasswordLong
	}
	return nil
}

// digested returns what bcrypt hashes of a password. Keyboards compose letters in different ways, so that it is the password in NFC. Of one
// that is longer than bcrypt takes it is a digest, for which every byte counts. The digest is in Base64, which has no zero bytes, behind a
// byte that no text has, so that nobody can type it. It is keyed with a name of its own: the digests that other programs make, which may
// have leaked, are no guesses at it. The hashes of passwords that are not long are those that bcrypt always made.
func digested(password string) []byte {
	composed := []byte(text.NFC(password))
	if len(composed) <= maxBcrypt {
		return composed
	}
	mac := hmac.New(sha256.New, []byte("crm password"))
	mac.Write(composed)
	return base64.StdEncoding.AppendEncode([]byte{0xff}, mac.Sum(nil))
}

// A Hasher hashes and checks passwords with bcrypt. It leaves one of the program's CPUs to others where
// there is more than one; further calls queue, so a flood of logins delays logins and not everything else.
// It is safe for concurrent use.
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

// Hash returns the text to store for a password of any length. The rules for passwords are ValidatePassword's.
func (h *Hasher) Hash(password string) (string, error) {
	h.slots <- struct{}{}
	defer func() { <-h.slots }()
	hash, err := bcrypt.GenerateFromPassword(digested(password), h.cost)
	return string(hash), err
}

// Check reports whether hash is a hash of password. For an unknown e-mail address, pass an empty hash: the result is false, after the same
// time as for a wrong password, so that nobody can find out who is a user.
func (h *Hasher) Check(hash, password string) bool {
	right, _ := h.Compare(hash, password)
	return right
}

// Compare is like Check, and also reports whether the hash is outdated: it was made before passwords were compared in NFC, and the result
// of Hash should replace it.
func (h *Hasher) Compare(hash, password string) (right, outdated bool) {
	h.slots <- struct{}{}
	defer func() { <-h.slots }()
	known := hash != ""
	if !known {
		hash = h.decoy
	}
	now := digested(password)
	if bcrypt.CompareHashAndPassword([]byte(hash), now) == nil {
		return known, false
	}
	typed := []byte(password)
	if len(typed) > maxBcrypt || bytes.Equal(typed, now) {
		return false, false
	}
	right = bcrypt.CompareHashAndPassword([]byte(hash), typed) == nil && known
	return right, right
}

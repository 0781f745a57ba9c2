package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/golang-jwt/jwt/v5"
)

const (
	ownIssuer  = "crm"
	keySize    = 32 // bytes; RFC 7518 section 3.2 requires at least the size of the hash
	maxSubject = 255
)

var (
	// ErrShortKey is returned by NewIssuer for a key of fewer than 32 bytes.
	ErrShortKey = errors.New("signing key is shorter than 32 bytes")
	// ErrSubject is returned by Issue, and matched by Verify's error, when the subject is empty or longer
	// than 255 characters.
	ErrSubject = errors.New("subject must have 1 to 255 characters")
)

// Claims are the claims of our own access tokens.
type Claims struct {
	Subject     string   // the user's id
	Session     string   // the id of the session; empty for none
	Permissions []string // as for Allows
}

// ownClaims are the claims in a token: those of RFC 7519, "sid" of OpenID Connect, and the permissions.
type ownClaims struct {
	Session     string   `json:"sid,omitempty"`
	Permissions []string `json:"permissions"`
	jwt.RegisteredClaims
}

// An Issuer signs our own access tokens with HS256. It is safe for concurrent use.
type Issuer struct{ key []byte }

// NewIssuer returns an issuer that signs with a copy of key. The key must stay secret, because it can sign tokens for every user.
func NewIssuer(key []byte) (*Issuer, error) {
	if len(key) < keySize {
		return nil, ErrShortKey
	}
	return &Issuer{key: slices.Clone(key)}, nil
}

// NewKey returns 32 random bytes for NewIssuer.
func NewKey() []byte {
	key := make([]byte, keySize)
	rand.Read(key) // never fails
	return key
}

// Issue signs a token that is valid from now for ttl, in whole seconds.
func (i *Issuer) Issue(c Claims, now time.Time, ttl time.Duration) (string, error) {
	if err := checkSubject(c.Subject); err != nil {
		return "", err
	}
	token := jwt.NewWithClaims(jwt.SigningMethodHS256, ownClaims{
		Session:     c.Session,
		Permissions: c.Permissions,
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer:    ownIssuer,
			Subject:   c.Subject,
			IssuedAt:  jwt.NewNumericDate(now),
			ExpiresAt: jwt.NewNumericDate(now.Add(ttl)),
		},
	})
	signed, err := token.SignedString(i.key)
	if err != nil {
		return "", fmt.Errorf("access token: %w", err)
	}
	return signed, nil
}

func checkSubject(subject string) error {
	if subject == "" || utf8.RuneCountInString(subject) > maxSubject {
		return ErrSubject
	}
	return nil
}

// NewRefreshToken returns an opaque random token of 256 bits for the client, and its hash for the store.
func NewRefreshToken() (token, hash string) {
	token = base64.RawURLEncoding.EncodeToString(NewKey())
	return token, HashRefreshToken(token)
}

// HashRefreshToken returns the hexadecimal hash by which a store finds the session of a refresh token. SHA-256 is enough, because nobody
// can guess a token of 256 random bits.
func HashRefreshToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

package auth_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"crm/auth"

	"github.com/golang-jwt/jwt/v5"
)

func TestOwnToken(t *testing.T) {
	clock := noon
	issuer := newIssuer(t)
	verifier := auth.NewVerifier(issuer, func() time.Time { return clock })
	token, err := issuer.Issue(auth.Claims{Subject: "u1", Session: "s1", Permissions: []string{"crm:read:*"}}, clock, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	want := auth.Principal{Subject: "u1", Session: "s1", Permissions: []string{"crm:read:*"}, Expires: noon.Add(time.Minute), Own: true}
	checkAccepted(t, verifier, token, want)
	checkAccepted(t, verifier, token, want) // from memory

	clock = noon.Add(time.Minute + 9*time.Second)
	checkAccepted(t, verifier, token, want) // within the leeway

	clock = noon.Add(time.Minute + 10*time.Second)
	checkRefused(t, verifier, token, "expired") // memory must not outlive it
}

// Tokens that another program signs with the same key are not accepted as ours.
func TestOwnKeyNeedsOwnIssuer(t *testing.T) {
	key := auth.NewKey()
	issuer, err := auth.NewIssuer(key)
	if err != nil {
		t.Fatal(err)
	}
	v := auth.NewVerifier(issuer, atNoon)
	checkRefused(t, v, sign(t, jwt.SigningMethodHS256, key, nil, claims(nil)), "own key: token has invalid claims: token has invalid issuer")
	if _, err := v.Verify(sign(t, jwt.SigningMethodHS256, key, nil, claims(jwt.MapClaims{"iss": "crm"}))); err != nil {
		t.Error(err)
	}
}

func TestIssueNeedsASubject(t *testing.T) {
	issuer := newIssuer(t)
	for _, subject := range []string{"", strings.Repeat("x", 256)} {
		if _, err := issuer.Issue(auth.Claims{Subject: subject}, noon, time.Hour); !errors.Is(err, auth.ErrSubject) {
			t.Errorf("subject of %d characters: %v, want ErrSubject", len(subject), err)
		}
	}
	if _, err := issuer.Issue(auth.Claims{Subject: strings.Repeat("é", 255)}, noon, time.Hour); err != nil {
		t.Errorf("subject of 255 characters: %v", err)
	}
}

func TestShortKeyIsRefused(t *testing.T) {
	for _, size := range []int{0, 31} {
		if _, err := auth.NewIssuer(make([]byte, size)); !errors.Is(err, auth.ErrShortKey) {
			t.Errorf("key of %d bytes: %v, want ErrShortKey", size, err)
		}
	}
}

func TestRefreshToken(t *testing.T) {
	token, hash := auth.NewRefreshToken()
	if raw, err := base64.RawURLEncoding.DecodeString(token); err != nil || len(raw) != 32 {
		t.Errorf("token %q has %d bytes (%v), want 32", token, len(raw), err)
	}
	if got := auth.HashRefreshToken(token); got != hash || len(hash) != 64 {
		t.Errorf("hash = %q, NewRefreshToken said %q", got, hash)
	}
	if other, _ := auth.NewRefreshToken(); other == token {
		t.Error("two refresh tokens are equal")
	}
	// Stored hashes must be found again by later versions.
	const want = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
	if got := auth.HashRefreshToken("abc"); got != want {
		t.Errorf("hash of abc = %s, want %s", got, want)
	}
}

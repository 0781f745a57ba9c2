package httpapi

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"net/http"
	"strings"
	"testing"
	"time"
)

// Forged tokens are refused by the whole handler. Their claims are all valid, and only the signature is not.
func TestMadeUpTokens(t *testing.T) {
	f := newFixture(t)
	withForeign(f)
	der, err := x509.MarshalPKIXPublicKey(foreignKey.Public())
	if err != nil {
		t.Fatal(err)
	}
	mine := []byte("a key of the attacker's, 32 bytes")
	jwk := map[string]any{"kty": "oct", "k": base64.RawURLEncoding.EncodeToString(mine), "kid": "mine"}
	header := func(pairs ...any) map[string]any {
		h := map[string]any{"typ": "JWT"}
		for i := 0; i < len(pairs); i += 2 {
			h[pairs[i].(string)] = pairs[i+1]
		}
		return h
	}
	nothing := func([]byte) []byte { return nil }
	tests := []struct {
		name   string
		header map[string]any
		sign   func([]byte) []byte
	}{
		{"alg none", header("alg", "none"), nothing},
		{"alg None", header("alg", "None"), nothing},
		{"alg NONE", header("alg", "NONE"), nothing},
		{"alg empty", header("alg", ""), nothing},
		{"alg null", header("alg", nil), nothing},
		{"alg is a list", header("alg", []string{"HS256", "none"}), hs256(sharedSecret)},
		{"alg with a space", header("alg", "HS256 "), hs256(sharedSecret)},
		{"no signature", header("alg", "HS256"), nothing},
		{"signature of zeros", header("alg", "HS256"), func([]byte) []byte { return make([]byte, 32) }},
		{"signature of the key set's algorithm", header("alg", "HS256", "kid", "one"), edDSA},
		{"public key as secret, raw", header("alg", "HS256", "kid", "one"), hs256(der[len(der)-32:])},
		{"public key as secret, DER", header("alg", "HS256", "kid", "one"), hs256(der)},
		{"public key as secret, PEM", header("alg", "HS256", "kid", "one"), hs256(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))},
		{"secret for the key set", header("alg", "EdDSA", "kid", "one"), hs256(sharedSecret)},
		{"a key in the header", header("alg", "HS256", "jwk", jwk), hs256(mine)},
		{"a key set at an address", header("alg", "HS256", "kid", "mine", "jku", "http://127.0.0.1:1/keys"), hs256(mine)},
		{"a certificate in the header", header("alg", "EdDSA", "x5c", []string{base64.StdEncoding.EncodeToString(der)}), hs256(mine)},
		{"a certificate at an address", header("alg", "EdDSA", "x5u", "http://127.0.0.1:1/cert"), hs256(mine)},
		{"key id is a path", header("alg", "HS256", "kid", "../../../dev/null"), hs256(nil)},
		{"key id is unknown", header("alg", "EdDSA", "kid", "two"), edDSA},
		{"payload that is not encoded", header("alg", "HS256", "b64", false, "crit", []string{"b64"}), hs256(sharedSecret)},
	}
	for _, test := range tests {
		f.run(test.name, func(t *testing.T) {
			for _, issuer := range []string{"https://id.example.com", "crm"} {
				claims := f.claims(map[string]any{"iss": issuer, "permissions": []string{"*:*:*"}})
				f.sendWith(jwt(t, test.header, claims, test.sign), "GET", "/api/v1/users", nil).wantRefusedToken()
			}
		})
	}
	good := jwt(t, header("alg", "HS256"), f.claims(map[string]any{"permissions": []string{"*:*:*"}}), hs256(sharedSecret))
	f.sendWith(good, "GET", "/api/v1/users", nil).want(http.StatusOK)
}

// A valid token is accepted in the Authorization header only, and only until it expires, its session ends or its user is deactivated.
func TestTokensOutOfPlace(t *testing.T) {
	f := newFixture(t)
	f.addStaff("fatima@example.com", "admin")
	access, refresh := f.signIn("fatima@example.com")
	f.sendWith(access, "GET", "/api/v1/users", nil).want(http.StatusOK)
	tests := map[string]func(r *http.Request){
		"nowhere":                     func(*http.Request) {},
		"in the address":              func(r *http.Request) { r.URL.RawQuery = "access_token=" + access + "&token=" + access },
		"in a cookie":                 func(r *http.Request) { r.Header.Set("Cookie", "access_token="+access+"; Authorization=Bearer "+access) },
		"for a proxy":                 func(r *http.Request) { r.Header.Set("Proxy-Authorization", "Bearer "+access) },
		"behind a bad one":            func(r *http.Request) { r.Header["Authorization"] = []string{"Bearer x", "Bearer " + access} },
		"before a bad one":            func(r *http.Request) { r.Header["Authorization"] = []string{"Bearer " + access, "Bearer x"} },
		"with another scheme":         func(r *http.Request) { r.Header.Set("Authorization", "JWT "+access) },
		"the refresh token":           func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+refresh) },
		"megabytes":                   func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+strings.Repeat(access, 10_000)) },
		"a million dots":              func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+strings.Repeat(".", 1_000_000)) },
		"without its first character": func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+access[1:]) },
		"somebody's name for a user":  func(r *http.Request) { r.SetBasicAuth("fatima@example.com", staffPassword) },
	}
	for name, change := range tests {
		f.run(name, func(t *testing.T) {
			r := newRequest(t, "GET", "/api/v1/users", nil)
			change(r)
			f.do(r).wantRefusedToken()
		})
	}
	if f.refresh(access).status != http.StatusUnauthorized {
		t.Error("an access token was taken for a refresh token")
	}
	f.pass(30*time.Minute + 11*time.Second) // though it was accepted, and remembered, a moment ago
	f.sendWith(access, "GET", "/api/v1/users", nil).wantRefusedToken()
	access, _ = f.signIn("fatima@example.com")
	f.sendWith(access, "POST", "/api/v1/auth/logout", nil).want(http.StatusOK)
	f.sendWith(access, "GET", "/api/v1/users", nil).wantRefusedToken()
}

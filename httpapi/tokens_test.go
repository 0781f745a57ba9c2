package httpapi

import (
	"bytes"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"crm/auth"
)

var (
	sharedSecret = bytes.Repeat([]byte("s"), 32)
	foreignKey   = ed25519.NewKeyFromSeed(bytes.Repeat([]byte("e"), ed25519.SeedSize))
)

// jwt returns a token with a header and claims of the test's choice; sign makes its signature.
func jwt(t testing.TB, header, claims map[string]any, sign func([]byte) []byte) string {
	t.Helper()
	part := func(v any) string {
		raw, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(raw)
	}
	text := part(header) + "." + part(claims)
	return text + "." + base64.RawURLEncoding.EncodeToString(sign([]byte(text)))
}

func hs256(key []byte) func([]byte) []byte {
	return func(text []byte) []byte {
		mac := hmac.New(sha256.New, key)
		mac.Write(text)
		return mac.Sum(nil)
	}
}

func edDSA(text []byte) []byte { return ed25519.Sign(foreignKey, text) }

// withForeign accepts tokens of an issuer with a shared secret and of one with a key set.
func withForeign(f *fixture) {
	public := base64.RawURLEncoding.EncodeToString(foreignKey.Public().(ed25519.PublicKey))
	keys, err := auth.ParseKeySet(fmt.Appendf(nil, `{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"one","x":%q}]}`, public))
	if err != nil {
		f.t.Fatal(err)
	}
	f.api = f.newAPI(func(c *Config) {
		c.Verifier = auth.NewVerifier(c.Issuer, f.clock,
			auth.Foreign{Secret: sharedSecret, Issuer: "https://id.example.com", Audience: "crm"},
			auth.Foreign{Keys: keys, Issuer: "https://id.example.com", Audience: "crm"})
	})
}

// claims of a good foreign token, with changes; nil takes one out.
func (f *fixture) claims(change map[string]any) map[string]any {
	c := map[string]any{
		"iss": "https://id.example.com", "aud": "crm", "sub": "auth0|42", "permissions": []string{"crm:read:customers"},
		"iat": f.clock().Unix(), "exp": f.clock().Add(time.Hour).Unix(),
	}
	for name, value := range change {
		if c[name] = value; value == nil {
			delete(c, name)
		}
	}
	return c
}

func TestForeignTokens(t *testing.T) {
	f := newFixture(t)
	withForeign(f)
	now := f.clock().Unix()
	tests := []struct {
		name   string
		change map[string]any
		status int // of GET /customers
	}{
		{"permissions", nil, 200},
		{"subject is a UUID", map[string]any{"sub": testUser}, 200},
		{"scopes", map[string]any{"permissions": nil, "scopes": []string{"crm:*:*"}}, 200},
		{"scope", map[string]any{"permissions": nil, "scope": "openid crm:read:customers"}, 200},
		{"several audiences", map[string]any{"aud": []string{"shop", "crm"}}, 200},
		{"other permission", map[string]any{"permissions": []string{"crm:read:feedback"}}, 403},
		{"no permission", map[string]any{"permissions": nil}, 403},
		{"permissions go before scope", map[string]any{"permissions": []string{}, "scope": "crm:read:customers"}, 403},
		{"session of theirs", map[string]any{"sid": testUser}, 200},
		{"expired within the leeway", map[string]any{"exp": now - 5}, 200},
		{"expired", map[string]any{"exp": now - 11}, 401},
		{"no expiry", map[string]any{"exp": nil}, 401},
		{"issued a minute ahead", map[string]any{"iat": now + 60, "nbf": now + 60}, 200},
		{"not valid yet", map[string]any{"nbf": now + 60}, 401},
		{"issued in the future", map[string]any{"iat": now + 61}, 401},
		{"other issuer", map[string]any{"iss": "https://other.example.com"}, 401},
		{"our issuer, their key", map[string]any{"iss": "crm"}, 401},
		{"no issuer", map[string]any{"iss": nil}, 401},
		{"other audience", map[string]any{"aud": "shop"}, 401},
		{"no audience", map[string]any{"aud": nil}, 401},
		{"no subject", map[string]any{"sub": nil}, 401},
		{"empty subject", map[string]any{"sub": ""}, 401},
		{"permissions are a number", map[string]any{"permissions": 1}, 401},
	}
	for _, test := range tests {
		f.run(test.name, func(t *testing.T) {
			for alg, sign := range map[string]func([]byte) []byte{"HS256": hs256(sharedSecret), "EdDSA": edDSA} {
				got := f.sendWith(jwt(t, map[string]any{"alg": alg, "typ": "JWT"}, f.claims(test.change), sign), "GET", "/api/v1/customers", nil)
				if got.status != test.status {
					t.Errorf("%s: status: got %d, want %d; body %s", alg, got.status, test.status, got.body)
				}
			}
		})
	}
}

func TestForgedTokens(t *testing.T) {
	f := newFixture(t)
	withForeign(f)
	public := foreignKey.Public().(ed25519.PublicKey)
	own := f.claims(map[string]any{"iss": "crm", "aud": nil})
	tests := []struct {
		name   string
		header map[string]any
		claims map[string]any
		sign   func([]byte) []byte
	}{
		{"alg none", map[string]any{"alg": "none"}, f.claims(nil), func([]byte) []byte { return nil }},
		{"no alg", map[string]any{}, f.claims(nil), hs256(sharedSecret)},
		{"public key as secret", map[string]any{"alg": "HS256"}, f.claims(nil), hs256(public)},
		{"other secret", map[string]any{"alg": "HS256"}, f.claims(nil), hs256([]byte("guessed"))},
		{"empty secret", map[string]any{"alg": "HS256"}, f.claims(nil), hs256(nil)},
		{"their secret for ours", map[string]any{"alg": "HS256"}, own, hs256(sharedSecret)},
		{"other algorithm of the secret", map[string]any{"alg": "HS512"}, f.claims(nil), hs256(sharedSecret)},
		{"unknown key id", map[string]any{"alg": "EdDSA", "kid": "two"}, f.claims(nil), edDSA},
		{"critical extension", map[string]any{"alg": "EdDSA", "crit": []string{"exp"}}, f.claims(nil), edDSA},
	}
	for _, test := range tests {
		f.run(test.name, func(t *testing.T) {
			f.sendWith(jwt(t, test.header, test.claims, test.sign), "GET", "/api/v1/customers", nil).wantRefusedToken()
		})
	}
	f.sendWith(jwt(t, map[string]any{"alg": "EdDSA", "kid": "one"}, f.claims(nil), edDSA), "GET", "/api/v1/customers", nil).want(http.StatusOK)
}

func TestForeignTokensUnlessConfigured(t *testing.T) {
	f := newFixture(t)
	f.sendWith(jwt(t, map[string]any{"alg": "HS256"}, f.claims(nil), hs256(sharedSecret)), "GET", "/api/v1/customers", nil).wantRefusedToken()
}

func TestForeignSubjects(t *testing.T) {
	f := newFixture(t)
	withForeign(f)
	id := f.addStaff("fatima@example.com", "viewer")
	token := func(subject string) string {
		return jwt(t, map[string]any{"alg": "HS256"}, f.claims(map[string]any{"sub": subject, "permissions": []string{"crm:*:*"}}), hs256(sharedSecret))
	}
	f.run("no UUID", func(t *testing.T) {
		f.sendWith(token("auth0|42"), "GET", "/api/v1/auth/me", nil).want(http.StatusNotFound).wantDetail("User not found")
		mine := f.sendWith(token("auth0|42"), "GET", "/api/v1/auth/permissions", nil).want(http.StatusOK)
		if mine.str("permissions.0") != "crm:*:*" || len(mine.get("roles").([]any)) != 0 {
			t.Errorf("permissions: got %s", mine.body)
		}
		customer := f.sendWith(token("auth0|42"), "POST", "/api/v1/customers", ahmed()).want(http.StatusCreated).str("id")
		call := map[string]any{"customer_id": customer, "channel": "phone", "summary": "Atlas tour"}
		if got := f.sendWith(token("auth0|42"), "POST", "/api/v1/interactions", call).want(http.StatusCreated).get("staff_member_id"); got != nil {
			t.Errorf("staff_member_id: got %v, want null", got)
		}
		if got := f.sendWith(token(testUser), "POST", "/api/v1/interactions", call).want(http.StatusCreated).get("staff_member_id"); got != testUser {
			t.Errorf("staff_member_id: got %v, want %s", got, testUser)
		}
	})
	f.run("no session to end", func(t *testing.T) {
		f.sendWith(token(testUser), "POST", "/api/v1/auth/logout", nil).want(http.StatusBadRequest)
	})
	f.run("a user here", func(t *testing.T) {
		if got := f.sendWith(token(id), "GET", "/api/v1/auth/me", nil).want(http.StatusOK); got.str("permissions.0") != "crm:*:*" {
			t.Errorf("me: got %s, want the token's permissions", got.body)
		}
		f.send("DELETE", "/api/v1/users/"+id, nil).want(http.StatusOK)
		f.sendWith(token(id), "GET", "/api/v1/customers", nil).wantRefusedToken()
	})
}

func TestTokensWithoutSession(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	token := f.tokenFor(testUser, "crm:read:customers")
	f.sendWith(token, "GET", "/api/v1/customers", nil).want(http.StatusOK)
	f.sendWith(token, "POST", "/api/v1/auth/logout", nil).want(http.StatusBadRequest)
	f.sendWith(token, "GET", "/api/v1/customers", nil).want(http.StatusOK)
	f.pass(24*time.Hour + 11*time.Second)
	f.sendWith(token, "GET", "/api/v1/customers", nil).wantRefusedToken()
}

// A session's id is worth nothing with another subject, or without a session behind it.
func TestSessionOfAnother(t *testing.T) {
	f := newFixture(t)
	f.addStaff("fatima@example.com", "admin")
	omar := f.addStaff("omar@example.com", "viewer")
	access, _ := f.signIn("fatima@example.com")
	raw, err := base64.RawURLEncoding.DecodeString(string(bytes.Split([]byte(access), []byte("."))[1]))
	if err != nil {
		t.Fatal(err)
	}
	var claims struct{ SID string }
	if err := json.Unmarshal(raw, &claims); err != nil || claims.SID == "" {
		t.Fatalf("claims %s: %v", raw, err)
	}
	for name, c := range map[string]auth.Claims{
		"other user":      {Subject: omar, Session: claims.SID},
		"unknown subject": {Subject: testUser, Session: claims.SID},
		"unknown session": {Subject: omar, Session: testUser},
		"no session id":   {Subject: omar, Session: "x"},
	} {
		f.run(name, func(t *testing.T) {
			c.Permissions = []string{"*:*:*"}
			token, err := f.api.Issuer.Issue(c, f.clock(), time.Hour)
			if err != nil {
				t.Fatal(err)
			}
			f.sendWith(token, "GET", "/api/v1/customers", nil).wantRefusedToken()
		})
	}
}

func TestAuthorizationHeader(t *testing.T) {
	f := newFixture(t)
	tests := []struct {
		name, header string
		status       int
	}{
		{"as documented", "Bearer " + f.token, 200},
		{"lower case", "bearer " + f.token, 200},
		{"more spaces", "Bearer   " + f.token + " ", 200},
		{"empty", "", 401},
		{"scheme alone", "Bearer", 401},
		{"scheme and space", "Bearer ", 401},
		{"no scheme", f.token, 401},
		{"other scheme", "Basic " + f.token, 401},
		{"tab", "Bearer\t" + f.token, 401},
		{"two tokens", "Bearer " + f.token + " " + f.token, 401},
		{"comma", "Bearer " + f.token + ",", 401},
		{"10,000 bytes", "Bearer " + string(bytes.Repeat([]byte("a"), 10_000)), 401},
	}
	for _, test := range tests {
		f.run(test.name, func(t *testing.T) {
			r := newRequest(t, "GET", "/api/v1/customers", nil)
			r.Header.Set("Authorization", test.header)
			if got := f.do(r).want(test.status); test.status == http.StatusUnauthorized {
				got.wantRefusedToken()
			}
		})
	}
}

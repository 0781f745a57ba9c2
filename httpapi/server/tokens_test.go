package server_test

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"crm/httpapi/crmtest"
	"crm/store"
)

func TestForeignTokens(t *testing.T) {
	t.Parallel()
	secret, key := strings.Repeat("s", 32), ed25519.NewKeyFromSeed([]byte(strings.Repeat("e", ed25519.SeedSize)))
	signers := map[string]func(text string) []byte{
		"HS256": func(text string) []byte {
			mac := hmac.New(sha256.New, []byte(secret))
			mac.Write([]byte(text))
			return mac.Sum(nil)
		},
		"EdDSA": func(text string) []byte { return ed25519.Sign(key, []byte(text)) },
	}
	encode := base64.RawURLEncoding.EncodeToString
	sign := func(alg, issuer, audience string) string {
		text := encode(fmt.Appendf(nil, `{"alg":%q,"typ":"JWT"}`, alg)) + "." + encode(fmt.Appendf(nil,
			`{"iss":%q,"aud":%q,"sub":"auth0|42","permissions":["crm:read:customers"],"exp":%d}`, issuer, audience, store.Now().Add(time.Hour).Unix()))
		return text + "." + encode(signers[alg](text))
	}
	keys := fmt.Sprintf(`{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"one","x":%q}]}`, encode(key.Public().(ed25519.PublicKey)))
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, keys) }))
	defer web.Close()
	secretFile, keyFile := filepath.Join(t.TempDir(), "secret"), filepath.Join(t.TempDir(), "keys.json")
	crmtest.Write(t, secretFile, []byte(secret+"\n"))
	crmtest.Write(t, keyFile, []byte(keys))
	tests := []struct {
		name string
		args []string
		algs []string
	}{
		{"secret", []string{"--jwt-secret-file", secretFile}, []string{"HS256"}},
		{"key set in a file", []string{"--jwks", keyFile}, []string{"EdDSA"}},
		{"key set at an address", []string{"--jwks", web.URL}, []string{"EdDSA"}},
		{"both", []string{"--jwt-secret-file", secretFile, "--jwks", keyFile}, []string{"EdDSA", "HS256"}},
		{"none", nil, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := crmtest.Serve(t, t.TempDir(), append(test.args, "--jwt-issuer", "https://id.example.com", "--jwt-audience", "crm")...)
			for alg := range signers {
				status := 401
				if slices.Contains(test.algs, alg) {
					status = 200
				}
				s.Send(status, "GET", "/api/v1/customers/", sign(alg, "https://id.example.com", "crm"), "")
				s.Send(401, "GET", "/api/v1/customers/", sign(alg, "https://other.example.com", "crm"), "")
				s.Send(401, "GET", "/api/v1/customers/", sign(alg, "https://id.example.com", "shop"), "")
			}
		})
	}
}

func TestTokenWhileServing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := crmtest.Serve(t, dir)
	status, stdout, stderr := crmtest.Run(t, "", "token", "--data", dir, "--subject", crmtest.Someone, "--permission", "crm:read:customers", "--ttl", "1m")
	if status != 0 || stderr != "" || !regexp.MustCompile(`^[\w-]+\.[\w-]+\.[\w-]+\n$`).MatchString(stdout) {
		t.Fatalf("got exit status %d, stdout %q, stderr %q, want a token and nothing else", status, stdout, stderr)
	}
	s.Send(200, "GET", "/api/v1/customers/", strings.TrimSpace(stdout), "")
	s.Send(403, "GET", "/api/v1/feedback/", strings.TrimSpace(stdout), "")
}

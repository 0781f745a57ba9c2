package auth_test

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"crm/auth"

	"github.com/MicahParks/jwkset"
	"github.com/golang-jwt/jwt/v5"
)

func TestParseKeySetRefuses(t *testing.T) {
	k := keys()
	forRS512 := jwk(t, k.rsa.Public(), "rs512", jwkset.UseSig)
	forRS512.ALG = jwkset.AlgRS512
	forWrapping := jwk(t, k.rsa.Public(), "wrap", "")
	forWrapping.KEYOPS = []jwkset.KEYOPS{jwkset.KeyOpsEncrypt, jwkset.KeyOpsWrapKey}
	for _, test := range []struct {
		name     string
		document []byte
		reason   string
	}{
		{"no JSON", []byte("-----BEGIN PUBLIC KEY-----"), "invalid character"},
		{"no keys", []byte(`{}`), "empty"},
		{"symmetric key alone", document(t, jwk(t, secret, "oct", jwkset.UseSig)), `key "oct"`},
		{"weak key alone", document(t, jwk(t, k.weakRSA.Public(), "weak", "")), "2048"},
		{"other curve alone", document(t, jwk(t, k.p384.Public(), "p384", "")), "P-256"},
		{"key for another algorithm alone", document(t, forRS512), `"RS512"`},
		{"key for encryption alone", document(t, jwk(t, k.rsa.Public(), "e", jwkset.UseEnc)), `"enc"`},
		{"key for the operations of encryption alone", document(t, forWrapping), `"wrapKey"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := auth.ParseKeySet(test.document)
			if !errors.Is(err, auth.ErrKeySet) || !strings.Contains(err.Error(), test.reason) {
				t.Errorf("error = %v, want an ErrKeySet because of %q", err, test.reason)
			}
		})
	}
}

func TestFetchKeySetRefusesWhatIsNoWebAddress(t *testing.T) {
	for _, address := range []string{"", "keys.json", "/etc/keys.json", "file:///etc/keys.json", "https:"} {
		if _, err := auth.FetchKeySet(t.Context(), address, slog.Default()); !errors.Is(err, auth.ErrKeySet) {
			t.Errorf("%q: %v, want ErrKeySet", address, err)
		}
	}
}

// The issuer is down when we start, and up when the first token comes. Its set then also holds a symmetric key.
func TestFetchedKeySet(t *testing.T) {
	var up atomic.Bool
	var fetches atomic.Int32
	set := published(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fetches.Add(1)
		if !up.Load() {
			http.Error(w, "starting", http.StatusServiceUnavailable)
			return
		}
		_, _ = w.Write(set)
	}))
	defer server.Close()
	var log bytes.Buffer
	keySet, err := auth.FetchKeySet(t.Context(), server.URL, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log.String(), "could not fetch") {
		t.Errorf("log of a failed fetch: %q", log.String())
	}
	up.Store(true)

	v := auth.NewVerifier(newIssuer(t), atNoon, auth.Foreign{Keys: keySet})
	k := keys()
	want := auth.Principal{Subject: "staff-7", Permissions: []string{"crm:read:*"}, Expires: noon.Add(time.Hour)}
	checkAccepted(t, v, sign(t, jwt.SigningMethodRS256, k.rsa, kid("rsa"), claims(nil)), want)
	checkAccepted(t, v, sign(t, jwt.SigningMethodEdDSA, k.ed25519, kid("ed25519"), claims(nil)), want)
	checkAccepted(t, v, sign(t, jwt.SigningMethodES256, k.p256, nil, claims(nil)), want)

	for _, refused := range []struct {
		id     string
		reason string
	}{{"oct", "is not for RS256"}, {"encryption", "is not for RS256"}, {"unknown", "rate limiter"}, {"unknown too", "rate limiter"}} {
		checkRefused(t, v, sign(t, jwt.SigningMethodRS256, k.unpublished, kid(refused.id), claims(nil)), refused.reason)
	}
	if got := fetches.Load(); got != 2 {
		t.Errorf("%d fetches, want 2: unknown key ids may not cause one each", got)
	}
}

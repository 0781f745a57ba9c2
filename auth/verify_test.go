package auth_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"maps"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"crm/auth"

	"github.com/MicahParks/jwkset"
	"github.com/golang-jwt/jwt/v5"
)

var (
	noon   = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	secret = []byte("a secret that two services share")
	keys   = sync.OnceValue(newKeys)
)

func atNoon() time.Time { return noon }

// The private keys of another issuer; their names are their key ids.
type privateKeys struct {
	rsa, weakRSA, unpublished *rsa.PrivateKey
	p256, p384                *ecdsa.PrivateKey
	ed25519                   ed25519.PrivateKey
}

func newKeys() privateKeys {
	var k privateKeys
	var err [6]error
	k.rsa, err[0] = rsa.GenerateKey(rand.Reader, 2048)
	k.weakRSA, err[1] = rsa.GenerateKey(rand.Reader, 1024)
	k.unpublished, err[2] = rsa.GenerateKey(rand.Reader, 2048)
	k.p256, err[3] = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	k.p384, err[4] = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	_, k.ed25519, err[5] = ed25519.GenerateKey(rand.Reader)
	if err := errors.Join(err[:]...); err != nil {
		panic(err)
	}
	return k
}

func jwk(t testing.TB, key any, id string, use jwkset.USE) jwkset.JWKMarshal {
	t.Helper()
	entry, err := jwkset.NewJWKFromKey(key, jwkset.JWKOptions{
		Metadata: jwkset.JWKMetadataOptions{KID: id, USE: use},
		Marshal:  jwkset.JWKMarshalOptions{Private: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	return entry.Marshal()
}

func document(t testing.TB, entries ...jwkset.JWKMarshal) []byte {
	t.Helper()
	text, err := json.Marshal(jwkset.JWKSMarshal{Keys: entries})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// What the other issuer publishes: good keys, one of them whole by mistake, and some that must never be used.
func published(t testing.TB) []byte {
	k := keys()
	operations := jwk(t, k.rsa.Public(), "rsa", jwkset.UseSig)
	operations.KEYOPS = []jwkset.KEYOPS{jwkset.KeyOpsVerify}
	return document(t,
		operations,
		jwk(t, k.p256.Public(), "p256", ""),
		jwk(t, k.ed25519, "ed25519", jwkset.UseSig),
		jwk(t, secret, "oct", jwkset.UseSig),
		jwk(t, k.weakRSA.Public(), "weak", jwkset.UseSig),
		jwk(t, k.p384.Public(), "p384", jwkset.UseSig),
		jwk(t, k.unpublished.Public(), "encryption", jwkset.UseEnc),
		jwkset.JWKMarshal{KTY: "unheard-of", KID: "new"})
}

func newIssuer(t testing.TB) *auth.Issuer {
	t.Helper()
	issuer, err := auth.NewIssuer(auth.NewKey())
	if err != nil {
		t.Fatal(err)
	}
	return issuer
}

func newKeySet(t testing.TB) *auth.KeySet {
	t.Helper()
	set, err := auth.ParseKeySet(published(t))
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// claims returns valid claims with some of them changed; nil removes one.
func claims(changes jwt.MapClaims) jwt.MapClaims {
	c := jwt.MapClaims{
		"iss": "https://id.example", "aud": "crm", "sub": "staff-7", "sid": "theirs",
		"iat": noon.Unix(), "exp": noon.Add(time.Hour).Unix(), "permissions": []string{"crm:read:*"},
	}
	maps.Copy(c, changes)
	maps.DeleteFunc(c, func(_ string, value any) bool { return value == nil })
	return c
}

func sign(t testing.TB, method jwt.SigningMethod, key any, header map[string]any, c jwt.MapClaims) string {
	t.Helper()
	token := jwt.NewWithClaims(method, c)
	maps.Copy(token.Header, header)
	signed, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func checkAccepted(t *testing.T, v *auth.Verifier, token string, want auth.Principal) {
	t.Helper()
	if got, err := v.Verify(token); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v (%v)\nwant %+v", got, err, want)
	}
}

// checkRefused also looks at the reason, lest a token be refused for another one than the test is about.
func checkRefused(t *testing.T, v *auth.Verifier, token, reason string) {
	t.Helper()
	got, err := v.Verify(token)
	if !errors.Is(err, auth.ErrToken) || !strings.Contains(err.Error(), reason) {
		t.Errorf("error = %v, want an ErrToken because of %q", err, reason)
	}
	if !reflect.DeepEqual(got, auth.Principal{}) {
		t.Errorf("refused token yields %+v", got)
	}
}

func kid(id any) map[string]any { return map[string]any{"kid": id} }

func TestForeignTokensAccepted(t *testing.T) {
	k := keys()
	withSecret := auth.NewVerifier(newIssuer(t), atNoon, auth.Foreign{Secret: secret, Issuer: "https://id.example", Audience: "crm"})
	withKeys := auth.NewVerifier(newIssuer(t), atNoon, auth.Foreign{Keys: newKeySet(t), Issuer: "https://id.example", Audience: "crm"})
	lax := auth.NewVerifier(newIssuer(t), atNoon, auth.Foreign{Secret: []byte("of one issuer")}, auth.Foreign{Secret: secret})
	want := auth.Principal{Subject: "staff-7", Permissions: []string{"crm:read:*"}, Expires: noon.Add(time.Hour)}
	for _, test := range []struct {
		name     string
		verifier *auth.Verifier
		token    string
	}{
		{"shared secret", withSecret, sign(t, jwt.SigningMethodHS256, secret, nil, claims(nil))},
		{"RS256", withKeys, sign(t, jwt.SigningMethodRS256, k.rsa, kid("rsa"), claims(nil))},
		{"ES256", withKeys, sign(t, jwt.SigningMethodES256, k.p256, kid("p256"), claims(nil))},
		{"EdDSA, private key published", withKeys, sign(t, jwt.SigningMethodEdDSA, k.ed25519, kid("ed25519"), claims(nil))},
		{"RS256 without a key id", withKeys, sign(t, jwt.SigningMethodRS256, k.rsa, nil, claims(nil))},
		{"one audience of several", withKeys, sign(t, jwt.SigningMethodRS256, k.rsa, kid("rsa"), claims(jwt.MapClaims{"aud": []string{"mail", "crm"}}))},
		{"clock a minute ahead", withSecret, sign(t, jwt.SigningMethodHS256, secret, nil, claims(jwt.MapClaims{"iat": noon.Unix() + 60, "nbf": noon.Unix() + 60}))},
		{"clock 9 seconds ahead", withSecret, sign(t, jwt.SigningMethodHS256, secret, nil, claims(jwt.MapClaims{"iat": noon.Unix() + 9, "nbf": noon.Unix() + 9}))},
		{"issuer and audience left open, second of two issuers", lax, sign(t, jwt.SigningMethodHS256, secret, nil, claims(jwt.MapClaims{"iss": "any", "aud": nil}))},
	} {
		t.Run(test.name, func(t *testing.T) { checkAccepted(t, test.verifier, test.token, want) })
	}
}

func TestTokensRefused(t *testing.T) {
	k := keys()
	own := newIssuer(t)
	v := auth.NewVerifier(own, atNoon, auth.Foreign{Secret: secret, Keys: newKeySet(t), Issuer: "https://id.example", Audience: "crm"})
	bySecret := func(changes jwt.MapClaims) string {
		return sign(t, jwt.SigningMethodHS256, secret, nil, claims(changes))
	}
	byRSA := func(key *rsa.PrivateKey, id any) string {
		return sign(t, jwt.SigningMethodRS256, key, kid(id), claims(nil))
	}
	otherOwn, err := newIssuer(t).Issue(auth.Claims{Subject: "u1"}, noon, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	ahead, err := own.Issue(auth.Claims{Subject: "u1"}, noon.Add(11*time.Second), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(k.rsa.Public())
	if err != nil {
		t.Fatal(err)
	}
	publicPEM := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	good := bySecret(nil)

	for _, test := range []struct{ name, token, reason string }{
		{"alg none", sign(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, nil, claims(nil)), "signing method none is invalid"},
		{"public key as HMAC secret, PEM", sign(t, jwt.SigningMethodHS256, publicPEM, kid("rsa"), claims(nil)), "key set: token signature is invalid: signing method HS256"},
		{"public key as HMAC secret, DER", sign(t, jwt.SigningMethodHS256, der, kid("rsa"), claims(nil)), "key set: token signature is invalid: signing method HS256"},
		{"longer HMAC than configured", sign(t, jwt.SigningMethodHS512, secret, nil, claims(nil)), "signing method HS512 is invalid"},
		{"RSA-PSS", sign(t, jwt.SigningMethodPS256, k.rsa, kid("rsa"), claims(nil)), "signing method PS256 is invalid"},
		{"key of another kind than alg", sign(t, jwt.SigningMethodES256, k.p256, kid("rsa"), claims(nil)), `key "rsa" is not for ES256`},
		{"oct key of the key set", sign(t, jwt.SigningMethodRS256, k.rsa, kid("oct"), claims(nil)), `key not found`},
		{"key of 1024 bits", byRSA(k.weakRSA, "weak"), "key not found"},
		{"key for encryption", byRSA(k.unpublished, "encryption"), "key not found"},
		{"unknown key id", byRSA(k.rsa, "lost"), "key not found"},
		{"key id is a number", byRSA(k.rsa, 7), "key id is not a string"},
		{"another's key under a known id", byRSA(k.unpublished, "rsa"), "verification error"},
		{"another's key without id", sign(t, jwt.SigningMethodRS256, k.unpublished, nil, claims(nil)), "verification error"},
		{"critical extension", sign(t, jwt.SigningMethodHS256, secret, map[string]any{"crit": []string{"b64"}, "b64": true}, claims(nil)), "critical"},
		{"our issuer, other key", otherOwn, "own key: token signature is invalid"},
		{"our issuer name by the secret", bySecret(jwt.MapClaims{"iss": "crm"}), "shared secret: token has invalid claims: token has invalid issuer"},

		{"expired", bySecret(jwt.MapClaims{"exp": noon.Unix() - 10}), "shared secret: token has invalid claims: token is expired"},
		{"never expires", bySecret(jwt.MapClaims{"exp": nil}), "exp claim is required"},
		{"expires at a text", bySecret(jwt.MapClaims{"exp": "tomorrow"}), "exp is invalid"},
		{"expires beyond all clocks", bySecret(jwt.MapClaims{"exp": 1e300}), "expired"},
		{"not yet valid", bySecret(jwt.MapClaims{"nbf": noon.Unix() + 11}), "not valid yet"},
		{"issued in the future", bySecret(jwt.MapClaims{"iat": noon.Unix() + 61}), "used before issued"},
		{"our own, issued in the future", ahead, "own key: token has invalid claims: token used before issued"},
		{"wrong issuer", bySecret(jwt.MapClaims{"iss": "https://id.example.evil"}), "invalid issuer"},
		{"no issuer", bySecret(jwt.MapClaims{"iss": nil}), "iss claim is required"},
		{"wrong audience", bySecret(jwt.MapClaims{"aud": "mail"}), "invalid audience"},
		{"no audience", bySecret(jwt.MapClaims{"aud": nil}), "aud claim is required"},
		{"no subject", bySecret(jwt.MapClaims{"sub": nil}), "subject must"},
		{"long subject", bySecret(jwt.MapClaims{"sub": strings.Repeat("x", 256)}), "subject must"},
		{"subject is a number", bySecret(jwt.MapClaims{"sub": 7}), "sub is invalid"},
		{"claim in capitals", bySecret(jwt.MapClaims{"sub": nil, "SUB": "admin"}), "subject must"},
		{"permissions are a number", bySecret(jwt.MapClaims{"permissions": 7}), "permissions is no list"},
		{"permissions list numbers", bySecret(jwt.MapClaims{"permissions": []int{7}}), "something that is no string"},

		{"empty", "", "invalid number of segments"},
		{"two parts", good[:strings.LastIndex(good, ".")], "invalid number of segments"},
		{"four parts", good + ".", "invalid number of segments"},
		{"without signature", good[:strings.LastIndex(good, ".")+1], "signature is invalid"},
		{"line break", good[:20] + "\n" + good[20:], "line break"},
		{"payload is an array", segment(`{"alg":"HS256"}`) + "." + segment(`[1]`) + ".", "could not JSON decode claim"},
		{"header is null", segment(`null`) + "." + segment(`{}`) + ".", "alg"},
		{"other bits in the last letter", otherBits(good), "illegal base64"},
		{"huge", bySecret(jwt.MapClaims{"note": strings.Repeat("x", 8<<10)}), "bytes long"},
	} {
		t.Run(test.name, func(t *testing.T) { checkRefused(t, v, test.token, test.reason) })
	}
	if _, err := v.Verify(good); err != nil { // what the cases above changed was good
		t.Error(err)
	}
}

func segment(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

// otherBits changes bits of a signature's last letter that carry nothing: 32 bytes leave two of them.
func otherBits(token string) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := len(token) - 1
	return token[:last] + string(letters[strings.IndexByte(letters, token[last])|1])
}

func TestPermissionClaims(t *testing.T) {
	v := auth.NewVerifier(newIssuer(t), atNoon, auth.Foreign{Secret: secret})
	for _, test := range []struct {
		name    string
		changes jwt.MapClaims
		want    []string
	}{
		{"permissions first", jwt.MapClaims{"permissions": []string{"a:b:c", "d:e:f"}, "scopes": []string{"x"}, "scope": "y"}, []string{"a:b:c", "d:e:f"}},
		{"empty permissions grant nothing", jwt.MapClaims{"permissions": []string{}, "scope": "y"}, []string{}},
		{"so does an empty text", jwt.MapClaims{"permissions": "", "scope": "y"}, []string{}},
		{"scopes", jwt.MapClaims{"permissions": nil, "scopes": []string{"x"}, "scope": "y"}, []string{"x"}},
		{"scope", jwt.MapClaims{"permissions": nil, "scope": "openid  a:b:c"}, []string{"openid", "a:b:c"}},
		{"text in permissions", jwt.MapClaims{"permissions": "a:b:c d:e:f"}, []string{"a:b:c", "d:e:f"}},
		{"array in scope", jwt.MapClaims{"permissions": nil, "scope": []string{"x", "y"}}, []string{"x", "y"}},
		{"capitals are another claim", jwt.MapClaims{"permissions": nil, "Permissions": []string{"*:*:*"}}, []string{}},
		{"none", jwt.MapClaims{"permissions": nil}, []string{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := v.Verify(sign(t, jwt.SigningMethodHS256, secret, nil, claims(test.changes)))
			if err != nil || !reflect.DeepEqual(got.Permissions, test.want) {
				t.Errorf("got %q (%v), want %q", got.Permissions, err, test.want)
			}
		})
	}
}

func TestNothingForeignUnlessConfigured(t *testing.T) {
	token := sign(t, jwt.SigningMethodHS256, secret, nil, claims(nil))
	empty := sign(t, jwt.SigningMethodHS256, []byte{}, nil, claims(nil))
	for name, v := range map[string]*auth.Verifier{
		"no foreign issuer":          auth.NewVerifier(newIssuer(t), atNoon),
		"foreign issuer, but no key": auth.NewVerifier(newIssuer(t), atNoon, auth.Foreign{Issuer: "https://id.example"}),
	} {
		t.Run(name, func(t *testing.T) {
			checkRefused(t, v, token, "own key")
			checkRefused(t, v, empty, "own key")
		})
	}
}

func TestVerifyConcurrently(t *testing.T) {
	issuer := newIssuer(t)
	v := auth.NewVerifier(issuer, atNoon)
	var all sync.WaitGroup
	for i := range 8 {
		subject := string(rune('a' + i%4))
		token, err := issuer.Issue(auth.Claims{Subject: subject}, noon, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		all.Go(func() {
			for range 100 {
				if p, err := v.Verify(token); err != nil || p.Subject != subject {
					t.Errorf("got %q (%v), want %q", p.Subject, err, subject)
					return
				}
			}
		})
	}
	all.Wait()
}

// FuzzVerify: whatever comes, nothing panics, and only what was signed is accepted.
func FuzzVerify(f *testing.F) {
	k := keys()
	v := auth.NewVerifier(newIssuer(f), atNoon, auth.Foreign{Secret: secret, Keys: newKeySet(f)})
	signed := map[string]bool{}
	for _, token := range []string{
		sign(f, jwt.SigningMethodHS256, secret, nil, claims(nil)),
		sign(f, jwt.SigningMethodRS256, k.rsa, kid("rsa"), claims(nil)),
		sign(f, jwt.SigningMethodES256, k.p256, kid("p256"), claims(nil)),
		sign(f, jwt.SigningMethodEdDSA, k.ed25519, kid("ed25519"), claims(nil)),
	} {
		signed[token] = true
		f.Add(token)
	}
	for _, header := range []string{`{"alg":"none"}`, `{"alg":"RS256","kid":"oct"}`, `{"alg":"RS256","kid":{}}`, `{"alg":7}`, `null`, `{`} {
		f.Add(segment(header) + "." + segment(`{"sub":"x","exp":9e18,"aud":[[]],"permissions":{}}`) + ".AAAA")
	}
	f.Fuzz(func(t *testing.T, token string) {
		p, err := v.Verify(token)
		switch {
		case err == nil && !signed[token]:
			t.Errorf("accepted for %+v", p)
		case err != nil && !errors.Is(err, auth.ErrToken):
			t.Errorf("error %v is no ErrToken", err)
		case err != nil && signed[token]:
			t.Errorf("refused: %v", err)
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	k := keys()
	issuer := newIssuer(b)
	own, err := issuer.Issue(auth.Claims{Subject: "u1", Session: "s1", Permissions: auth.PermissionsOf([]string{"admin"})}, noon, time.Hour)
	if err != nil {
		b.Fatal(err)
	}
	foreign := auth.Foreign{Keys: newKeySet(b)}
	fresh := func() *auth.Verifier { return auth.NewVerifier(issuer, atNoon, foreign) }
	for _, bench := range []struct {
		name, token string
	}{
		{"own", own},
		{"RS256", sign(b, jwt.SigningMethodRS256, k.rsa, kid("rsa"), claims(nil))},
		{"ES256", sign(b, jwt.SigningMethodES256, k.p256, kid("p256"), claims(nil))},
	} {
		for _, cached := range []bool{true, false} {
			name := bench.name + "/first"
			if cached {
				name = bench.name + "/cached"
			}
			b.Run(name, func(b *testing.B) {
				b.ReportAllocs()
				v := fresh()
				for b.Loop() {
					if !cached {
						v = fresh()
					}
					if _, err := v.Verify(bench.token); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

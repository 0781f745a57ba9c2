package auth

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const (
	maxToken = 8 << 10 // bytes
	leeway   = 10 * time.Second
	maxAhead = time.Minute // of another issuer's clock, when a token is issued
)

// ErrToken is matched by every error of Verify. The error's text has the reason, which is for the log:
// telling it to the caller helps only those who forge tokens.
var ErrToken = errors.New("token refused")

// A Principal is who a token speaks for.
type Principal struct {
	Subject     string    // our user's id, or whatever the other issuer calls the caller
	Session     string    // of our own tokens, when issued with one; the caller checks that it still lives
	Permissions []string  // never nil; shared between calls, so read-only
	Expires     time.Time // UTC
	Own         bool      // signed by our own issuer
}

// Foreign is another issuer whose tokens are accepted. Secret and Keys may both be given; with neither,
// nothing of it is.
type Foreign struct {
	Secret []byte  // shared with the issuer: HS256 tokens; fewer than 32 random bytes can be guessed
	Keys   *KeySet // the issuer's public keys: RS256, ES256 and EdDSA tokens

	Issuer   string // what "iss" must be; empty accepts any
	Audience string // what "aud" must contain; empty accepts any, even tokens meant for other services
}

// A Verifier checks access tokens. It remembers the good ones for a few minutes, so that only a
// token's first request pays for its signature. It is safe for concurrent use.
type Verifier struct {
	now    func() time.Time
	trusts []trust
	seen   cache
}

// A trust is one configured key, or set of keys, and the only algorithms it may be used with. A token's
// own "alg" never chooses what its signature is checked with: a public key is never tried as an HMAC secret.
type trust struct {
	name   string // for the log
	now    func() time.Time
	parser *jwt.Parser
	key    jwt.Keyfunc
	own    bool
}

// NewVerifier accepts the tokens of own and of every foreign issuer. now is the clock that tokens expire by.
func NewVerifier(own *Issuer, now func() time.Time, foreign ...Foreign) *Verifier {
	trusts := []trust{{"own key", now, parser(now, leeway, ownIssuer, "", "HS256"), always(own.key), true}}
	for _, f := range foreign {
		if len(f.Secret) > 0 {
			p := parser(now, maxAhead, f.Issuer, f.Audience, "HS256")
			trusts = append(trusts, trust{"shared secret", now, p, always(slices.Clone(f.Secret)), false})
		}
		if f.Keys != nil {
			p := parser(now, maxAhead, f.Issuer, f.Audience, "RS256", "ES256", "EdDSA")
			trusts = append(trusts, trust{"key set", now, p, f.Keys.find, false})
		}
	}
	return &Verifier{now: now, trusts: trusts}
}

// parser checks the times of a token with one leeway for all of them; verify has a closer look at the end.
func parser(now func() time.Time, leeway time.Duration, issuer, audience string, methods ...string) *jwt.Parser {
	options := []jwt.ParserOption{
		jwt.WithValidMethods(methods), jwt.WithTimeFunc(now), jwt.WithLeeway(leeway),
		jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithStrictDecoding(),
	}
	if issuer != "" {
		options = append(options, jwt.WithIssuer(issuer))
	}
	if audience != "" {
		options = append(options, jwt.WithAudience(audience))
	}
	return jwt.NewParser(options...)
}

func always(key []byte) jwt.Keyfunc {
	return func(*jwt.Token) (any, error) { return key, nil }
}

// Verify returns who token speaks for, or an ErrToken. The own key is tried first, then the foreign
// issuers in their order. Clocks may differ by 10 seconds, and another issuer's be a minute ahead of ours. A key set that is fetched from a URL may
// make the first token of a new key wait for the fetch, at most 5 seconds.
func (v *Verifier) Verify(token string) (Principal, error) {
	if len(token) > maxToken {
		return Principal{}, fmt.Errorf("%w: %d bytes long", ErrToken, len(token))
	}
	now := v.now()
	if p, ok := v.seen.get(token, now); ok {
		return p, nil
	}
	p, err := v.check(token)
	if err != nil {
		return Principal{}, err
	}
	v.seen.put(token, p, now)
	return p, nil
}

func (v *Verifier) check(token string) (Principal, error) {
	if strings.ContainsAny(token, "\r\n") { // the base64 decoder would skip them
		return Principal{}, fmt.Errorf("%w: line break inside", ErrToken)
	}
	refusal := ErrToken
	for _, t := range v.trusts {
		p, err := t.verify(token)
		if err == nil {
			return p, nil
		}
		refusal = fmt.Errorf("%w; %s: %w", refusal, t.name, err)
	}
	return Principal{}, refusal
}

func (t trust) verify(token string) (Principal, error) {
	claims := jwt.MapClaims{} // a struct's fields would also match "SUB" and "Permissions"
	_, err := t.parser.ParseWithClaims(token, claims, t.keyFor)
	if err != nil {
		return Principal{}, err
	}
	p, err := principal(claims, t.own)
	if err == nil && !t.now().Before(p.Expires.Add(leeway)) {
		return Principal{}, fmt.Errorf("%w: %w", jwt.ErrTokenInvalidClaims, jwt.ErrTokenExpired)
	}
	return p, err
}

// keyFor refuses extensions that must be understood (RFC 7515 section 4.1.11): we understand none.
func (t trust) keyFor(token *jwt.Token) (any, error) {
	if _, ok := token.Header["crit"]; ok {
		return nil, errors.New("critical header extension")
	}
	return t.key(token)
}

func principal(c jwt.MapClaims, own bool) (Principal, error) {
	subject, err := c.GetSubject()
	if err != nil {
		return Principal{}, err
	}
	if err := checkSubject(subject); err != nil {
		return Principal{}, err
	}
	permissions, err := permissionsIn(c)
	if err != nil {
		return Principal{}, err
	}
	expires, err := c.GetExpirationTime()
	if err != nil {
		return Principal{}, err
	}
	p := Principal{Subject: subject, Permissions: permissions, Expires: expires.UTC(), Own: own}
	if own { // another issuer's "sid" is a session of theirs
		p.Session, _ = c["sid"].(string)
	}
	return p, nil
}

// permissionsIn takes the first of the claims that the token has, even if it is empty: an issuer that says
// "permissions": [] has granted nothing, whatever its scope for sign-in.
func permissionsIn(c jwt.MapClaims) ([]string, error) {
	for _, name := range [...]string{"permissions", "scopes", "scope"} {
		if value := c[name]; value != nil {
			return words(name, value)
		}
	}
	return []string{}, nil
}

// words reads an array of strings, or a string with spaces between its words.
func words(name string, value any) ([]string, error) {
	if text, ok := value.(string); ok {
		return strings.Fields(text), nil
	}
	items, ok := value.([]any)
	if !ok {
		return nil, fmt.Errorf("claim %s is no list", name)
	}
	all := make([]string, len(items))
	for i, item := range items {
		if all[i], ok = item.(string); !ok {
			return nil, fmt.Errorf("claim %s lists something that is no string", name)
		}
	}
	return all, nil
}

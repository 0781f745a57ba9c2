package auth

import (
	"cmp"
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

// ErrToken is matched by every error of Verify. The text of the error is for the log. Do not send it to the caller, because it would help
// those who forge tokens.
var ErrToken = errors.New("token refused")

// A Principal is the identity in a token.
type Principal struct {
	Subject     string    // the id of one of our users, or the caller's name at the other issuer
	Session     string    // in our own tokens: the id of the session, which may have ended; empty for none
	Permissions []string  // never nil; shared between calls, so read-only
	Expires     time.Time // UTC
	Own         bool      // whether our own issuer has signed it
}

// Foreign is another issuer whose tokens are accepted. It needs Secret, Keys or both.
type Foreign struct {
	Secret []byte  // shared with the issuer: HS256 tokens; fewer than 32 random bytes can be guessed
	Keys   *KeySet // the issuer's public keys: RS256, ES256 and EdDSA tokens

	Issuer   string // what "iss" must be; empty accepts any
	Audience string // what "aud" must contain; empty accepts any, also tokens for other services
}

// A Verifier verifies access tokens. It caches verified tokens for a few minutes, so that the signature is not checked at each request. It
// is safe for concurrent use.
type Verifier struct {
	now    func() time.Time
	trusts []trust
	seen   cache
}

// A trust is a configured key, or set of keys, with the algorithms that it may be used with. The claim "alg" of a token never chooses how
// its signature is checked, so a public key is never used as an HMAC secret.
type trust struct {
	name   string // for the log
	now    func() time.Time
	parser *jwt.Parser
	key    jwt.Keyfunc
	own    bool
}

// NewVerifier returns a Verifier that accepts the tokens of own and of every foreign issuer. now is the clock by which tokens expire.
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
	if strings.ContainsAny(token, "\r\n") { // the base64 decoder ignores them
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
	claims := jwt.MapClaims{} // the fields of a struct would also match "SUB" and "Permissions"
	_, err := t.parser.ParseWithClaims(token, claims, t.keyFor)
	if err != nil {
		return Principal{}, err
	}
	if err := checkTimes(claims, t.now()); err != nil {
		return Principal{}, fmt.Errorf("%w: %w", jwt.ErrTokenInvalidClaims, err)
	}
	return principal(claims, t.own)
}

// checkTimes checks the end of a token, and its beginning where that is later than the time at which it was issued, with the small leeway.
func checkTimes(c jwt.MapClaims, now time.Time) error {
	if expires, err := c.GetExpirationTime(); err != nil || !now.Before(expires.Add(leeway)) {
		return cmp.Or(err, jwt.ErrTokenExpired)
	}
	begins, err := c.GetNotBefore()
	if err != nil || begins == nil || !begins.After(now.Add(leeway)) {
		return err
	}
	if issued, err := c.GetIssuedAt(); err != nil || issued == nil || begins.After(issued.Time) {
		return cmp.Or(err, jwt.ErrTokenNotValidYet)
	}
	return nil
}

// keyFor returns the key for a token. It refuses tokens with critical extensions (RFC 7515 section 4.1.11), since it supports none.
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
	if own { // the "sid" of another issuer is not one of our sessions
		p.Session, _ = c["sid"].(string)
	}
	return p, nil
}

// permissionsIn returns the permissions from the first of several claims that the token has, even if that is empty: with "permissions": []
// an issuer grants nothing, whatever the claim "scope" has.
func permissionsIn(c jwt.MapClaims) ([]string, error) {
	for _, name := range [...]string{"permissions", "scopes", "scope"} {
		if value := c[name]; value != nil {
			return words(name, value)
		}
	}
	return []string{}, nil
}

// words returns the strings of an array, or the words of a string.
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

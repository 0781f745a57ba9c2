package auth

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"time"

	"github.com/MicahParks/jwkset"
	"github.com/golang-jwt/jwt/v5"
	"golang.org/x/time/rate"
)

const (
	fetchTimeout = 5 * time.Second
	fetchEvery   = 15 * time.Minute // how soon a withdrawn key stops working
	fetchUnknown = time.Minute      // the least time between fetches for unknown keys
	minRSABits   = 2048             // RFC 7518 section 3.3
)

// ErrKeySet is matched by the errors of ParseKeySet and FetchKeySet.
var ErrKeySet = errors.New("unusable JSON Web Key Set")

// A KeySet has another issuer's public keys, from a JSON Web Key Set (RFC 7517). It uses RSA keys of at least 2,048 bits, P-256 and Ed25519
// keys, each kind with one algorithm. It ignores symmetric keys, other kinds, and keys for encryption. It is safe for concurrent use.
type KeySet struct{ keys jwkset.Storage }

// ParseKeySet reads a JWKS document, and fails if no key in it can be used.
func ParseKeySet(document []byte) (*KeySet, error) {
	var set jwkset.JWKSMarshal
	if err := json.Unmarshal(document, &set); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKeySet, err)
	}
	skipped := errors.New("it is empty")
	var usable []jwkset.JWK
	for _, entry := range set.Keys {
		key, err := jwkset.NewJWKFromMarshal(entry, jwkset.JWKMarshalOptions{}, jwkset.JWKValidateOptions{})
		if err == nil {
			_, err = algorithm(key)
		}
		if err != nil {
			skipped = fmt.Errorf("key %q: %w", entry.KID, err)
			continue
		}
		usable = append(usable, key)
	}
	if len(usable) == 0 {
		return nil, fmt.Errorf("%w: %w", ErrKeySet, skipped)
	}
	keys := jwkset.NewMemoryStorage()
	return &KeySet{keys}, keys.KeyReplaceAll(context.Background(), usable)
}

// FetchKeySet returns a KeySet from the JWKS document at a web address. Until ctx is done it fetches the document every 15 minutes and, at
// most once a minute, for a token with an unknown key. A fetch that fails is logged and does not change the keys. The first fetch takes 5
// seconds at most, and may fail too. FetchKeySet returns an error only if address is not a web address.
func FetchKeySet(ctx context.Context, address string, log *slog.Logger) (*KeySet, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return nil, fmt.Errorf("%w: its address is not of the form https://host/path", ErrKeySet)
	}
	document, err := jwkset.NewStorageFromHTTP(address, jwkset.HTTPClientStorageOptions{
		Ctx:                       ctx,
		HTTPTimeout:               fetchTimeout,
		NoErrorReturnFirstHTTPReq: true,
		RefreshInterval:           fetchEvery,
		RefreshErrorHandler: func(_ context.Context, err error) {
			log.Warn("could not fetch the token issuer's keys", "url", u.Redacted(), "error", err)
		},
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKeySet, err)
	}
	keys, err := jwkset.NewHTTPClient(jwkset.HTTPClientOptions{
		HTTPURLs:          map[string]jwkset.Storage{address: document},
		RefreshUnknownKID: rate.NewLimiter(rate.Every(fetchUnknown), 1),
		RateLimitWaitMax:  fetchTimeout, // also limits the fetch itself
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKeySet, err)
	}
	return &KeySet{keys}, nil
}

// find is a jwt.Keyfunc. It returns the key that the token names, or every key of its algorithm if it names none.
func (s *KeySet) find(token *jwt.Token) (any, error) {
	alg := token.Method.Alg()
	header, ok := token.Header[jwkset.HeaderKID]
	if !ok {
		return s.fitting(alg)
	}
	id, ok := header.(string)
	if !ok {
		return nil, errors.New("key id is not a string")
	}
	key, err := s.keys.KeyRead(context.Background(), id)
	if err != nil {
		return nil, err
	}
	if fits, err := algorithm(key); err != nil || fits != alg {
		return nil, fmt.Errorf("key %q is not for %s", id, alg)
	}
	return public(key), nil
}

func (s *KeySet) fitting(alg string) (any, error) {
	all, err := s.keys.KeyReadAll(context.Background())
	if err != nil {
		return nil, err
	}
	var set jwt.VerificationKeySet
	for _, key := range all {
		if fits, err := algorithm(key); err == nil && fits == alg {
			set.Keys = append(set.Keys, public(key))
		}
	}
	return set, nil
}

// algorithm returns the algorithm of a key by its kind. The use, operations and algorithm in the key must not contradict it.
func algorithm(key jwkset.JWK) (string, error) {
	alg, err := kindOf(public(key))
	if err != nil {
		return "", err
	}
	says := key.Marshal()
	if says.USE != "" && says.USE != jwkset.UseSig {
		return "", fmt.Errorf("its use is %q", says.USE)
	}
	if len(says.KEYOPS) > 0 && !slices.Contains(says.KEYOPS, jwkset.KeyOpsVerify) && !slices.Contains(says.KEYOPS, jwkset.KeyOpsSign) {
		return "", fmt.Errorf("its operations are %q", says.KEYOPS)
	}
	if says.ALG != "" && says.ALG.String() != alg {
		return "", fmt.Errorf("its algorithm is %q", says.ALG)
	}
	return alg, nil
}

func kindOf(key any) (string, error) {
	switch key := key.(type) {
	case *rsa.PublicKey:
		if key.N.BitLen() < minRSABits {
			return "", errors.New("RSA key is shorter than 2048 bits")
		}
		return "RS256", nil
	case *ecdsa.PublicKey:
		if key.Curve != elliptic.P256() {
			return "", errors.New("curve is not P-256")
		}
		return "ES256", nil
	case ed25519.PublicKey:
		return "EdDSA", nil
	default:
		return "", errors.New("not a public key for signatures")
	}
}

// public returns the public half of a key whose private half was published by mistake.
func public(key jwkset.JWK) any {
	if private, ok := key.Key().(interface{ Public() crypto.PublicKey }); ok {
		return private.Public()
	}
	return key.Key()
}

package auth

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
)

// Prove returns the answer to a challenge, in hexadecimal. Only those who know the issuer's key can compute it. It cannot be used as the
// signature of a token, because it is computed with a key of its own (HKDF, RFC 5869).
func (i *Issuer) Prove(challenge string) string {
	key, err := hkdf.Key(sha256.New, i.key, nil, "crm service proof", keySize)
	if err != nil {
		panic(err) // only for longer keys than SHA-256 can make
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(challenge))
	return hex.EncodeToString(mac.Sum(nil))
}

// Proves reports whether proof is the answer to a challenge.
func (i *Issuer) Proves(challenge, proof string) bool {
	return hmac.Equal([]byte(i.Prove(challenge)), []byte(proof))
}

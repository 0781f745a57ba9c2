package auth

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
)

// Prove answers a challenge: whoever knows the issuer's key gets the same answer, in hexadecimal, and nobody else can make it. The
// answer is of no use as the signature of a token, because it is made with a key of its own (HKDF, RFC 5869).
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

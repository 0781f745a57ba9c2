package local

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
)

// Fingerprint returns the hash by which a client on this machine recognises a service's certificate. certificate is in DER.
func Fingerprint(certificate []byte) string {
	sum := sha256.Sum256(certificate)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// pinned trusts one certificate, whatever names it has.
func pinned(fingerprint string) *tls.Config {
	return &tls.Config{
		MinVersion:         tls.VersionTLS12,
		InsecureSkipVerify: true, // the names and the issuer; VerifyConnection compares the certificate itself
		VerifyConnection: func(s tls.ConnectionState) error {
			if Fingerprint(s.PeerCertificates[0].Raw) != fingerprint {
				return errPin
			}
			return nil
		},
	}
}

// errPin is returned for a service whose certificate is not the one in its note.
var errPin = errors.New("the service has another certificate than " + NoteName + " says")

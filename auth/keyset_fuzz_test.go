package auth_test

import (
	"errors"
	"testing"

	"crm/auth"
)

// FuzzParseKeySet checks that any file is read as a set of keys or refused with ErrKeySet.
func FuzzParseKeySet(f *testing.F) {
	for _, seed := range []string{
		``, `{}`, `{"keys":[]}`, `{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"one","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}`,
		`{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]}`, `{"keys":[{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}]}`, `{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}`,
		`{"keys":[{"kty":"RSA","n":"","e":"/////w"}]}`, `{"keys":[null]}`, `{"keys":[{"kty":"OKP","crv":"Ed25519","x":"AA","x5c":["AA"]}]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, document []byte) {
		keys, err := auth.ParseKeySet(document)
		if (err == nil) != (keys != nil) || err != nil && !errors.Is(err, auth.ErrKeySet) {
			t.Errorf("got %v, %v", keys, err)
		}
	})
}

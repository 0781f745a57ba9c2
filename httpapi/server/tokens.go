package server

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"crm/auth"
	"crm/store"
)

var (
	// ErrEmpty is returned for an empty file of a shared secret.
	ErrEmpty = errors.New("the file is empty")
)

// verifier returns an issuer with the folder's key, and a verifier that trusts this key, the other issuers that are configured, and
// passing, a key that exists only in this process.
func (s *Settings) verifier(ctx context.Context, passing []byte) (*auth.Issuer, *auth.Verifier, error) {
	issuer, err := s.issuerOf(filepath.Join(s.Data, store.KeyName))
	if err != nil {
		return nil, nil, err
	}
	var foreign []auth.Foreign
	if s.SecretFile != "" {
		secret, err := s.sharedSecret()
		if err != nil {
			return nil, nil, &SettingError{"jwt-secret-file", s.SecretFile, err}
		}
		foreign = append(foreign, auth.Foreign{Secret: secret, Issuer: s.TokenIssuer, Audience: s.TokenAudience})
	}
	if s.JWKS != "" {
		keys, err := keySet(ctx, s.JWKS, s.Log)
		if err != nil {
			return nil, nil, &SettingError{"jwks", s.JWKS, err}
		}
		foreign = append(foreign, auth.Foreign{Keys: keys, Issuer: s.TokenIssuer, Audience: s.TokenAudience})
	}
	if len(foreign) > 0 && (s.TokenIssuer == "" || s.TokenAudience == "") {
		s.Log.Warn("every token of the other issuer is accepted, also one that was made for another service: set --jwt-issuer and --jwt-audience")
	}
	foreign = append(foreign, auth.Foreign{Secret: passing})
	return issuer, auth.NewVerifier(issuer, store.Now, foreign...), nil
}

// issuerOf returns an issuer with the key in a file, which is created at the first start.
func (s *Settings) issuerOf(path string) (*auth.Issuer, error) {
	key, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		key = auth.NewKey()
		err = writeFile(path, key)
	}
	if err != nil {
		return nil, err
	}
	// Windows does not have these permissions.
	if info, err := os.Stat(path); err == nil && runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		s.Log.Warn("others can read the key that signs tokens, and sign in as anybody with it: run chmod 600 on it", "file", path)
	}
	issuer, err := auth.NewIssuer(key)
	if err != nil {
		return nil, &KeyError{path, err}
	}
	return issuer, nil
}

// A KeyError is returned for a file without a usable signing key.
type KeyError struct {
	Path string
	Err  error
}

func (e *KeyError) Error() string { return e.Path + ": " + e.Err.Error() }
func (e *KeyError) Unwrap() error { return e.Err }

// sharedSecret reads the secret that is shared with another issuer.
func (s *Settings) sharedSecret() ([]byte, error) {
	secret, err := os.ReadFile(s.SecretFile)
	if err != nil {
		return nil, err
	}
	secret = bytes.TrimSpace(secret)
	if len(secret) == 0 {
		return nil, ErrEmpty
	}
	if len(secret) < 32 {
		s.Log.Warn("the secret shared with the other issuer has fewer than 32 bytes: whoever has one of its tokens can look for it and sign in as anybody", "file", s.SecretFile)
	}
	return secret, nil
}

// keySet reads the keys of another issuer from a file or an address.
func keySet(ctx context.Context, source string, log *slog.Logger) (*auth.KeySet, error) {
	if strings.HasPrefix(source, "http://") || strings.HasPrefix(source, "https://") {
		return auth.FetchKeySet(ctx, source, log)
	}
	raw, err := os.ReadFile(source)
	if err != nil {
		return nil, err
	}
	return auth.ParseKeySet(raw)
}

// writeFile creates a file that only its owner can read. After a crash it is complete or does not exist.
func writeFile(path string, content []byte) error {
	f, err := os.OpenFile(path+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

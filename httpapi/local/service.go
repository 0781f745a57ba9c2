package local

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"crm/auth"
	"crm/httpapi"
	"crm/store"
)

var (
	// ErrNoService is returned if the folder is in use and no service answers.
	ErrNoService = errors.New("the data folder is in use, but no service answers for it: wait until it has started, or stop the program that uses the folder")
	// ErrNotRunning is returned by CheckReady if no service has left a note in the folder.
	ErrNotRunning = errors.New("no service runs")
	errProof      = errors.New("what answers at the address of the service does not have the folder's key")
	// ErrNoKey is returned for a folder without a key to sign tokens with, which a service makes when it starts for the first time.
	ErrNoKey = errors.New("has no key yet")
)

// Issuer signs tokens with the key of a data folder.
func Issuer(dir string) (*auth.Issuer, error) {
	key, err := os.ReadFile(filepath.Join(dir, store.KeyName))
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%s %w", dir, ErrNoKey)
	}
	if err != nil {
		return nil, err
	}
	return auth.NewIssuer(key)
}

// FindService returns a client of the service that has a data folder open. actor is the author in the change log.
func FindService(ctx context.Context, dir, actor string) (*Client, error) {
	issuer, err := Issuer(dir)
	if err != nil {
		return nil, err
	}
	note, err := readNote(dir)
	if err != nil {
		return nil, ErrNoService
	}
	c := &Client{transport: &service{note, issuer}, actor: actor, issuer: issuer, note: note}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if _, err := exchange(ctx, c.transport, "GET", note.URL+"/health", &c.health); err != nil || c.health.Service != httpapi.ServiceName {
		return nil, ErrNoService // the service in the note has ended, and another program may have its address
	}
	return c, nil
}

// A service sends requests to the address in a note. What listens there must have the note's certificate or, without TLS, prove that it
// has the key of issuer, unless that is nil.
type service struct {
	note   *Note
	issuer *auth.Issuer
}

func (s *service) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := s.attempt(r)
	if errors.Is(err, errPin) && s.note.read() == nil { // the certificate was replaced since the note was read, perhaps in this handshake
		return s.attempt(r)
	}
	return response, err
}

func (s *service) attempt(r *http.Request) (*http.Response, error) {
	to, err := url.Parse(s.note.URL)
	if err != nil {
		return nil, err
	}
	r = r.Clone(r.Context())
	if r.URL.Scheme, r.URL.Host = to.Scheme, to.Host; r.GetBody != nil {
		if r.Body, err = r.GetBody(); err != nil {
			return nil, err
		}
	}
	transport := &http.Transport{DisableKeepAlives: true} // and no proxy
	switch {
	case s.note.Certificate != "":
		transport.TLSClientConfig = pinned(s.note.Certificate)
	case s.issuer != nil:
		transport.DialContext = dialProven(s.issuer)
	}
	return transport.RoundTrip(r)
}

// CheckReady returns an error that tells why a service is not ready: the one at url, or if url is "" that of the data folder.
func CheckReady(ctx context.Context, dir, url string) error {
	note := &Note{URL: strings.TrimSuffix(url, "/"), dir: dir}
	if url == "" {
		switch err := note.read(); {
		case errors.Is(err, os.ErrNotExist):
			return fmt.Errorf("%w on %s", ErrNotRunning, dir)
		case err != nil:
			return fmt.Errorf("what the service of %s says of itself cannot be read: %w", dir, err)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	var answer struct {
		Status string
		Checks httpapi.Checks
	}
	status, err := exchange(ctx, &service{note, nil}, "GET", note.URL+"/readyz", &answer)
	switch {
	case err != nil:
		return fmt.Errorf("no service answers at %s: %w", note.URL, err)
	case answer.Status == "":
		return fmt.Errorf("what answers at %s is not crm", note.URL)
	case status != http.StatusOK:
		return fmt.Errorf("the service at %s is not ready: its store is %s and its schema is %s", note.URL, answer.Checks.Store, answer.Checks.Schema)
	}
	return nil
}

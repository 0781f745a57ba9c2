package httpapi

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"crm/auth"
	"crm/httpapi/wire"
	"crm/store"
)

// localName is the file in the data folder that says where its service listens.
const localName = "server.json"

// ErrNoService is returned by FindLocal when the folder is in use and no service answers for it.
var ErrNoService = errors.New("the data folder is in use, but no service answers for it: wait until it has started, or stop the program that uses the folder")

// A Local is the service that has a data folder open, as another program on the same machine finds it.
type Local struct {
	URL         string `json:"address"`
	PID         int    `json:"pid"`
	Backups     string `json:"backups"`               // the folder where it keeps them
	Certificate string `json:"certificate,omitempty"` // the SHA-256 sum of the one in use, without TLS empty

	Actor  string `json:"-"` // whom the change log names, such as "crm user add"; the request when empty
	issuer *auth.Issuer
	dir    string
	health healthResponse
}

// Lag is whether lists and searches answer, and how many customers searches find by scanning.
func (l *Local) Lag() (lag int, ready bool) { return l.health.Lag, l.health.Status == healthy }

// Announce notes in the data folder where its service listens, where it keeps backups, and which certificate it has, nil
// for none. remove takes the note away.
func Announce(dir, url, backups string, certificate *Certificate) (remove func() error, err error) {
	if backups, err = filepath.Abs(backups); err != nil {
		return nil, err
	}
	note := &Local{URL: url, PID: os.Getpid(), Backups: backups, dir: dir}
	if certificate != nil {
		return certificate.announce(note)
	}
	return note.remove, note.write()
}

// announce keeps the certificate's sum in a note until it is removed.
func (c *Certificate) announce(note *Local) (remove func() error, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changed = func() error {
		note.Certificate = c.pin()
		return note.write()
	}
	return func() error {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.changed = nil
		return note.remove()
	}, c.changed()
}

func (l *Local) path() string { return filepath.Join(l.dir, localName) }

func (l *Local) remove() error { return os.Remove(l.path()) }

// write puts the note in place by a rename, for others may be reading it.
func (l *Local) write() error {
	raw, err := store.Encode(l)
	if err != nil {
		return err
	}
	if err := os.WriteFile(l.path()+".new", append(raw, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(l.path()+".new", l.path())
}

// LocalBackups is where the service of a data folder keeps its backups, empty when none runs.
func LocalBackups(dir string) string {
	l := Local{dir: dir}
	if l.read() != nil {
		return ""
	}
	return l.Backups
}

// read reads the note again.
func (l *Local) read() error {
	raw, err := os.ReadFile(l.path())
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, l)
}

// FindLocal finds the service of a data folder. The issuer has the folder's key; nil will do for what needs no token.
func FindLocal(ctx context.Context, dir string, issuer *auth.Issuer) (*Local, error) {
	l := &Local{issuer: issuer, dir: dir}
	if l.read() != nil {
		return nil, ErrNoService
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if _, err := l.send(ctx, "GET", "/health", "", nil, &l.health); err != nil || l.health.Service != serviceName {
		return nil, ErrNoService // the note of a program that is gone, and perhaps another one at its address
	}
	return l, nil
}

// Call sends a request with a token for one permission, and reads the answer's JSON into answer. A refusal is an error
// with its detail.
func (l *Local) Call(ctx context.Context, permission, method, path string, body, answer any) error {
	subject := cmp.Or(l.Actor, "crm "+method+" "+path)
	token, err := l.issuer.Issue(auth.Claims{Subject: subject, Permissions: []string{permission}}, store.Now(), time.Minute)
	if err != nil {
		return err
	}
	raw, err := store.Encode(body)
	if err != nil {
		return err
	}
	_, err = l.send(ctx, method, base+path, token, raw, answer)
	return err
}

// send returns the status of the answer. With a token, one of 400 and more is an error.
func (l *Local) send(ctx context.Context, method, path, token string, body []byte, answer any) (status int, err error) {
	response, err := l.exchange(ctx, method, path, token, body)
	if errors.Is(err, errPin) && l.read() == nil { // exchanged since the note was read, perhaps by this very handshake
		response, err = l.exchange(ctx, method, path, token, body)
	}
	if err != nil {
		return 0, err
	}
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, err
	}
	if response.StatusCode >= 400 && token != "" {
		return 0, problemError(response.StatusCode, raw)
	}
	return response.StatusCode, json.Unmarshal(raw, answer)
}

func (l *Local) exchange(ctx context.Context, method, path, token string, body []byte) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, method, l.URL+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if r.Header.Set("Content-Type", "application/json"); token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	transport := &http.Transport{DisableKeepAlives: true} // and no proxy
	if l.Certificate != "" {
		transport.TLSClientConfig = pinned(l.Certificate)
	}
	return (&http.Client{Transport: transport}).Do(r)
}

// CheckReady returns why the service of a data folder, or the one at url when that is not empty, is not ready.
func CheckReady(ctx context.Context, dir, url string) error {
	l := &Local{URL: strings.TrimSuffix(url, "/"), dir: dir}
	if url == "" {
		switch err := l.read(); {
		case errors.Is(err, os.ErrNotExist):
			return fmt.Errorf("no service runs on %s: start it with crm serve, or name another one with --data or --url", dir)
		case err != nil:
			return fmt.Errorf("what the service of %s says of itself cannot be read: %w", dir, err)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	var answer struct {
		Status string
		Checks checks
	}
	status, err := l.send(ctx, "GET", "/readyz", "", nil, &answer)
	switch {
	case err != nil:
		return fmt.Errorf("no service answers at %s: %w", l.URL, err)
	case answer.Status == "":
		return fmt.Errorf("what answers at %s is no crm", l.URL)
	case status != http.StatusOK:
		return fmt.Errorf("the service at %s is not ready: its store is %s and its schema is %s", l.URL, answer.Checks.Store, answer.Checks.Schema)
	}
	return nil
}

// problemError is a problem document as one sentence.
func problemError(status int, raw []byte) error {
	var p wire.Problem
	if err := json.Unmarshal(raw, &p); err != nil {
		return fmt.Errorf("the service answered with status %d", status)
	}
	if len(p.Errors) > 0 {
		return fmt.Errorf("the service refused: %s", p.Errors[0].Msg)
	}
	return fmt.Errorf("the service refused: %s", p.Detail)
}

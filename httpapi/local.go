package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"crm/auth"
	"crm/store"
)

// localName is the file in the data folder that says where its service listens.
const localName = "server.json"

// ErrNoService is returned by FindLocal when the folder is in use and no service answers for it.
var ErrNoService = errors.New("the data folder is in use, but no service answers for it: wait until it has started, or stop the program that uses the folder")

// A Local is the service that has a data folder open, as another program on the same machine finds it.
type Local struct {
	URL     string `json:"address"`
	PID     int    `json:"pid"`
	Backups string `json:"backups"` // the folder where it keeps them
	issuer  *auth.Issuer
	health  healthResponse
}

// Lag is whether lists and searches answer, and how many customers searches find by scanning.
func (l *Local) Lag() (lag int, ready bool) { return l.health.Lag, l.health.Status == healthy }

// Announce notes in the data folder where its service listens, and where it keeps backups. remove takes the note away.
func Announce(dir, url, backups string) (remove func() error, err error) {
	if backups, err = filepath.Abs(backups); err != nil {
		return nil, err
	}
	raw, err := store.Encode(Local{URL: url, PID: os.Getpid(), Backups: backups})
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, localName)
	return func() error { return os.Remove(path) }, os.WriteFile(path, append(raw, '\n'), 0o600)
}

// LocalBackups is where the service of a data folder keeps its backups, empty when none runs.
func LocalBackups(dir string) string {
	var l Local
	raw, err := os.ReadFile(filepath.Join(dir, localName))
	if err != nil || json.Unmarshal(raw, &l) != nil {
		return ""
	}
	return l.Backups
}

// FindLocal finds the service of a data folder. The issuer has the folder's key.
func FindLocal(ctx context.Context, dir string, issuer *auth.Issuer) (*Local, error) {
	raw, err := os.ReadFile(filepath.Join(dir, localName))
	if err != nil {
		return nil, ErrNoService
	}
	l := &Local{issuer: issuer}
	if err := json.Unmarshal(raw, l); err != nil {
		return nil, ErrNoService
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if l.send(ctx, "GET", "/health", "", nil, &l.health) != nil || l.health.Service != serviceName {
		return nil, ErrNoService // the note of a program that is gone, and perhaps another one at its address
	}
	return l, nil
}

// Call sends a request with a token for one permission, and reads the answer's JSON into answer. A refusal is an error
// with its detail.
func (l *Local) Call(ctx context.Context, permission, method, path string, body, answer any) error {
	token, err := l.issuer.Issue(auth.Claims{Subject: "crm " + method + " " + path, Permissions: []string{permission}}, time.Now(), time.Minute)
	if err != nil {
		return err
	}
	raw, err := store.Encode(body)
	if err != nil {
		return err
	}
	return l.send(ctx, method, base+path, token, raw, answer)
}

func (l *Local) send(ctx context.Context, method, path, token string, body []byte, answer any) error {
	r, err := http.NewRequestWithContext(ctx, method, l.URL+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	if r.Header.Set("Content-Type", "application/json"); token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // and no proxy
	response, err := client.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode >= 400 && token != "" {
		return problemError(response.StatusCode, raw)
	}
	return json.Unmarshal(raw, answer)
}

// problemError is a problem document as one sentence.
func problemError(status int, raw []byte) error {
	var p problem
	if err := json.Unmarshal(raw, &p); err != nil {
		return fmt.Errorf("the service answered with status %d", status)
	}
	if len(p.Errors) > 0 {
		return fmt.Errorf("the service refused: %s", p.Errors[0].Msg)
	}
	return fmt.Errorf("the service refused: %s", p.Detail)
}

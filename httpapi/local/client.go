package local

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"time"

	"crm/auth"
	"crm/httpapi"
	"crm/store"
	"crm/store/backup"
)

// An Access is what a command does with a folder that no service has open.
type Access int

const (
	Read   Access = iota // changes nothing in the folder; an older schema is migrated in a copy
	ReadAs               // like Read, but an older schema is read as it is
	Write                // the folder must have data
	Create               // like Write, and creates a database in a folder without one
)

// A Folder is a data folder, and how a command uses it.
type Folder struct {
	Dir      string
	Actor    string // the author in the change log, such as "crm user add"
	Access   Access
	Version  string               // of the program
	Upgraded func(backup.Upgrade) // called after Write or Create has migrated the database to a newer schema
}

// A Client sends the requests of one command to the API of a data folder.
type Client struct {
	transport http.RoundTripper
	actor     string
	issuer    *auth.Issuer // signs tokens that the API accepts
	inner     *inProcess   // the API in this process; nil if requests go to a service
	note      *Note        // of the service, or nil
	health    httpapi.Health
}

// Open opens the folder's store and the API over it. If a service has the folder open, it returns a client of the service, even if
// somebody has deleted the database meanwhile. It returns ErrNoData for a folder without data, unless access is Create.
func Open(ctx context.Context, folder Folder) (*Client, error) {
	c, err := openHere(folder)
	noDatabase := errors.Is(err, ErrNoData) || errors.Is(err, store.ErrLost)
	if !noDatabase && !errors.Is(err, store.ErrLocked) {
		return c, err
	}
	service, notFound := FindService(ctx, folder.Dir, folder.Actor)
	if notFound != nil && noDatabase {
		return nil, err
	}
	return service, notFound
}

// URL returns the address of the service, or "" if none runs.
func (c *Client) URL() string {
	if c.note == nil {
		return ""
	}
	return c.note.URL
}

// Lag returns how many customers the service's searches find by scanning, and whether its lists and searches answer.
func (c *Client) Lag() (lag int, ready bool) { return c.health.Lag, c.health.Status == httpapi.Healthy }

// Close closes the store if this process has it open.
func (c *Client) Close() error {
	if c.inner == nil {
		return nil
	}
	return c.inner.store.Close()
}

// A RefusedError is returned for a request that breaks a rule.
type RefusedError struct {
	Status  int
	Detail  string
	Service bool // whether the request was sent to a service
}

func (e *RefusedError) Error() string {
	if e.Service {
		return "the service refused: " + e.Detail
	}
	return e.Detail
}

// call sends a request with a token for one permission, and reads the answer's JSON into answer.
func (c *Client) call(ctx context.Context, permission, method, path string, body, answer any) error {
	token, err := c.issuer.Issue(auth.Claims{Subject: c.actor, Permissions: []string{permission}}, store.Now(), time.Minute)
	if err != nil {
		return err
	}
	raw, err := store.Encode(body)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, method, cmp.Or(c.URL(), "http://in-process")+path, bytes.NewReader(raw))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+token)
	status, raw, err := send(c.transport, r)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return err
	case status >= 400:
		return c.refusal(status, raw)
	}
	return json.Unmarshal(raw, answer)
}

// refusal returns the error for an answer. For the API in this process it is the original error, which the answer does not contain.
func (c *Client) refusal(status int, raw []byte) error {
	if c.inner != nil && status >= 500 && c.inner.cause != nil {
		return c.inner.cause
	}
	var problem struct {
		Detail string
		Errors []struct{ Msg string }
	}
	err := &RefusedError{Status: status, Service: c.inner == nil}
	switch {
	case json.Unmarshal(raw, &problem) != nil || problem.Detail == "":
		err.Detail = fmt.Sprintf("status %d", status)
	case len(problem.Errors) > 0:
		err.Detail = problem.Errors[0].Msg
	default:
		err.Detail = problem.Detail
	}
	return err
}

// exchange sends a request that needs no token, and reads the answer's JSON whatever its status.
func exchange(ctx context.Context, transport http.RoundTripper, method, url string, answer any) (status int, err error) {
	r, err := http.NewRequestWithContext(ctx, method, url, nil)
	if err != nil {
		return 0, err
	}
	status, raw, err := send(transport, r)
	if err != nil {
		return 0, err
	}
	return status, json.Unmarshal(raw, answer)
}

func send(transport http.RoundTripper, r *http.Request) (status int, body []byte, err error) {
	r.Header.Set("Content-Type", "application/json")
	response, err := (&http.Client{Transport: transport}).Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = response.Body.Close() }()
	body, err = io.ReadAll(response.Body)
	return response.StatusCode, body, err
}

// IndexDir returns the folder of the saved index in a data folder.
func IndexDir(dir string) string { return filepath.Join(dir, store.IndexName) }

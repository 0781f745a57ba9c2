package local

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"

	"crm/auth"
	"crm/httpapi"
	"crm/index"
	"crm/store"
	"crm/store/backup"
)

// openHere opens the folder's store and an API over it. The API trusts a key that only this process has.
func openHere(folder Folder) (*Client, error) {
	st, err := openStore(folder)
	if err != nil {
		return nil, err
	}
	issuer, err := auth.NewIssuer(auth.NewKey())
	if err != nil {
		return nil, errors.Join(err, st.Close())
	}
	inner := &inProcess{store: st}
	inner.api, err = httpapi.New(httpapi.Config{
		Store: st, Issuer: issuer, Verifier: auth.NewVerifier(issuer, store.Now), Version: folder.Version, Log: slog.New(causes{inner}),
		Index:   index.New(st, IndexDir(folder.Dir), index.Options{}), // not started, because no request of a command needs it
		Backups: &backup.Schedule{Store: st, Avoid: IndexDir(folder.Dir), Version: folder.Version},
	})
	if err != nil {
		return nil, errors.Join(err, st.Close())
	}
	return &Client{transport: inner, actor: folder.Actor, issuer: issuer, inner: inner}, nil
}

func openStore(folder Folder) (*store.Store, error) {
	switch folder.Access {
	case Create:
		return store.Open(folder.Dir, backup.BeforeMigration(folder.Version, folder.Upgraded))
	case ReadAs:
		return OpenReadOnly(folder.Dir, store.KeepSchema())
	case Read:
		return OpenReadOnly(folder.Dir)
	}
	if err := HasData(folder.Dir); err != nil {
		return nil, err
	}
	return store.Open(folder.Dir, backup.BeforeMigration(folder.Version, folder.Upgraded))
}

// An inProcess is a transport to an API in this process. It sends one request at a time.
type inProcess struct {
	store *store.Store
	api   *httpapi.API
	cause error // of the last request that failed
}

func (p *inProcess) RoundTrip(r *http.Request) (response *http.Response, err error) {
	w := &answer{header: http.Header{}, status: http.StatusOK}
	defer func() {
		switch v := recover(); v {
		case nil:
		case http.ErrAbortHandler: // the answer was cut off
			response, err = nil, io.ErrUnexpectedEOF
		default:
			panic(v)
		}
	}()
	p.cause = nil
	p.api.ServeHTTP(w, r)
	return &http.Response{StatusCode: w.status, Header: w.header, Body: io.NopCloser(&w.body), Request: r}, nil
}

// An answer is a response in memory.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *answer) Header() http.Header         { return w.header }
func (w *answer) WriteHeader(status int)      { w.status = status }
func (w *answer) Write(b []byte) (int, error) { return w.body.Write(b) }

// causes is the log handler of an API in this process. It keeps the error of the last request that failed.
type causes struct{ p *inProcess }

func (c causes) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelError }

func (c causes) Handle(_ context.Context, line slog.Record) error {
	line.Attrs(func(a slog.Attr) bool {
		if err, ok := a.Value.Any().(error); ok {
			c.p.cause = err
		}
		return true
	})
	return nil
}

func (c causes) WithAttrs([]slog.Attr) slog.Handler { return c }
func (c causes) WithGroup(string) slog.Handler      { return c }

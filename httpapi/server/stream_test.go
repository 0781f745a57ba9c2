package server

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"crm/auth"
	"crm/httpapi"
	"crm/index"
	"crm/store"
	"crm/store/backup"
)

// A pipe is a listener with one connection, whose deadlines follow the clock of a synctest bubble.
type pipe struct {
	accept chan net.Conn
	closed context.Context
	close  func()
}

func newPipe() (*pipe, net.Conn) {
	client, service := net.Pipe()
	p := &pipe{accept: make(chan net.Conn, 1)}
	p.closed, p.close = context.WithCancel(context.Background())
	p.accept <- service
	return p, client
}

func (p *pipe) Accept() (net.Conn, error) {
	select {
	case c := <-p.accept:
		return c, nil
	case <-p.closed.Done():
		return nil, net.ErrClosed
	}
}

func (p *pipe) Close() error   { p.close(); return nil }
func (p *pipe) Addr() net.Addr { return &net.TCPAddr{} }

// TestStreamOutlivesDeadlines listens for longer than the server lets any request take. The stream still tells of a change then, and
// ends when the service does. The first backup is due meanwhile, and fails.
func TestStreamOutlivesDeadlines(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		api, token := apiOver(t, dir, ctx.Done())
		listener, client := newPipe()
		ended := make(chan error, 1)
		go api.Backups.Run(ctx)
		go func() { ended <- answer(ctx, listener, api, nil, slog.New(slog.DiscardHandler)) }()
		if _, err := fmt.Fprintf(client, "GET /api/v1/events HTTP/1.1\r\nHost: crm\r\nAuthorization: Bearer %s\r\n\r\n", token); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(client)
		until := func(want string) {
			t.Helper()
			for lines.Scan() {
				if strings.Contains(lines.Text(), want) {
					return
				}
			}
			t.Fatalf("the stream ended before %q: %v", want, lines.Err())
		}
		for opened := time.Now(); time.Since(opened) <= 3*time.Minute; {
			until(": ping")
		}
		create := func(tx *store.Tx) error {
			return tx.CreateUser(&store.User{Email: "fatima@example.com", PasswordHash: "none", Roles: []string{"viewer"}}, nil)
		}
		if _, err := api.Store.Update(store.By{Actor: "test"}, create); err != nil {
			t.Error(err)
			stop()
		}
		until("event: change")
		if api.Backups.Failed() == nil {
			t.Error("the backup that was due meanwhile has not failed")
		}
		stop()
		for lines.Scan() {
			if strings.Contains(lines.Text(), "event") {
				t.Errorf("after the end: %q", lines.Text())
			}
		}
		if err := lines.Err(); err != nil {
			t.Errorf("the stream broke: %v", err)
		}
		_ = client.Close()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// apiOver returns the API over a new store in a folder, and a token that allows everything.
func apiOver(t *testing.T, dir string, stopping <-chan struct{}) (*httpapi.API, string) {
	t.Helper()
	st, err := store.Open(dir, store.WithClock(time.Now))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	issuer, err := auth.NewIssuer(bytes.Repeat([]byte("k"), 32))
	if err != nil {
		t.Fatal(err)
	}
	backups := &backup.Schedule{Store: st, Dir: filepath.Join(dir, "not mounted", "backups"), Every: 24 * time.Hour, Log: slog.New(slog.DiscardHandler)}
	api, err := httpapi.New(httpapi.Config{
		Store: st, Backups: backups, Index: index.New(st, dir, index.Options{}), Issuer: issuer,
		Verifier: auth.NewVerifier(issuer, time.Now), Clock: time.Now, Stopping: stopping,
	})
	if err != nil {
		t.Fatal(err)
	}
	token, err := issuer.Issue(auth.Claims{Subject: "01890a5d-ac96-774b-bcce-b302099a8057", Permissions: []string{"*:*:*"}}, time.Now(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return api, token
}

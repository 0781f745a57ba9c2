package local

import (
	"bufio"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"crm/auth"
	"crm/httpapi"
)

// dialProven connects to a service and lets it prove that it has the folder's key before anything else is sent: after a crash, another
// program may listen at the address that the service has left in its folder.
func dialProven(issuer *auth.Issuer) func(ctx context.Context, network, address string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		if err := prove(conn, issuer); err != nil {
			return nil, fmt.Errorf("%w: %w; %w", ErrNoService, err, conn.Close())
		}
		return conn, nil
	}
}

// prove sends a challenge over a new connection. It returns an error when what answers does not have the issuer's key.
func prove(conn net.Conn, issuer *auth.Issuer) error {
	if err := conn.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		return err
	}
	r, err := http.NewRequest(http.MethodGet, "http://"+conn.RemoteAddr().String()+"/livez", nil)
	if err != nil {
		return err
	}
	challenge := rand.Text()
	r.Header.Set(httpapi.ChallengeHeader, challenge)
	if err := r.Write(conn); err != nil {
		return err
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), r) // reads no more than the answer: the service sends no other unasked
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	_, err = io.Copy(io.Discard, io.LimitReader(response.Body, 64<<10))
	if !issuer.Proves(challenge, response.Header.Get(httpapi.ProofHeader)) {
		return errProof
	}
	if err != nil {
		return err
	}
	return conn.SetDeadline(time.Time{})
}

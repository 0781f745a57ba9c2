package httpapi

import (
	"context"
	"errors"
	"net/http"
	"time"

	"crm/store"
)

const (
	// ServiceName is the name of the service in /health and at the API's root.
	ServiceName = "crm"
	// Healthy is the status of /health as soon as lists and searches work.
	Healthy = "healthy"
)

// Health is the answer of /health.
type Health struct {
	Status  string `json:"status"`
	Service string `json:"service"`
	Version string `json:"version"`
	Lag     int    `json:"search_lag"` // customers that searches find by scanning
}

// health answers 200 as soon as lists and searches work.
func (a *API) health(c *call) error {
	state, status := Healthy, http.StatusOK
	if !a.Index.Ready() {
		state, status = "starting", http.StatusServiceUnavailable
		c.retryAfter(time.Second)
	}
	lag, _, _ := a.Index.Lag()
	raw, err := store.Encode(Health{state, ServiceName, a.Version, lag})
	if err != nil {
		return err
	}
	return c.send(status, raw)
}

// readiness is the answer of /livez and /readyz.
type readiness struct {
	Status string `json:"status"`
	Checks any    `json:"checks"`
}

// The results of checks.
const (
	StateOK          = "ok"
	StateUnavailable = "unavailable" // a part does not work, so the service is not ready
	StateFull        = "full"        // the disk: the last commit found no room
	StateFailing     = "failing"     // the last commit did not reach the disk, or reads fail
	StateStuck       = "stuck"       // a commit has not ended for StuckAfter
	StateOld         = "old"         // the file has another schema than the program
	StateLoading     = "loading"     // lists and searches do not answer yet
	StateBehind      = "behind"      // the index does not keep up with the writes
)

// Checks has the states of the parts that /readyz checks.
type Checks struct {
	Store  string `json:"store"`
	Schema string `json:"schema"`
	Index  string `json:"index"`
}

// ready reports whether requests can be carried out. It ignores the index, without which records can be read and written.
func (c Checks) ready() bool { return c.Store == StateOK && c.Schema == StateOK }

const (
	// StuckAfter is how long a commit may take until the service is not ready.
	StuckAfter = 10 * time.Second
	// catchUp is how long the index may take to apply what was committed before the check.
	catchUp = 100 * time.Millisecond
)

// A command on this machine sends a challenge before it sends a token: the answer shows that the service has the folder's key.
const (
	ChallengeHeader = "Crm-Challenge" // up to 64 characters
	ProofHeader     = "Crm-Proof"     // see auth.Issuer's Prove
)

// livez shows that the process answers, and proves to a command that it has the folder's key.
func (a *API) livez(c *call) error {
	if challenge := c.r.Header.Get(ChallengeHeader); challenge != "" && len(challenge) <= 64 {
		c.w.Header().Set(ProofHeader, a.Issuer.Prove(challenge))
	}
	return c.respond(readiness{StateOK, struct{}{}})
}

// readyz answers 200 if the store accepts writes. It is fast enough for load balancers that ask every second.
func (a *API) readyz(c *call) error {
	checks := a.checks(c.r.Context())
	answer, status := readiness{StateOK, checks}, http.StatusOK
	if !checks.ready() {
		answer.Status, status = StateUnavailable, http.StatusServiceUnavailable
		c.retryAfter(5 * time.Second)
	}
	raw, err := store.Encode(answer)
	if err != nil {
		return err
	}
	return c.send(status, raw)
}

func (a *API) checks(ctx context.Context) Checks {
	found := Checks{Store: a.StoreState(), Schema: StateOK, Index: a.indexState(ctx)}
	schema := 0
	switch err := a.Store.View(func(tx *store.Tx) error { schema = tx.Schema(); return nil }); {
	case err != nil:
		found.Store = StateFailing
	case schema != store.Schema():
		found.Schema = StateOld
	}
	return found
}

// StoreState reports whether changes can be saved.
func (a *API) StoreState() string {
	if a.Store.Committing() > StuckAfter { // Writable might wait for this commit
		return StateStuck
	}
	switch err := a.Store.Writable(); {
	case errors.Is(err, store.ErrFull):
		return StateFull
	case err != nil:
		return StateFailing
	}
	return StateOK
}

func (a *API) indexState(ctx context.Context) string {
	if !a.Index.Ready() {
		return StateLoading
	}
	ctx, cancel := context.WithTimeout(ctx, catchUp)
	defer cancel()
	if a.Index.Wait(ctx, a.Store.Seq()) != nil {
		return StateBehind
	}
	return StateOK
}

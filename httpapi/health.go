package httpapi

import (
	"context"
	"errors"
	"net/http"
	"time"

	"crm/store"
)

const (
	serviceName = "crm"
	healthy     = "healthy"
)

type healthResponse struct {
	Status  string `json:"status"`
	Service string `json:"service"`
	Version string `json:"version"`
	Lag     int    `json:"search_lag"` // customers that searches find by scanning
}

// health answers 200 once lists and searches work.
func (a *API) health(c *call) error {
	state, status := healthy, http.StatusOK
	if !a.Index.Ready() {
		state, status = "starting", http.StatusServiceUnavailable
		c.retryAfter(time.Second)
	}
	lag, _, _ := a.Index.Lag()
	raw, err := store.Encode(healthResponse{state, serviceName, a.Version, lag})
	if err != nil {
		return err
	}
	return c.send(status, raw)
}

// readiness is the answer of /livez and /readyz: ok, or what keeps the service from its work.
type readiness struct {
	Status string `json:"status"`
	Checks any    `json:"checks"`
}

// The results of checks.
const (
	stateOK          = "ok"
	stateUnavailable = "unavailable" // as a whole
	stateFull        = "full"        // the disk: the last commit found no room
	stateFailing     = "failing"     // the last commit did not reach the disk, or reads fail
	stateStuck       = "stuck"       // a commit has not ended for stuckAfter
	stateOld         = "old"         // the file has another schema than the program
	stateLoading     = "loading"     // lists and searches do not answer yet
	stateBehind      = "behind"      // the index does not keep up with the writes
)

type checks struct {
	Store  string `json:"store"`
	Schema string `json:"schema"`
	Index  string `json:"index"`
}

// ready reports whether requests can be carried out. The index does not count: records are read and written without it.
func (c checks) ready() bool { return c.Store == stateOK && c.Schema == stateOK }

const (
	// stuckAfter is how long a commit may take until the service is not ready.
	stuckAfter = 10 * time.Second
	// catchUp is how long the index may take to apply what was committed before the check.
	catchUp = 100 * time.Millisecond
)

// livez shows that the process answers.
func (a *API) livez(c *call) error { return c.respond(readiness{stateOK, struct{}{}}) }

// readyz shows whether the store accepts writes. It is cheap enough for load balancers that ask every second.
func (a *API) readyz(c *call) error {
	checks := a.checks(c.r.Context())
	answer, status := readiness{stateOK, checks}, http.StatusOK
	if !checks.ready() {
		answer.Status, status = stateUnavailable, http.StatusServiceUnavailable
		c.retryAfter(5 * time.Second)
	}
	raw, err := store.Encode(answer)
	if err != nil {
		return err
	}
	return c.send(status, raw)
}

func (a *API) checks(ctx context.Context) checks {
	found := checks{Store: a.storeState(), Schema: stateOK, Index: a.indexState(ctx)}
	schema := 0
	switch err := a.Store.View(func(tx *store.Tx) error { schema = tx.Schema(); return nil }); {
	case err != nil:
		found.Store = stateFailing
	case schema != store.Schema():
		found.Schema = stateOld
	}
	return found
}

func (a *API) storeState() string {
	if a.Store.Committing() > stuckAfter { // and so would be a write that tries it
		return stateStuck
	}
	switch err := a.Store.Writable(); {
	case errors.Is(err, store.ErrFull):
		return stateFull
	case err != nil:
		return stateFailing
	}
	return stateOK
}

func (a *API) indexState(ctx context.Context) string {
	if !a.Index.Ready() {
		return stateLoading
	}
	ctx, cancel := context.WithTimeout(ctx, catchUp)
	defer cancel()
	if a.Index.Wait(ctx, a.Store.Seq()) != nil {
		return stateBehind
	}
	return stateOK
}

package httpapi

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"testing"

	"crm/httpapi/wire"
	"crm/index"
)

// Only an index that is behind is reported as behind. A request whose client has gone is not a fault of the service; any other interrupted
// request is.
func TestCanceled(t *testing.T) {
	for name, test := range map[string]struct {
		err    error
		gone   bool
		status int
	}{
		"the index is behind":        {index.ErrBehind, false, http.StatusServiceUnavailable},
		"the client has gone":        {context.Canceled, true, wire.StatusClientGone},
		"something else was cut off": {context.Canceled, false, http.StatusInternalServerError},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			f := newFixture(t, withLog(&log))
			f.only(func(*API, *call) error { return errors.Join(errors.New("secret cause"), test.err) })
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if test.gone {
				cancel()
			}
			f.do(newRequest(t, "GET", "/api/v1/customers", nil).WithContext(ctx)).want(test.status)
			if line := lastLine(t, &log); (line["level"] == "ERROR") == test.gone {
				t.Errorf("log: got %v", line)
			}
		})
	}
}

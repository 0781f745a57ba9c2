package local_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"crm/httpapi"
	"crm/httpapi/crmtest"
	"crm/store"
)

// A service was killed, and another program listens at its address and answers as a service would. No command sends it a token or a
// password.
func TestImpostorGetsNothing(t *testing.T) {
	t.Parallel()
	dir := crmtest.Seeded(t)
	st, err := store.Open(dir) // the folder is in use
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	crmtest.Write(t, crmtest.KeyFile(dir), []byte(strings.Repeat("k", 32)))
	var asked atomic.Int64
	impostor := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1); r.URL.Path != "/livez" || r.Header.Get("Authorization") != "" {
			t.Errorf("the impostor got %s %s with Authorization %q", r.Method, r.URL, r.Header.Get("Authorization"))
		}
		w.Header().Set(httpapi.ProofHeader, strings.Repeat("0", 64))
		fmt.Fprintf(w, `{"status":"healthy","service":%q,"id":"%s"}`, httpapi.ServiceName, store.ID{})
	}))
	defer impostor.Close()
	crmtest.Write(t, filepath.Join(dir, "server.json"), fmt.Appendf(nil, `{"address":%q,"pid":1}`, impostor.URL))
	const password = "a password nobody guesses"
	crmtest.Refused(t, "no service answers", password, "user", "add", "new@example.com", "--data", dir)
	crmtest.Refused(t, "no service answers", "", "user", "list", "--data", dir)
	crmtest.Refused(t, "no service answers", "", "backup", "--data", dir)
	if asked.Load() == 0 {
		t.Error("nobody asked the impostor")
	}
}

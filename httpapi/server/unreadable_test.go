package server_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"crm/httpapi/crmtest"
	"crm/store"
	"crm/store/storetest"
)

// A record that cannot be read is named by the check, the log and doctor, and the service serves the others.
func TestServeWithUnreadable(t *testing.T) {
	dir := crmtest.Seeded(t)
	var id store.ID
	st, err := store.OpenReadOnly(dir)
	if err != nil {
		t.Fatal(err)
	}
	err = st.View(func(tx *store.Tx) error {
		for id = range tx.Customers(store.ID{}) {
			break
		}
		return nil
	})
	if err := errors.Join(err, st.Close()); err != nil {
		t.Fatal(err)
	}
	storetest.Put(t, dir, "customers", id[:], []byte("garbage"))
	if said, _ := crmtest.Failed(t, "check", "--data", dir); !strings.Contains(said, "customer "+id.String()+" cannot be read") {
		t.Errorf("check: got %q", said)
	}
	crmtest.Write(t, crmtest.IndexDir(dir)+"/facets", bytes.Repeat([]byte("x"), 100)) // the next start reads everything
	s := crmtest.Serve(t, dir)
	s.Healthy()
	token := crmtest.Token(t, dir)
	if got := s.Send(200, "GET", "/api/v1/status", token, ""); !strings.Contains(got.Text("unreadable"), id.String()) {
		t.Errorf("status: got %s", got.Text("unreadable"))
	}
	s.Send(200, "GET", "/api/v1/customers/", token, "")
	s.Send(500, "GET", "/api/v1/customers/"+id.String(), token, "")
	if said, _ := crmtest.Failed(t, "doctor", "--data", dir); !strings.Contains(said, "leaves out 1 record that cannot be read") {
		t.Errorf("doctor: got %q", said)
	}
	s.Stop()
	if log := s.Log.String(); !strings.Contains(log, id.String()) {
		t.Errorf("log: got %s", log)
	}
	crmtest.Must(t, "", "compact", "--data", dir)
}

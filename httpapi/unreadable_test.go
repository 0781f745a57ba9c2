package httpapi

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"crm/index"
	"crm/store"
	"crm/store/object"
	"crm/store/storetest"
)

// A pair that records the ids of one good and one bad record.
type pair struct{ good, bad store.ID }

// spoiledFixture returns a service over a store in which one record of each kind, and an entry of the log, cannot be read.
func spoiledFixture(t *testing.T, log *bytes.Buffer, garbage string) (f *fixture, ids map[store.Kind]pair, seq uint64) {
	t.Helper()
	ids = map[store.Kind]pair{}
	f = newFilled(t, func(f *fixture) error {
		for _, good := range []bool{true, false} {
			if err := addOfEach(f, ids, good); err != nil {
				return err
			}
		}
		seq = f.store.Seq() - 2
		if err := f.store.Close(); err != nil {
			return err
		}
		for kind, bucket := range map[store.Kind]string{
			store.KindCustomer: "customers", store.KindInteraction: "interactions", store.KindFeedback: "feedback", store.KindSegment: "segments", store.KindUser: "users",
		} {
			id := ids[kind].bad
			storetest.Put(t, f.dir, bucket, id[:], []byte(garbage))
		}
		storetest.Put(t, f.dir, "log", binary.BigEndian.AppendUint64(nil, seq), []byte(garbage))
		st, err := store.Open(f.dir, store.WithClock(f.clock), store.WithLog(slog.New(slog.NewJSONHandler(log, nil))))
		f.store = st
		return err
	})
	return f, ids, seq
}

// addOfEach creates a record of each kind; those about a customer are about the first.
func addOfEach(f *fixture, ids map[store.Kind]pair, good bool) error {
	name := map[bool]string{true: "good", false: "bad"}[good]
	c := store.Customer{FullName: &name, ContactType: "Individual", Email: name + "@example.com", Phone: "0612345678"}
	i := store.Interaction{Channel: "phone", Summary: name, Timestamp: store.Never}
	b := store.Feedback{ServiceType: "Tour", Rating: 5}
	s := store.Segment{Name: name, Criteria: store.Criteria{}, IsActive: true}
	u := store.User{Email: name + "@example.com", IsActive: true, Roles: []string{"admin"}}
	_, err := f.store.Update(store.By{Actor: "test"}, func(tx *store.Tx) error {
		if _, err := tx.CreateCustomer(&c, nil); err != nil {
			return err
		}
		i.CustomerID, b.CustomerID = c.ID, &c.ID
		if !good {
			i.CustomerID, b.CustomerID = ids[store.KindCustomer].good, new(ids[store.KindCustomer].good)
		}
		if _, err := tx.CreateInteraction(&i, nil); err != nil {
			return err
		}
		if _, err := tx.CreateFeedback(&b, nil); err != nil {
			return err
		}
		if err := tx.CreateSegment(&s, nil); err != nil {
			return err
		}
		return tx.CreateUser(&u, nil)
	})
	for kind, id := range map[store.Kind]store.ID{
		store.KindCustomer: c.ID, store.KindInteraction: i.ID, store.KindFeedback: b.ID, store.KindSegment: s.ID, store.KindUser: u.ID,
	} {
		p := ids[kind]
		if p.bad = id; good {
			p = pair{good: id}
		}
		ids[kind] = p
	}
	return err
}

// One record of each kind and an entry of the log cannot be read: everything else answers as without them.
func TestUnreadable(t *testing.T) {
	t.Parallel()
	for name, garbage := range map[string]string{"no JSON": "garbage", "cut off": `{"id":"0`, "another type": `{"id":7}`, "inside": `{"id":"x","a":{]}`} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			f, ids, seq := spoiledFixture(t, &log, garbage)
			for _, path := range []string{
				"/customers/", "/customers/?query=good", "/interactions/", "/interactions/?include=customers", "/feedback/", "/feedback/?include=customers", "/segments/", "/users/",
			} {
				got := f.send("GET", "/api/v1"+path, nil).want(http.StatusOK)
				if got.num("total") != 1 || len(got.get("items").([]any)) != 1 {
					t.Errorf("%s: got %s", path, got.body)
				}
			}
			good := ids[store.KindCustomer].good.String()
			for _, path := range []string{
				"/customers/export.csv", "/feedback/export.csv", "/customers/values", "/interactions/stats", "/feedback/stats", "/audit/", "/customers/" + good + "/history",
				"/customers/" + good + "/summary", "/customers/" + good + "/export", "/customers/" + good + "/segments", "/segments/" + ids[store.KindSegment].good.String() + "/customers",
				"/interactions/customer/" + good, "/feedback/customer/" + good, "/status", "/backups/",
			} {
				got := f.send("GET", "/api/v1"+path, nil).want(http.StatusOK)
				if bytes.Contains(got.body, []byte("garbage")) {
					t.Errorf("%s: got %s", path, got.body)
				}
			}
			for kind, path := range map[store.Kind]string{
				store.KindCustomer: "/customers/", store.KindInteraction: "/interactions/", store.KindFeedback: "/feedback/", store.KindSegment: "/segments/", store.KindUser: "/users/",
			} {
				f.send("GET", "/api/v1"+path+ids[kind].good.String(), nil).want(http.StatusOK)
				got := f.send("GET", "/api/v1"+path+ids[kind].bad.String(), nil).wantProblem(http.StatusInternalServerError, "Internal server error")
				if got.str("errors.0.type") != "unreadable" {
					t.Errorf("%s: got %s", path, got.body)
				}
			}
			f.send("POST", "/api/v1/segments/recalculate", nil).want(http.StatusOK)
			f.send("POST", "/api/v1/customers/", ahmed()).want(http.StatusCreated)
			f.send("PUT", "/api/v1/customers/"+good, map[string]any{"notes": "still here"}).want(http.StatusOK)
			if _, err := f.api.Backups.Make(context.Background(), store.By{}, ""); err != nil {
				t.Errorf("backup: %v", err)
			}
			if err := f.store.Survey(t.Context()); err != nil {
				t.Error(err)
			}
			status := f.send("GET", "/api/v1/status", nil).want(http.StatusOK)
			if status.num("unreadable.count") != 6 {
				t.Errorf("status: got %s", status.body)
			}
			for kind, p := range ids {
				if id := p.bad.String(); !bytes.Contains(status.body, []byte(id)) || !strings.Contains(log.String(), id) {
					t.Errorf("%s %s is named in status: %s, log: %s", kind, id, status.body, &log)
				}
			}
			raw, _ := json.Marshal(map[string]any{"kind": "change", "id": nil, "seq": seq})
			if want := `{"kind":"change","id":null,"seq":`; !bytes.Contains(status.body, []byte(want)) {
				t.Errorf("%s is not in %s", raw, status.body)
			}
		})
	}
}

// A stream that would continue at an unreadable entry of the log begins with a reset.
func TestUnreadableEvent(t *testing.T) {
	f, _, seq := spoiledFixture(t, new(bytes.Buffer), "garbage")
	r := newRequest(t, "GET", "/api/v1/events", nil)
	r.Header.Set("Authorization", "Bearer "+f.token)
	r.Header.Set("Last-Event-ID", "1")
	if got := f.do(r).want(http.StatusOK); !bytes.Contains(got.body, []byte("event: reset")) {
		t.Errorf("change %d cannot be read: got %s", seq, got.body)
	}
}

// A record that is damaged after the lists were made, as while the service was stopped, does not break them.
func TestUnreadableBehindTheIndex(t *testing.T) {
	f := newFixture(t)
	ids := map[store.Kind]pair{}
	for _, good := range []bool{true, false} {
		if err := addOfEach(f, ids, good); err != nil {
			t.Fatal(err)
		}
	}
	f.send("GET", "/api/v1/customers/", nil).want(http.StatusOK) // waits for the index
	if err := f.store.Close(); err != nil {
		t.Fatal(err)
	}
	bad := ids[store.KindCustomer].bad
	storetest.Put(t, f.dir, "customers", bad[:], []byte(`{"id":"0`))
	st, err := store.Open(f.dir, store.WithClock(f.clock))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	f.api.Store = st
	for _, path := range []string{"/customers/?query=good", "/customers/export.csv"} {
		f.send("GET", "/api/v1"+path, nil).want(http.StatusOK)
	}
	page, err := f.index.Customers(index.CustomerQuery{Slice: index.Slice{Limit: index.All}})
	if err != nil || page.Total != 2 {
		t.Fatalf("the index has %d customers, %v", page.Total, err)
	}
	o, err := f.api.appendRows(&call{r: newRequest(t, "GET", "/", nil)}, object.New(0), "rows", page.IDs, (*store.Tx).CustomerJSON)
	var rows struct{ Rows []store.Customer }
	if err != nil || json.Unmarshal(o.End(), &rows) != nil || len(rows.Rows) != 1 {
		t.Errorf("got %s, %v", o, err)
	}
}

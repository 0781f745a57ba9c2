package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"crm/index"
	"crm/store"
)

// marked returns a body for every route: each of its texts could be somebody's, and has a word that nothing else has.
func marked() map[string]any {
	return map[string]any{
		"full_name": "Qqz Name", "company_name": "Qqz Company", "contact_type": "Individual", "email": "qqz@example.com", "phone": "+212699887766",
		"nationality": "Qqz Nation", "region": "Qqz Town", "preferred_language": "Qqz", "tags": []string{"Qqz tag"}, "notes": "Qqz notes",
		"channel": "phone", "subject": "Qqz subject", "summary": "Qqz summary", "service_type": "Tour", "rating": 1, "comments": "Qqz comments",
		"resolved": true, "resolution_notes": "Qqz resolved", "name": "Qqz segment", "description": "Qqz description", "criteria": only("tags", "Qqz tag"),
		"password": "Qqz correct horse", "current_password": staffPassword, "new_password": "Qqz battery staple", "refresh_token": "Qqz-refresh", "roles": []string{"agent"},
	}
}

// Valid and invalid requests to every route carry marked data. The log has none of it at the debug level, and the change log has no
// password, hash or token.
func TestNoLogTells(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	talkative := slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug, AddSource: true}))
	f := newFixture(t)
	ix := index.New(f.store, t.TempDir(), index.Options{Log: talkative})
	ctx, stop := context.WithCancel(t.Context())
	stopped := make(chan error)
	go func() { stopped <- ix.Run(ctx) }()
	f.api = f.newAPI(func(c *Config) { c.Index, c.Log = ix, talkative })

	secrets := []string{"qqz", "99887766", staffPassword, f.token}
	for i := range routes {
		rt := &routes[i]
		f.later(time.Hour) // the wrong passwords of the route before are forgiven
		email := fmt.Sprintf("staff%d@example.com", i)
		f.addStaff(email, "admin")
		access, refresh := f.signIn(email)
		secrets = append(secrets, access, refresh)
		body := changed(marked(), map[string]any{"customer_id": f.markedCustomer()})
		path := strings.NewReplacer("{customer_id}", body["customer_id"].(string), "{interaction_id}", f.logInteraction(f.markedCustomer(), marked()),
			"{feedback_id}", f.giveFeedback(f.markedCustomer(), marked()), "{segment_id}", f.markedSegment(), "{user_id}", f.markedUser(), "{asset}", "qqz").Replace(rt.full())
		for _, token := range []string{access, "", "qqz.qqz.qqz", access + "qqz"} {
			for b, body := range []any{body, changed(body, map[string]any{"email": "qqz", "rating": "qqz", "channel": "qqz", "criteria": "qqz"}), `{"email":"qqz@example.com",qqz`} {
				for q, query := range []string{"", "?query=qqz&region=qqz&sort=qqz", "?query=+212699887766"} {
					if token != access && b != q { // refused before they are read: each once will do
						continue
					}
					r := newRequest(t, rt.method, path+query, body)
					r.Header.Set("Authorization", "Bearer "+token)
					r.Header.Set("X-Request-ID", "qqz@example.com")
					r.Header.Set("If-Match", `"qqz"`)
					r.Header.Set("If-None-Match", `"qqz"`)
					f.do(r)
					r.Header.Del("If-Match")
					r.Body = newRequest(t, rt.method, path, body).Body
					r.Header.Set("Idempotency-Key", "qqz-key")
					f.do(r)
				}
			}
		}
		f.sendWith(access, rt.method, strings.Replace(rt.full(), "{", "qqz@example.com{", 1), body)
		f.sendWith(access, rt.method, rt.full()+"/nobody/qqz@example.com", body).want(http.StatusNotFound)
	}
	if stop(); <-stopped != nil {
		t.Error("the index ended with an error")
	}

	said := strings.ToLower(log.String())
	if strings.Count(said, "\n") < 20*len(routes) {
		t.Errorf("the log has %d lines, so it tells nothing of this test", strings.Count(said, "\n"))
	}
	for _, secret := range secrets {
		if at := strings.Index(said, strings.ToLower(secret)); at >= 0 {
			t.Fatalf("the log has %q: …%s…", secret, said[max(0, at-200):at+len(secret)])
		}
	}
	f.wantSecretFreeChanges(append(secrets[2:], "correct horse", "battery", "password", "hash", "$2a$", "refresh"))
}

func (f *fixture) markedCustomer() string {
	return f.storeCustomer(changed(marked(), map[string]any{"email": absent}))
}

func (f *fixture) markedSegment() string {
	f.t.Helper()
	return f.makeSegment("Qqz "+f.markedCustomer(), only("tags", "Qqz tag"))
}

func (f *fixture) markedUser() string {
	f.t.Helper()
	return f.send("POST", "/v1/users", changed(marked(), map[string]any{"email": "qqz-" + f.markedCustomer() + "@example.com"})).want(http.StatusCreated).str("id")
}

func (f *fixture) wantSecretFreeChanges(secrets []string) {
	f.t.Helper()
	err := f.store.View(func(tx *store.Tx) error {
		for change, err := range tx.Changes(0) {
			if err != nil {
				return err
			}
			raw, err := json.Marshal(change)
			if err != nil {
				return err
			}
			text := strings.NewReplacer(`"must_change_password"`, "", `"password":null`, "").Replace(strings.ToLower(string(raw)))
			for _, secret := range secrets {
				if strings.Contains(text, strings.ToLower(secret)) {
					f.t.Errorf("the change log has %q: %s", secret, text)
				}
			}
		}
		return nil
	})
	if err != nil {
		f.t.Error(err)
	}
}

package httpapi

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"crm/store"
)

// steps writes a list of changes as "op kind field:old→new …".
func (a *answer) steps() (list []string) {
	a.t.Helper()
	var page struct{ Items []changeView }
	a.want(http.StatusOK).into(&page)
	for _, c := range page.Items {
		line := fmt.Sprintf("%s %s", c.Op, c.Kind)
		fields := []string{}
		for name, d := range c.Changes {
			fields = append(fields, fmt.Sprintf(" %s:%s→%s", name, d.Old, d.New))
		}
		slices.Sort(fields)
		for _, field := range fields {
			line += field
		}
		list = append(list, line)
	}
	return list
}

func (a *answer) wantSteps(want ...string) *answer {
	a.t.Helper()
	if got := a.steps(); !slices.Equal(got, want) {
		a.t.Errorf("got\n%q, want\n%q", got, want)
	}
	return a
}

// TestHistory follows a customer through several changes, among them two of one field, and checks the values before and after each.
func TestHistory(t *testing.T) {
	f := newFixture(t)
	staff := f.addStaff("fatima@example.com", "admin")
	body := map[string]any{"contact_type": "Individual", "email": "a@example.com", "phone": "1", "full_name": "Ahmed"}
	id := f.send("POST", "/v1/customers", body).want(http.StatusCreated).str("id")
	path := "/v1/customers/" + id
	token, _ := f.signIn("fatima@example.com")
	for _, change := range []map[string]any{{"phone": "2", "tags": []any{"x"}}, {"phone": "3"}, {"notes": "n"}} {
		f.later(time.Minute)
		f.sendWith(token, "PUT", path, change).want(http.StatusOK)
	}
	f.logInteraction(id, nil) // changes last_interaction, which is no change of the record
	f.send("GET", path+"/export", nil).want(http.StatusOK)
	f.send("DELETE", path, nil).want(http.StatusOK)

	all := []string{
		`update customer is_active:true→false`,
		`export customer`,
		`update customer notes:null→"n"`,
		`update customer phone:"2"→"3"`,
		`update customer phone:"1"→"2" tags:[]→["x"]`,
		`create customer contact_type:null→"Individual" email:null→"a@example.com" full_name:null→"Ahmed" is_active:null→true ` +
			`loyalty_status:null→"New" phone:null→"1" preferred_language:null→"French"`,
	}
	f.send("GET", path+"/history", nil).wantSteps(all...)
	got := f.send("GET", path+"/history/?page=2&size=2", nil).wantSteps(all[2:4]...)
	got.wantFields(map[string]any{"total": 6.0, "page": 2.0, "pages": 3.0})
	if user, name := got.str("items.0.user"), got.str("items.0.user_name"); user != staff || name != "Fatima Alaoui" {
		t.Errorf("user: got %q, %q; want %q, Fatima Alaoui", user, name, staff)
	}
	slices.Reverse(all)
	f.send("GET", path+"/history?sort=time", nil).wantSteps(all...)
	f.send("GET", "/v1/customers/"+testUser+"/history", nil).want(http.StatusNotFound).wantDetail("Customer not found")
}

func TestAuditOfWhatWasDeleted(t *testing.T) {
	f := newFixture(t)
	customer := f.storeCustomer(nil)
	interaction := f.logInteraction(customer, map[string]any{"subject": "Before", "channel": "sms", "summary": "s"})
	f.send("PUT", "/v1/interactions/"+interaction, map[string]any{"subject": "After"}).want(http.StatusOK)
	f.send("DELETE", "/v1/interactions/"+interaction, nil).want(http.StatusOK)
	got := f.send("GET", "/v1/audit?kind=interaction", nil).steps()
	if len(got) != 3 || got[1] != `update interaction subject:"Before"→"After"` {
		t.Errorf("got %q", got)
	}
	for op, want := range map[int]string{0: `subject:"After"→null`, 2: `subject:null→"Before"`} {
		var page struct{ Items []changeView }
		f.send("GET", "/v1/audit?kind=interaction", nil).into(&page)
		d := page.Items[op].Changes["subject"]
		if got := fmt.Sprintf("subject:%s→%s", d.Old, d.New); got != want {
			t.Errorf("%s: got %s, want %s", page.Items[op].Op, got, want)
		}
	}
}

func TestAudit(t *testing.T) {
	f := newFixture(t)
	staff := f.addStaff("fatima@example.com", "admin")
	f.login("fatima@example.com", "wrong").want(http.StatusUnauthorized)
	f.login("stranger@example.com", "wrong").want(http.StatusUnauthorized)
	token, _ := f.signIn("fatima@example.com")
	f.later(time.Hour)
	at := f.clock()
	f.sendWith(token, "POST", "/v1/customers", ahmed()).want(http.StatusUnauthorized) // the token has expired
	token, _ = f.signIn("fatima@example.com")
	f.sendWith(token, "POST", "/v1/segments", map[string]any{"name": "All", "criteria": map[string]any{}}).want(http.StatusCreated)
	f.sendWith(token, "POST", "/v1/auth/password", map[string]any{"current_password": staffPassword, "new_password": "another long sentence"}).want(http.StatusOK)
	f.sendWith(token, "POST", "/v1/auth/logout", nil).want(http.StatusOK)
	made := `create user email:null→"fatima@example.com" full_name:null→"Fatima Alaoui" is_active:null→true is_verified:null→true must_change_password:null→true roles:null→["admin"]`
	segment := `create segment criteria:null→{} is_active:null→true name:null→"All"`
	changed := `update user must_change_password:true→false password:null→null`
	all := []string{"logout user", changed, segment, "login user", "login user", "login_failed user", "login_failed user", made}

	tests := []struct {
		query string
		want  []string
	}{
		{"", all},
		{"kind=segment", all[2:3]},
		{"op=login", []string{"login user", "login user"}},
		{"op=login_failed&kind=user", all[5:7]},
		{"user=" + staff, []string{"logout user", changed, segment, "login user", "login user", "login_failed user"}},
		{"user=" + testUser, []string{made}},
		{"from=" + stamp(at), all[:4]},
		{"to=" + stamp(at.Add(-time.Millisecond)), all[4:]},
		{"from=" + stamp(at.Add(time.Hour)), nil},
	}
	for _, tt := range tests {
		f.send("GET", "/v1/audit/?"+tt.query, nil).wantSteps(tt.want...)
	}
	f.send("GET", "/v1/audit?kind=x&op=y&before=0&size=0&from=z", nil).
		wantErrors("query.kind", "query.op", "query.before", "query.size", "query.from")

	var paged []string
	next := any("")
	for pages := 0; next != nil && pages < 9; pages++ {
		page := f.send("GET", fmt.Sprintf("/v1/audit?size=3&before=%v", next), nil)
		paged = append(paged, page.steps()...)
		next = page.get("next")
	}
	if !slices.Equal(paged, all) {
		t.Errorf("page by page: got %q, want %q", paged, all)
	}
	failed := f.send("GET", "/v1/audit?op=login_failed", nil)
	failed.want(http.StatusOK).wantFields(map[string]any{"items.0.id": nil, "items.0.user": "", "items.1.id": staff, "items.1.remote": "192.0.2.1"})
	for _, text := range []string{"stranger", "wrong", staffPassword} {
		if strings.Contains(string(failed.body), text) {
			t.Errorf("the audit has %q: %s", text, failed.body)
		}
	}
}

// TestAuditPassesOver asks for entries that are rare in a long log. The answer comes in several pages, and each leads to the next.
func TestAuditPassesOver(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.storeCustomer(nil)
	f.inStore(1, func(tx *store.Tx) (err error) {
		for n := 0; n < 60_000 && err == nil; n++ {
			err = tx.Note(store.KindFeedback, store.ID{}, store.OpExport)
		}
		return err
	})
	first := f.send("GET", "/v1/audit?kind=customer", nil).wantSteps()
	next := first.num("next")
	last := f.send("GET", fmt.Sprintf("/v1/audit?kind=customer&before=%.0f", next), nil)
	if got := last.steps(); len(got) != 1 || last.get("next") != nil || next < 2 {
		t.Errorf("got next %v, then %q and next %v", next, got, last.get("next"))
	}
}

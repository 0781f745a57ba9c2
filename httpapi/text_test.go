package httpapi

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"

	"crm/store"
	"crm/store/storetest"
)

// customerBody returns what a new customer needs.
func customerBody(email string) map[string]any {
	return map[string]any{"contact_type": "Individual", "email": email, "phone": "0612345678"}
}

func TestTextsOverTheAPI(t *testing.T) {
	f := newFixture(t)
	body := customerBody("\u200ba\u00adhmed@exa\u2060mple.com\ufeff")
	body["full_name"], body["phone"], body["notes"] = "\u3000He\u0301le\u0300ne\u200f", "\u202a+212\u202c 661", "\u200b \u200d"
	body["tags"] = []string{"V\u200bIP", "vip", "e\u0301te\u0301", "\u200e"}
	got := f.send("POST", "/api/v1/customers", body).want(http.StatusCreated)
	for field, want := range map[string]any{"email": "ahmed@example.com", "full_name": "Hélène", "phone": "+212 661", "notes": nil, "tags.0": "VIP", "tags.1": "été"} {
		if value := got.get(field); value != want {
			t.Errorf("%s: got %+q, want %+q", field, value, want)
		}
	}
	path := "/api/v1/customers/" + got.str("id")
	for _, nothing := range []string{"\u200b", " \u00a0", "\u200c\u200d", "\u3164"} {
		f.send("PUT", path, map[string]any{"full_name": nothing}).want(http.StatusOK)
		f.send("PUT", path, map[string]any{"email": nothing, "phone": nothing}).wantErrors("body.email", "body.phone")
		f.send("PUT", path, map[string]any{"is_active": nothing, "preferred_language": nothing}).want(http.StatusOK)
	}
	for _, bad := range []string{"a\u00a0b@c.com", "a@b.com'", "a@-b.example", "a@b.com-", "a@1.2.3.4", "a@" + strings.Repeat("x", 64) + ".com", "a@b", strings.Repeat("é", 33) + "@b.com"} {
		f.send("PUT", path, map[string]any{"email": bad}).wantErrors("body.email")
		f.send("POST", "/api/v1/users/", map[string]any{"email": bad, "password": staffPassword, "roles": []string{"agent"}}).wantErrors("body.email")
	}
}

func TestOneMailboxIsTaken(t *testing.T) {
	f := newFixture(t)
	f.send("POST", "/api/v1/customers", customerBody("rené@münchen.example")).want(http.StatusCreated)
	other := "/api/v1/customers/" + f.send("POST", "/api/v1/customers", customerBody("b@example.com")).want(http.StatusCreated).str("id")
	f.addStaff("rené@münchen.example", "agent")
	user := "/api/v1/users/" + f.addStaff("b@example.com", "agent")
	for _, form := range []string{"rene\u0301@münchen.example", "RENÉ@xn--mnchen-3ya.example", "ren\u200bé@mu\u0308nchen.EXAMPLE"} {
		f.send("POST", "/api/v1/customers", customerBody(form)).want(http.StatusBadRequest).wantDetail("Email already registered")
		f.send("PUT", other, map[string]any{"email": form}).want(http.StatusBadRequest).wantDetail("Email already registered")
		f.send("POST", "/api/v1/users/", map[string]any{"email": form, "password": staffPassword, "roles": []string{"agent"}}).want(http.StatusBadRequest)
		f.send("PUT", user, map[string]any{"email": form}).want(http.StatusBadRequest).wantDetail("Email already registered")
		f.login(form, staffPassword).want(http.StatusOK)
	}
}

// A customer from before a rule: the change of another field is stored, and so is what is sent back unchanged.
func TestStoredRowOverTheAPI(t *testing.T) {
	f := newFilled(t, func(f *fixture) error {
		var id store.ID
		_, err := f.store.Update(store.By{}, func(tx *store.Tx) error {
			c := storetest.Person("a@example.com")
			_, err := tx.CreateCustomer(c, nil)
			id = c.ID
			return err
		})
		return errors.Join(err, f.rewrite(id, "a@example.com", "a@b.com'"))
	})
	path := "/api/v1/customers/" + f.send("GET", "/api/v1/customers", nil).str("items.0.id")
	whole := map[string]any{}
	f.send("GET", path, nil).into(&whole)
	if whole["email"] != "a@b.com'" {
		t.Fatalf("got %v", whole)
	}
	f.send("PUT", path, map[string]any{"notes": "Calls back."}).want(http.StatusOK)
	whole["region"] = "Rabat"
	if got := f.send("PUT", path, whole).want(http.StatusOK); got.str("email") != "a@b.com'" || got.str("region") != "Rabat" {
		t.Errorf("got %s", got.body)
	}
	f.send("PUT", path, map[string]any{"email": "a@c.com'"}).wantErrors("body.email")
	f.send("PUT", path, map[string]any{"email": "a@c.com"}).want(http.StatusOK)
}

// rewrite puts another e-mail into a customer's row, past all rules.
func (f *fixture) rewrite(id store.ID, from, to string) error {
	var raw []byte
	err := f.store.View(func(tx *store.Tx) error {
		row, err := tx.CustomerJSON(id)
		raw = []byte(strings.Replace(string(row), from, to, 1))
		return err
	})
	if err := errors.Join(err, f.store.Close()); err != nil {
		return err
	}
	storetest.Put(f.t, f.dir, "customers", id[:], raw)
	f.store, err = store.Open(f.dir, store.WithClock(f.clock), store.WithZone(office))
	return err
}

// Wrong passwords count for the account that is meant, however its e-mail is written.
func TestThrottleOfSpellings(t *testing.T) {
	f := newFixture(t)
	id := f.addStaff("rené@münchen.example", "agent")
	for _, spelling := range []string{"rené@münchen.example ", "\u00a0rené@münchen.example", "rené@münchen.example\u3000", "rene\u0301@xn--mnchen-3ya.example", "R\u200bENÉ@MÜNCHEN.EXAMPLE"} {
		f.login(spelling, "wrong password").want(http.StatusUnauthorized)
	}
	if f.send("GET", "/api/v1/users/"+id, nil).get("is_locked") != true {
		t.Error("the account is not locked")
	}
	for _, spelling := range []string{"rené@münchen.example", "rené@münchen.example\u2003", "\u2060rene\u0301@mu\u0308nchen.example"} {
		f.login(spelling, staffPassword).want(http.StatusTooManyRequests)
	}
	f.login("rene@munchen.example", "wrong password").want(http.StatusUnauthorized) // another account
}

// A password is the same however a keyboard composes its letters.
func TestPasswordForms(t *testing.T) {
	const composed, decomposed = "mot de passé été", "mot de passe\u0301 e\u0301te\u0301"
	f := newFixture(t)
	id := f.addStaff("fatima@example.com", "agent")
	f.send("PUT", "/api/v1/users/"+id, map[string]any{"password": decomposed}).want(http.StatusOK)
	f.login("fatima@example.com", composed).want(http.StatusOK)
	access := f.login("fatima@example.com", decomposed).want(http.StatusOK).str("access_token")
	f.sendWith(access, "POST", "/api/v1/auth/password", map[string]any{"current_password": composed, "new_password": strings.Repeat(decomposed, 20)}).want(http.StatusOK)
	f.login("fatima@example.com", strings.Repeat(composed, 20)).want(http.StatusOK)
	f.login("fatima@example.com", strings.Repeat(composed, 19)+strings.ToUpper(composed)).want(http.StatusUnauthorized)
	f.send("PUT", "/api/v1/users/"+id, map[string]any{"password": strings.Repeat("x", 501)}).wantErrors("body.password")
}

// The hash of a password as it was typed, which an older program stored, is right once: it is replaced, and sessions go on.
func TestOldHashIsReplaced(t *testing.T) {
	const composed, decomposed = "mot de passé été", "mot de passe\u0301 e\u0301te\u0301"
	f := newFixture(t)
	id, err := store.ParseID(f.addStaff("fatima@example.com", "agent"))
	if err != nil {
		t.Fatal(err)
	}
	_, refresh := f.signIn("fatima@example.com")
	old, err := bcrypt.GenerateFromPassword([]byte(decomposed), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.store.Update(store.By{}, func(tx *store.Tx) error { return tx.ReplaceHash(id, string(old)) }); err != nil {
		t.Fatal(err)
	}
	f.login("fatima@example.com", composed).want(http.StatusUnauthorized)
	f.login("fatima@example.com", decomposed).want(http.StatusOK)
	f.login("fatima@example.com", composed).want(http.StatusOK)
	f.refresh(refresh).want(http.StatusOK)
	storetest.View(t, f.store, func(tx *store.Tx) error {
		u, err := tx.User(id)
		if err == nil && u.PasswordHash == string(old) {
			t.Error("the hash is the old one")
		}
		return err
	})
}

// Every list has pages beyond any number, times whose plus sign has become a space, and arrays as clients write them.
func TestParametersAsClientsWriteThem(t *testing.T) {
	f := newFixture(t)
	body := customerBody("a@example.com")
	body["tags"], body["region"] = []string{"VIP"}, "Rabat"
	id := f.send("POST", "/api/v1/customers", body).want(http.StatusCreated).str("id")
	f.send("POST", "/api/v1/interactions", map[string]any{"customer_id": id, "channel": "phone", "summary": "Call"}).want(http.StatusCreated)
	f.send("POST", "/api/v1/feedback", map[string]any{"customer_id": id, "service_type": "Tour", "rating": 4}).want(http.StatusCreated)
	f.addStaff("b@example.com", "agent")
	f.send("POST", "/api/v1/segments", map[string]any{"name": "All", "criteria": map[string]any{}}).want(http.StatusCreated)
	for _, list := range []string{"customers", "interactions", "feedback", "users", "segments", "interactions/customer/" + id, "feedback/customer/" + id} {
		path := "/api/v1/" + list + "?"
		if got := f.send("GET", path, nil).want(http.StatusOK).num("total"); got != 1 {
			t.Errorf("%s: got %v", list, got)
		}
		for _, page := range []string{"2", "9223372036854775807", "9223372036854775808", "99999999999999999999", strings.Repeat("9", 400)} {
			got := f.send("GET", path+"page="+page, nil).want(http.StatusOK)
			if items := got.get("items").([]any); len(items) != 0 || got.num("total") != 1 {
				t.Errorf("%s: page %.25s has %v", list, page, items)
			}
		}
		f.send("GET", path+"page=-99999999999999999999", nil).wantErrors("query.page")
		f.send("GET", path+"size=99999999999999999999", nil).wantErrors("query.size")
		f.send("GET", path+"page=1e3", nil).wantErrors("query.page")
	}
	for _, list := range []string{"interactions", "feedback"} {
		for query, want := range map[string]float64{
			"from=2026-11-23T11:00:00+01:00": 1, "from=2026-11-23T11:00:01+01:00": 0, "to=2026-11-23T11:00:00+01:00": 1, "to=2026-11-23T10:59:59+01:00": 0,
			"from=2026-11-23 11:00+01:00": 1, "from=2026-11-23T11:00:00.000 01:00": 1, "from=2026-11-23 11:00": 1, "from=2026-11-23T10:00:00Z": 1, "from=2026-11-23T11:00:00%2B01:00": 1,
		} {
			query = strings.ReplaceAll(query, " ", "%20")
			if got := f.send("GET", "/api/v1/"+list+"?"+query, nil).want(http.StatusOK).num("total"); got != want {
				t.Errorf("%s?%s: got %v, want %v", list, query, got, want)
			}
		}
	}
	for query, want := range map[string]float64{
		"tags[0]=none&tags[1]=vip": 1, "tags[0]=none": 0, "tags%5B0%5D=VIP": 1, "tags[]=vip": 1, "tags=" + url.QueryEscape("V\u200dIP\u200b\u00a0"): 1, "region[0]=Fes&region[7]=rabat": 1, "region[0]=Fes": 0, "tags[x]=none": 1, "loyalty_status[0]=VIP": 0,
	} {
		if got := f.send("GET", "/api/v1/customers?"+query, nil).want(http.StatusOK).num("total"); got != want {
			t.Errorf("%s: got %v, want %v", query, got, want)
		}
	}
	if got := f.send("GET", "/api/v1/feedback?rating[0]=5", nil).want(http.StatusOK).num("total"); got != 0 {
		t.Errorf("rating[0]=5: got %v", got)
	}
	f.send("GET", "/api/v1/customers?loyalty_status[3]=Diamond", nil).wantErrors("query.loyalty_status")
}

// A byte order mark before a body is ignored, and only one, and only before.
func TestByteOrderMark(t *testing.T) {
	const mark = "\ufeff"
	f := newFixture(t)
	id := f.send("POST", "/api/v1/customers", mark+`{"contact_type":"Individual","email":"a@example.com","phone":"0612345678"}`).want(http.StatusCreated).str("id")
	f.send("PATCH", "/api/v1/customers/"+id, mark+` {"notes":"Calls back."}`).want(http.StatusOK)
	f.send("POST", "/api/v1/segments/preview", mark+`{"criteria":{}}`).want(http.StatusOK)
	f.addStaff("b@example.com", "agent")
	f.do(newRequest(t, "POST", "/api/v1/auth/login", mark+`{"email":"b@example.com","password":"`+staffPassword+`"}`)).want(http.StatusOK)
	for _, body := range []string{mark, mark + mark + "{}", "{}" + mark, mark + `{"a":}`} {
		f.send("PATCH", "/api/v1/customers/"+id, body).want(http.StatusBadRequest)
	}
}

// A number beyond all that there are is a whole number that is too great.
func TestNumbersBeyondAll(t *testing.T) {
	f := newFixture(t)
	id := f.send("POST", "/api/v1/customers", customerBody("a@example.com")).want(http.StatusCreated).str("id")
	for _, n := range []string{"99999999999999999999", "-99999999999999999999", "1e400"} {
		body := `{"customer_id":"` + id + `","channel":"phone","summary":"Call","duration_minutes":` + n + `}`
		if got := f.send("POST", "/api/v1/interactions", body).want(http.StatusUnprocessableEntity).str("errors.0.type"); got != "range" {
			t.Errorf("%s: got %s, want range", n, got)
		}
	}
}

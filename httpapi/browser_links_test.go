package httpapi

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"crm/store"
)

// A link dials the number that people mean, and writes to an address of any letters.
func TestBrowserLinks(t *testing.T) {
	f := newFixture(t)
	b := newBrowser(t, f)
	link := func(function, value string) string {
		return eval[string](b, fmt.Sprintf(`import(new URL('lib/links.js', document.querySelector('script[type=module]').src)).then(links => String(links.%s(%q)))`, function, value))
	}
	for _, phone := range []struct{ written, want string }{
		{"+212612345678", "tel:+212612345678"},
		{"+212 (0)661-23-45-67", "tel:+212661234567"},
		{"+212 ( 0 ) 661234567", "tel:+212661234567"},
		{"00212 (0)661234567", "tel:+212661234567"},
		{"(0)661 23 45 67", "tel:0661234567"}, // of a caller from inside the country
		{"0661.23.45.67", "tel:0661234567"},
		{"(+212) 661 234567", "tel:+212661234567"},
		{"٠٦٦١٢٣٤٥٦٧", "tel:0661234567"},
		{"+۹۸ ۲۱ ۱۲۳۴ ۵۶۷۸", "tel:+982112345678"},
		{"＋２１２ ６６１", "tel:+212661"},
		{"\u200e+212 661\u202c-234567\u200f", "tel:+212661234567"},
		{"0522 11 22 33 x12", "tel:0522112233;ext=12"},
		{"0522112233x12", "tel:0522112233;ext=12"},
		{"0522112233 poste 12", "tel:0522112233;ext=12"},
		{"+212522112233 ext. 7", "tel:+212522112233;ext=7"},
		{"0522112233 ext:\u200e٧", "tel:0522112233;ext=7"},
		{"0522112233 تحويلة ١٢", "tel:0522112233;ext=12"},
		{"0522112233 #4", "tel:0522112233;ext=4"},
		{"0522112233/44", "tel:0522112233"},
		{"0522/11 22 33", "tel:0522112233"},
		{"0661234567 (bureau)", "tel:0661234567"},
		{"Fax 0522112233", "tel:0522112233"},
		{"4", "tel:4"},
		{"", "null"},
	} {
		if got := link("tel", phone.written); got != phone.want {
			t.Errorf("%q: got %s, want %s", phone.written, got, phone.want)
		}
	}
	if got := eval[string](b, `import(new URL('lib/links.js', document.querySelector('script[type=module]').src)).then(links => links.tel('0522112233 poste 12', '+212522112233'))`); got != "tel:+212522112233;ext=12" {
		t.Errorf("an extension of a number that was read: got %s", got)
	}
	for _, email := range []struct{ written, want string }{
		{"ahmed.hassan@example.com", "mailto:ahmed.hassan@example.com"},
		{"a+b@example.com", "mailto:a%2Bb@example.com"},
		{"o'neil&co?subject=x@example.com", "mailto:o'neil%26co%3Fsubject%3Dx@example.com"},
		{"50%off#1@example.com", "mailto:50%25off%231@example.com"},
		{`"a@b"@example.com`, "mailto:%22a%40b%22@example.com"},
		{"\u200eamina@example.com\u200f ", "mailto:amina@example.com"},
		{"amina@مثال.com", "mailto:amina@%D9%85%D8%AB%D8%A7%D9%84.com"},
		{"", "null"},
	} {
		if got := link("mailto", email.written); got != email.want {
			t.Errorf("%q: got %s, want %s", email.written, got, email.want)
		}
	}
	id := f.send("POST", "/api/v1/customers", changed(ahmed(), map[string]any{"phone": "+212 (0)661-23-45-67", "email": "a&b@example.com"})).want(http.StatusCreated).str("id")
	b.signInAs(f, "agent")
	b.open("customers/" + id)
	b.wait(".identity [href='tel:+212661234567']")
	b.wait(".identity [href='https://wa.me/212661234567']")
	b.wait(".identity [href='mailto:a%26b@example.com']")
	f.send("PUT", "/api/v1/customers/"+id, map[string]any{"phone": "4"}).want(http.StatusOK)
	b.wait(".identity [href='tel:4']")
	b.wait(".identity:not(:has([href^='https://wa.me']))")
}

// The title of the browser's tab is the name of the customer or segment, also before it is read again, or that of the page in the user's
// language. It names nobody when nobody is signed in.
func TestBrowserTitles(t *testing.T) {
	f := newFixture(t)
	customer := f.send("POST", "/api/v1/customers", ahmed()).want(http.StatusCreated).str("id")
	segment := f.send("POST", "/api/v1/segments", map[string]any{"name": "Everybody", "criteria": map[string]any{}}).want(http.StatusCreated).str("id")
	b := newBrowser(t, f)
	titled := func(want string) {
		t.Helper()
		b.until(fmt.Sprintf("document.title === %q", want))
	}
	titled("Sign in · crm")
	b.signInAs(f, "manager")
	titled("Today · crm")
	for range 2 { // the second time the record is in the cache
		b.open("customers/" + customer)
		b.settle()
		titled("Ahmed Hassan · crm")
		b.open("segments/" + segment)
		b.settle()
		titled("Everybody · crm")
		b.open("customers")
		b.settle()
		titled("Customers · crm")
	}
	b.choose("fr", "light")
	titled("Clients · crm")
	b.choose("en", "light")
	b.open("customers/" + customer)
	titled("Ahmed Hassan · crm")
	f.send("PUT", "/api/v1/customers/"+customer, map[string]any{"full_name": "Ahmed El Hassan"}).want(http.StatusOK)
	b.open("nowhere")
	titled("No such page · crm")
	b.open("customers/" + customer)
	titled("Ahmed El Hassan · crm")
	b.click(".who")
	b.clickText("[role=menuitem]", "Sign out")
	titled("Sign in · crm")
}

// The activity log says who did what, with names instead of ids, and what was exported.
func TestBrowserAuditNamesPeople(t *testing.T) {
	f := newFixture(t)
	id := f.send("POST", "/api/v1/customers", ahmed()).want(http.StatusCreated).str("id")
	b := newBrowser(t, f)
	b.signInAs(f, "admin")
	access, _ := f.signIn("fatima@example.com")
	as := func(method, path string, body any) *answer { return f.sendWith(access, method, "/api/v1/"+path, body) }
	as("PUT", "customers/"+id, map[string]any{"region": "Fes"}).want(http.StatusOK)
	as("GET", "customers/export.csv", nil).want(http.StatusOK)
	as("GET", "feedback/export.csv", nil).want(http.StatusOK)
	as("GET", "customers/"+id+"/export", nil).want(http.StatusOK)
	feedback := as("POST", "feedback", map[string]any{"customer_id": id, "service_type": "Tour", "rating": 1}).want(http.StatusCreated).str("id")
	as("PUT", "feedback/"+feedback, map[string]any{"resolved": true}).want(http.StatusOK)
	other := f.addStaff("youssef@example.com", "agent")
	as("PUT", "users/"+other, map[string]any{"full_name": "Youssef Tazi"}).want(http.StatusOK)
	f.login("youssef@example.com", "wrong").want(http.StatusUnauthorized)
	f.login("nobody@example.com", "wrong").want(http.StatusUnauthorized)
	b.open("status?view=audit")
	b.wait(".timeline-entry")
	for _, want := range []string{
		"Fatima Alaoui changed customer Ahmed Hassan", "Fatima Alaoui exported the list of customers", "Fatima Alaoui exported the list of feedback",
		"Fatima Alaoui exported all data of Ahmed Hassan", "Fatima Alaoui added feedback Ahmed Hassan", "Fatima Alaoui changed user Youssef Tazi",
		"Youssef Tazi failed to sign in", "Somebody unknown failed to sign in", "Fatima Alaoui signed in",
	} {
		b.until(fmt.Sprintf("[...document.querySelectorAll('.entry-head')].some(one => [...one.children].map(part => part.innerText).join(' ').startsWith(%q))", want))
	}
	b.until("[...document.querySelectorAll('.changes > div')].some(one => one.innerText.includes('Resolved by') && one.innerText.includes('Fatima Alaoui'))")
	b.click(".entry-head a[href='#/customers/" + id + "']")
	b.untilText("h1", "Ahmed Hassan")
}

// A user who takes the role from the last administrator is told why that is refused, in their language.
func TestBrowserLastAdministrator(t *testing.T) {
	f := newFixture(t)
	b := newBrowser(t, f)
	b.signInAs(f, "admin")
	b.open("users")
	for _, language := range []struct{ code, want string }{{"en", "last active administrator"}, {"fr", "dernier administrateur actif"}, {"ar", "آخر مدير نظام نشط"}} {
		b.choose(language.code, "light")
		b.click(".list .row-link")
		b.wait("dialog .role")
		b.click("dialog .role:has(:checked) input")
		b.click("dialog .primary")
		b.untilText(".toast:last-child", language.want)
		b.click("dialog .role input")
		b.press(kb.Escape)
		b.until("!document.querySelector('dialog')")
	}
}

// A changed role takes effect in the user's open console at once; without a stream of events, after the first refusal.
func TestBrowserChangedRole(t *testing.T) {
	roles := func(f *fixture, role string) {
		f.t.Helper()
		var id store.ID
		f.send("GET", "/api/v1/users", nil).want(http.StatusOK)
		if err := f.store.View(func(tx *store.Tx) error {
			u, err := tx.UserByEmail("fatima@example.com")
			if err == nil {
				id = u.ID
			}
			return err
		}); err != nil {
			f.t.Fatal(err)
		}
		f.send("PUT", "/api/v1/users/"+id.String(), map[string]any{"roles": []string{role}}).want(http.StatusOK)
	}
	f := newFixture(t, streaming)
	f.run("told by an event", func(t *testing.T) {
		b := newBrowser(t, f)
		b.signInAs(f, "agent")
		b.open("customers")
		b.wait("[data-new]")
		roles(f, "viewer")
		b.until("!document.querySelector('[data-new]')")
		roles(f, "admin")
		b.wait("[href='#/users']")
		b.wait("[data-new]")
	})
	f = newFixture(t)
	f.run("after a refusal", func(t *testing.T) {
		id := f.send("POST", "/api/v1/customers", ahmed()).want(http.StatusCreated).str("id")
		b := newBrowser(t, f)
		b.signInAs(f, "agent")
		b.open("customers/" + id)
		b.click("[data-channel=phone]")
		b.fill(".composer textarea", "Not to be lost")
		roles(f, "viewer")
		b.click(".composer .primary")
		b.untilText(".toast", "Your role does not allow this")
		b.until("!document.querySelector('.composer')")
	})
}

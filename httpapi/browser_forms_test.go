package httpapi

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// edit opens the form of the customer on the page, and waits until it has read the newest version.
func (b *browser) edit() {
	b.t.Helper()
	b.click(".identity .actions .button")
	b.wait("dialog[open] [name=phone]")
	b.settle()
}

// value returns the value of a field.
func (b *browser) value(selector string) string {
	b.t.Helper()
	return eval[string](b, fmt.Sprintf("document.querySelector(%q).value", selector))
}

// back goes back, and waits until an expression is true.
func (b *browser) back(then string) {
	b.t.Helper()
	eval[bool](b, "history.back(), true")
	b.until(then)
}

// When two people edit one customer, the changes of both stay. The form asks about a field that both changed, and says who wrote what.
func TestBrowserTwoEditors(t *testing.T) {
	f := newFixture(t)
	id := f.send("POST", "/api/v1/customers", ahmed()).want(http.StatusCreated).str("id")
	path := "/api/v1/customers/" + id
	b := newBrowser(t, f)
	b.signInAs(f, "agent")
	f.colleague("youssef@example.com", "agent")
	youssef, _ := f.signIn("youssef@example.com")
	b.open("customers/" + id)

	b.edit()
	f.sendWith(youssef, "PUT", path, map[string]any{"phone": "0611111111"}).want(http.StatusOK)
	f.logInteraction(id, nil)
	b.refill("dialog [name=region]", "Fes"+kb.Enter)
	b.untilText(".toast", "Meanwhile changed too: Phone (\u2068Fatima Alaoui\u2069)")
	b.screenshot("merged")
	f.send("GET", path, nil).want(http.StatusOK).wantFields(map[string]any{"phone": "0611111111", "region": "Fes"})
	b.until("!document.querySelector('dialog')")

	b.edit()
	f.sendWith(youssef, "PUT", path, map[string]any{"phone": "0622222222", "nationality": "French"}).want(http.StatusOK)
	b.refill("dialog [name=phone]", "0633333333")
	b.refill("dialog [name=region]", "Rabat"+kb.Enter)
	b.untilText(".clashes", "0622222222")
	b.untilText(".clashes", "Fatima Alaoui")
	b.untilText(".clashes", "0633333333")
	b.until("document.querySelectorAll('.clash').length === 1 && document.activeElement.matches('.clash input')")
	b.screenshot("clash")
	b.click("dialog .primary") // without a choice nothing is sent
	f.send("GET", path, nil).want(http.StatusOK).wantFields(map[string]any{"phone": "0622222222", "region": "Fes"})
	b.click(".clash input[value=theirs]")
	b.until("document.querySelector('dialog [name=phone]').value === '0622222222'")
	b.click(".clash input[value=mine]")
	b.until("document.querySelector('dialog [name=phone]').value === '0633333333'")
	b.click("dialog .primary")
	b.untilText(".toast", "Nationality")
	f.send("GET", path, nil).want(http.StatusOK).wantFields(map[string]any{"phone": "0633333333", "region": "Rabat", "nationality": "French"})
}

// Every form sends only what was changed, with the version that it was changed in.
func TestBrowserFormsSendWhatChanged(t *testing.T) {
	f := newFixture(t)
	customer := f.send("POST", "/api/v1/customers", ahmed()).want(http.StatusCreated).str("id")
	interaction := f.logInteraction(customer, map[string]any{"subject": "Desert", "summary": "Wants the desert"})
	feedback := f.giveFeedback(customer, map[string]any{"rating": 1, "comments": "Two hours late"})
	segment := f.makeSegment("VIPs", only("tags", "VIP"))
	b := newBrowser(t, f)
	b.signInAs(f, "admin")
	user := f.addStaff("youssef@example.com", "agent")
	tests := []struct {
		name, page, path string
		open             func()
		theirs           map[string]any
		field, mine      string
		want             map[string]any
	}{
		{"interaction", "customers/" + customer, "/api/v1/interactions/" + interaction, func() {
			b.clickText(".timeline-entry", "Desert")
			eval[bool](b, "[...document.querySelectorAll('.timeline-entry')].find(one => one.textContent.includes('Desert')).querySelector('.icon-button').click(), true")
			b.clickText("[role=menuitem]", "Edit")
		}, map[string]any{"subject": "Sahara"}, "summary", "Wants the sea", map[string]any{"subject": "Sahara", "summary": "Wants the sea"}},
		{"feedback", "feedback", "/api/v1/feedback/" + feedback, func() { b.clickText(".list .button", "Resolve") },
			map[string]any{"resolved": true}, "resolution_notes", "Paid back", map[string]any{"resolved": true, "resolution_notes": "Paid back", "resolved_by": testUser}},
		{"segment", "segments/" + segment, "/api/v1/segments/" + segment, func() { b.clickText(".actions .button", "Edit") },
			map[string]any{"criteria": map[string]any{"tags": []string{"Gold"}}}, "description", "The best", map[string]any{"description": "The best", "criteria.tags.0": "Gold"}},
		{"user", "users", "/api/v1/users/" + user, func() {
			eval[bool](b, "[...document.querySelectorAll('.list tr')].find(one => one.textContent.includes('youssef')).querySelector('.row-link').click(), true")
		}, map[string]any{"full_name": "Youssef Amrani"}, "phone", "0612", map[string]any{"full_name": "Youssef Amrani", "phone": "0612", "roles.0.name": "agent"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f.t = t
			b.open(test.page)
			b.settle()
			test.open()
			b.wait("dialog[open] [name=" + test.field + "]")
			b.settle()
			f.send("PUT", test.path, test.theirs).want(http.StatusOK)
			b.refill("dialog [name="+test.field+"]", test.mine)
			b.click("dialog .primary")
			b.until("!document.querySelector('dialog')")
			f.send("GET", test.path, nil).want(http.StatusOK).wantFields(test.want)
		})
	}
	f.t = t
}

// Back closes a form, not the page. It asks before what was typed is lost; a reload keeps it.
func TestBrowserFormIsAStep(t *testing.T) {
	f := newFixture(t)
	id := f.send("POST", "/api/v1/customers", ahmed()).want(http.StatusCreated).str("id")
	b := newBrowser(t, f)
	b.signInAs(f, "manager")
	b.open("customers")
	b.click(".list .row-link")
	b.untilText("h1", "Ahmed Hassan")
	entries := eval[int](b, "history.length")

	b.edit()
	b.back("!document.querySelector('dialog')")
	b.untilText("h1", "Ahmed Hassan")
	b.until("document.activeElement.matches('.identity .actions .button')")
	b.wantAsked()

	b.edit()
	b.press(kb.Escape)
	b.until("!document.querySelector('dialog') && !history.state")
	b.edit()
	b.fill("dialog .tag-box input", "half a tag"+kb.Escape)
	b.until("!document.querySelector('dialog') && !history.state")
	b.wantAsked("confirm")
	b.edit()
	b.fill("dialog [name=notes]", "Half written")
	b.refuse(true)
	eval[bool](b, "history.back(), true")
	b.until("!document.querySelector('dialog') || history.state")
	b.press(kb.Escape)
	b.press(kb.Escape)
	b.click("dialog .icon-button")
	if got := b.value("dialog [name=notes]"); got != "Half written" {
		t.Errorf("after four refusals to leave: got %q", got)
	}
	b.refuse(false)
	b.do(chromedp.Reload())
	b.until("document.querySelector('dialog[open] [name=notes]')?.value === 'Half written'")
	b.settle()
	b.untilText("dialog .restored", "typed and not saved")
	b.screenshot("restored")
	b.back("!document.querySelector('dialog')")
	b.untilText("h1", "Ahmed Hassan")
	b.edit()
	if got := b.value("dialog [name=notes]"); got != "" {
		t.Errorf("after it was dropped: got %q", got)
	}
	b.fill("dialog [name=notes]", "Saved")
	b.click("dialog .primary")
	b.until("!document.querySelector('dialog') && !history.state")
	if keys := eval[string](b, "Object.keys({...localStorage, ...sessionStorage}).filter(key => key.includes('draft')).join()"); keys != "" {
		t.Errorf("after the save there are drafts: %s", keys)
	}
	if now := eval[int](b, "history.length"); now > entries+1 {
		t.Errorf("history has %d entries, want %d and at most one ahead", now, entries)
	}
	b.back("location.hash === '#/customers'")
	f.send("GET", "/api/v1/customers/"+id, nil).want(http.StatusOK).wantFields(map[string]any{"notes": "Saved"})
}

// The page of a new record replaces its form in the browser's history.
func TestBrowserBackAfterANewCustomer(t *testing.T) {
	f := newFixture(t)
	b := newBrowser(t, f)
	b.signInAs(f, "manager")
	b.open("customers")
	b.click("[data-new]")
	b.fill("[name=full_name]", "Leila Bennani")
	b.fill("dialog [name=email]", "leila@example.com")
	b.fill("[name=phone]", "0612345678"+kb.Enter)
	b.untilText("h1", "Leila Bennani")
	b.back("location.hash === '#/customers' && !document.querySelector('dialog')")
	b.untilText(".list", "Leila Bennani")
	b.wantAsked()
}

// What was typed in the composer is there after another page, a reload and a closed tab, until it is saved.
func TestBrowserComposerKeepsWhatWasTyped(t *testing.T) {
	f := newFixture(t)
	id := f.send("POST", "/api/v1/customers", ahmed()).want(http.StatusCreated).str("id")
	b := newBrowser(t, f)
	b.signInAs(f, "agent")
	b.open("customers/" + id)
	typed := func() {
		t.Helper()
		b.until("document.querySelector('.composer textarea')?.value === 'Wants the desert' && document.querySelector('[data-channel=whatsapp]').ariaPressed === 'true'")
	}
	b.click("[data-channel=whatsapp]")
	b.fill(".composer textarea", "Wants the desert")
	eval[bool](b, "location.hash = '#/today', true")
	b.untilText("h1", "Today")
	b.back("location.hash.includes('customers')")
	typed()
	b.wantAsked()
	b.do(chromedp.Reload())
	typed()
	b.wantAsked("beforeunload")
	b.do(chromedp.Navigate("about:blank"))
	b.open("customers/" + id)
	typed()
	b.asked() // some browsers ask only if the user has done something on the page
	b.fill(".composer textarea", kb.Escape)
	b.until("!document.querySelector('.composer textarea')")
	b.wantAsked("confirm")
	b.click("[data-channel=phone]")
	b.back("!document.querySelector('.composer textarea')")
	b.until("document.activeElement.matches('[data-channel=phone]')")
	b.click("[data-channel=phone]")
	b.fill(".composer textarea", "Called again")
	b.click(".composer .primary")
	b.untilText(".timeline", "Called again")
	b.do(chromedp.Reload())
	b.untilText(".timeline", "Called again")
	if eval[bool](b, "Boolean(document.querySelector('.composer textarea'))") {
		t.Error("what was saved is still typed")
	}
	b.wantAsked()
}

// A draft survives an expired session, also if somebody else signs in meanwhile. Signing out deletes it.
func TestBrowserDraftsAreTheirUsers(t *testing.T) {
	f := newFixture(t)
	id := f.send("POST", "/api/v1/customers", ahmed()).want(http.StatusCreated).str("id")
	b := newBrowser(t, f)
	b.signInAs(f, "agent")
	f.colleague("youssef@example.com", "agent")
	b.open("customers/" + id)
	b.edit()
	b.fill("dialog [name=notes]", "Private words")
	expire := func() {
		t.Helper()
		eval[string](b, `localStorage.setItem('crm.tokens', JSON.stringify({access: 'x', refresh: 'y', forGood: true})), ''`)
		b.do(chromedp.Reload())
		b.wait("input[name=password]")
	}
	expire()
	b.signIn("youssef@example.com")
	b.untilText("h1", "Ahmed Hassan")
	b.edit()
	if got := b.value("dialog [name=notes]"); got != "" {
		t.Errorf("a colleague sees %q", got)
	}
	b.press(kb.Escape)
	b.until("!document.querySelector('dialog')")
	expire()
	b.signIn("fatima@example.com")
	b.untilText("h1", "Ahmed Hassan")
	b.edit()
	if got := b.value("dialog [name=notes]"); got != "Private words" {
		t.Errorf("after the sign-in: got %q", got)
	}
	b.do(chromedp.Navigate("about:blank"))
	b.open("today")
	b.wantAsked("beforeunload", "beforeunload")
	b.click(".who")
	b.clickText("[role=menuitem]", "Sign out")
	b.wait("input[name=password]")
	b.wantAsked("confirm")
	if kept := eval[string](b, "JSON.stringify({...localStorage, ...sessionStorage})"); strings.Contains(kept, "Private") {
		t.Errorf("after signing out: %s", kept)
	}
}

// A password is stored nowhere.
func TestBrowserDraftsHaveNoPassword(t *testing.T) {
	f := newFixture(t)
	b := newBrowser(t, f)
	b.signInAs(f, "admin")
	b.open("users")
	b.click("[data-new]")
	b.fill("dialog [name=full_name]", "Youssef Amrani")
	b.refill("dialog [name=password]", "correct horse")
	b.until("JSON.stringify({...localStorage, ...sessionStorage}).includes('Youssef Amrani')")
	if kept := eval[string](b, "JSON.stringify({...localStorage, ...sessionStorage})"); strings.Contains(kept, "horse") {
		t.Errorf("kept: %s", kept)
	}
}

// Everybody can read resolved feedback in full. Those who have the permission can correct its note, reopen it and delete it.
func TestBrowserFeedbackIsCorrected(t *testing.T) {
	f := newFixture(t)
	customer := f.send("POST", "/api/v1/customers", ahmed()).want(http.StatusCreated).str("id")
	long := strings.Repeat("The driver was late. ", 60) + "The end."
	id := f.giveFeedback(customer, map[string]any{"rating": 1, "comments": long})
	path := "/api/v1/feedback/" + id
	f.send("PUT", path, map[string]any{"resolved": true, "resolution_notes": "Payed back"}).want(http.StatusOK)
	b := newBrowser(t, f)
	for _, role := range []string{"viewer", "agent", "manager"} {
		f.colleague(role+"@example.com", role)
	}

	b.signIn("viewer@example.com")
	b.open("feedback")
	b.click(".list .two-lines")
	b.untilText("dialog .quote", "The end.")
	b.untilText("dialog", "Payed back")
	b.screenshot("read")
	if eval[bool](b, "Boolean(document.querySelector('dialog textarea, dialog footer'))") {
		t.Error("a viewer may change it")
	}
	b.back("!document.querySelector('dialog')")
	b.until("document.activeElement.matches('.list .two-lines')")

	b.as("manager@example.com")
	b.open("feedback")
	b.click(".list .two-lines")
	b.refill("dialog textarea", "Paid back")
	b.screenshot("correct")
	b.click("dialog .primary")
	b.until("!document.querySelector('dialog')")
	f.send("GET", path, nil).want(http.StatusOK).wantFields(map[string]any{"resolved": true, "resolution_notes": "Paid back", "resolved_by": testUser})
	b.click(".list .two-lines")
	b.clickText("dialog .button", "Reopen")
	b.untilText(".list", "Resolve")
	f.send("GET", path, nil).want(http.StatusOK).wantFields(map[string]any{"resolved": false, "resolution_notes": "Paid back", "resolved_by": nil})

	b.as("agent@example.com")
	b.open("feedback")
	b.click(".list .two-lines")
	b.wait("dialog textarea")
	if eval[bool](b, "Boolean(document.querySelector('dialog .danger'))") {
		t.Error("an agent may delete it")
	}
	b.press(kb.Escape)
	b.until("!document.querySelector('dialog')")

	b.as("manager@example.com")
	b.open("customers/" + customer)
	b.click(".timeline-entry .row-end .icon-button")
	b.clickText("[role=menuitem]", "Delete")
	b.clickText("dialog .danger", "Delete")
	b.untilText(".toast", "Feedback deleted")
	b.untilGone(".timeline", "The end.")
	f.send("GET", path, nil).want(http.StatusNotFound)
}

// as signs somebody else in.
func (b *browser) as(email string) {
	b.t.Helper()
	b.do(chromedp.Navigate("about:blank"))
	b.do(chromedp.Navigate(b.url()))
	b.wait(".shell h1")
	b.click(".who")
	b.clickText("[role=menuitem]", "Sign out")
	b.wait("input[name=password]")
	b.signIn(email)
}

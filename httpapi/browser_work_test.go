package httpapi

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

func TestBrowserSignIn(t *testing.T) {
	f := newFixture(t)
	b := newBrowser(t, f)
	f.addStaff("new@example.com", "agent")
	b.screenshot("sign-in")
	b.fill("input[name=email]", "new@example.com")
	b.fill("input[name=password]", "wrong"+kb.Enter)
	b.untilText("[role=alert]", "wrong")
	b.refill("input[name=password]", staffPassword+kb.Enter)
	b.fill("input[name=current_password]", staffPassword) // which the page has not kept
	b.fill("input[name=new_password]", "an even better horse")
	b.fill("input[name=again]", "an even better horse"+kb.Enter)
	b.untilText("h1", "Today")
	f.login("new@example.com", "an even better horse").want(http.StatusOK)
	b.do(chromedp.Reload())
	b.untilText("h1", "Today") // still signed in
}

// A customer is created, found by a part of the phone number, and opened with the keyboard.
func TestBrowserCustomers(t *testing.T) {
	f := newFixture(t)
	f.send("POST", "/api/v1/customers", ahmed()).want(http.StatusCreated)
	b := newBrowser(t, f)
	b.signInAs(f, "manager")
	b.open("customers")
	b.click("[data-new]")
	b.fill("[name=full_name]", "Leila Bennani")
	b.fill("dialog [name=email]", "ahmed.hassan@example.com")
	b.click("dialog .primary")
	b.untilText("dialog", "Please fill this in") // the phone
	b.fill("[name=phone]", "+212 6 98 76 54 32"+kb.Enter)
	b.untilText("dialog", "This e-mail belongs to Ahmed Hassan")
	b.screenshot("duplicate")
	b.refill("dialog [name=email]", "leila@example.com"+kb.Enter)
	b.untilText("h1", "Leila Bennani")
	b.open("customers")
	b.slash()
	b.fill("[data-search]", "98 76")
	b.until("location.hash.includes('98') && document.querySelectorAll('.list tbody tr').length === 1 && document.querySelector('.list tbody').innerText.includes('Leila')")
	b.settle()
	b.screenshot("found")
	b.press(kb.ArrowDown)
	b.until("document.activeElement?.matches('.row-link')")
	b.press(kb.Enter)
	b.untilText("h1", "Leila Bennani")
	if hash := eval[string](b, "location.hash"); !strings.HasPrefix(hash, "#/customers/") {
		t.Errorf("address: got %q", hash)
	}
}

// An interaction is logged with two clicks and a day. Its follow-up appears in Today, is snoozed, completed, and undone.
func TestBrowserFollowUp(t *testing.T) {
	f := newFixture(t, streaming)
	id := f.send("POST", "/api/v1/customers", ahmed()).want(http.StatusCreated).str("id")
	b := newBrowser(t, f)
	b.signInAs(f, "agent")
	b.open("customers/" + id)
	b.click("[data-channel=phone]")
	b.fill(".composer textarea", "Wants the desert in March")
	b.clickText(".week-day", "Fri")
	b.screenshot("composer")
	b.click(".composer .primary")
	b.untilText(".timeline", "Wants the desert in March")
	logged := func() *answer {
		return f.send("GET", "/api/v1/interactions/customer/"+id, nil).want(http.StatusOK)
	}
	if got := logged(); got.num("total") != 1 || got.str("items.0.channel") != "phone" || got.str("items.0.follow_up_date") != "2026-11-26T23:00:00.000Z" {
		t.Errorf("logged: got %s", got.body) // Friday begins in Casablanca
	}
	b.open("today")
	b.untilText("[aria-label='Later this week']", "Ahmed Hassan")
	b.click(".todo [aria-label=Snooze]")
	b.clickText("[role=menuitem]", "Tomorrow")
	b.untilText(".toast", "Put off to tomorrow")
	b.untilText(".todo .pill", "tomorrow")
	if got := logged().str("items.0.follow_up_date"); got != "2026-11-23T23:00:00.000Z" {
		t.Errorf("put off: got %s", got)
	}
	b.click(".todo .tick-button")
	b.untilText(".empty", "All follow-ups are done")
	b.untilText(".toasts", "Follow-up done")
	if got := logged().get("items.0.follow_up_required"); got != false {
		t.Errorf("done: got %v", got)
	}
	b.clickText(".toast:last-child .link", "Undo")
	b.untilText(".todo", "Ahmed Hassan")
}

// A complaint appears in Today and is resolved with a note, which is then in the customer's timeline.
func TestBrowserResolves(t *testing.T) {
	f := newFixture(t, streaming)
	id := f.send("POST", "/api/v1/customers", ahmed()).want(http.StatusCreated).str("id")
	given := f.send("POST", "/api/v1/feedback", map[string]any{"customer_id": id, "service_type": "Transport", "rating": 1, "comments": "Two hours late"}).want(http.StatusCreated).str("id")
	b := newBrowser(t, f)
	b.signInAs(f, "agent")
	b.untilText(".mini", "Two hours late")
	b.click(".mini .button")
	b.fill("dialog textarea", "Called, half of it paid back")
	b.click("dialog .primary")
	b.untilText(".aside", "None. Ratings of one or two stars")
	got := f.send("GET", "/api/v1/feedback/"+given, nil).want(http.StatusOK)
	if got.get("resolved") != true || got.str("resolution_notes") != "Called, half of it paid back" {
		t.Errorf("resolved: got %s", got.body)
	}
	b.open("customers/" + id)
	b.untilText(".timeline .resolution", "half of it paid back")
}

// A segment is built from the values that exist, with a preview, and its customers are told with the reason.
func TestBrowserSegment(t *testing.T) {
	f := newOffice(t)
	want := f.send("GET", "/api/v1/customers?loyalty_status=Gold&region=Marrakech", nil).want(http.StatusOK).num("total")
	if want == 0 {
		t.Fatal("the sample has no Gold customers of Marrakech")
	}
	b := newBrowser(t, f)
	b.signIn("manager@example.com")
	b.open("segments")
	b.click("[data-new]")
	b.fill("dialog [name=name]", "Gold of Marrakech")
	b.clickText(".builder .filter", "Loyalty")
	b.clickText(".popup .choice", "Gold")
	b.press(kb.Escape)
	b.clickText(".builder .filter", "Region")
	b.fill(".popup [type=search]", "marrak")
	b.enter()
	b.press(kb.Escape)
	b.until(fmt.Sprintf("document.querySelector('.preview-count b')?.textContent === '%v'", want))
	b.screenshot("preview")
	b.click("dialog .primary")
	b.untilText("h1", "Gold of Marrakech")
	b.until(fmt.Sprintf("document.querySelectorAll('.list tbody tr').length === %v", want))
	b.click(".list tbody tr .row-link")
	b.clickText(".segment-why summary", "Gold of Marrakech")
	b.untilText(".segment-why[open]", "Loyalty: Gold")
	b.untilText(".segment-why[open]", "Region: Marrakech")
}

// Two customers get a tag at once. The filter and the export by that tag then have exactly these two.
func TestBrowserTags(t *testing.T) {
	f := newFixture(t, streaming)
	for _, name := range []string{"Omar Tazi", "Leila Bennani", "Sara Idrissi"} {
		email := strings.ReplaceAll(strings.ToLower(name), " ", ".") + "@example.com"
		f.send("POST", "/api/v1/customers", map[string]any{"full_name": name, "contact_type": "Individual", "email": email, "phone": "0612345678"}).want(http.StatusCreated)
	}
	b := newBrowser(t, f)
	b.signInAs(f, "manager")
	b.open("customers")
	b.click("[aria-label='Select Omar Tazi']")
	b.click("[aria-label='Select Sara Idrissi']")
	b.untilText(".bulk", "2 selected")
	b.clickText(".bulk .button", "Add tags")
	b.fill("dialog [type=search]", "Ramadan")
	b.enter()
	b.click("dialog .primary")
	b.untilText(".toast", "2 customers changed")
	b.clickText(".filter", "Tags")
	b.clickText(".popup .choice", "Ramadan")
	b.until("document.querySelectorAll('.list tbody tr').length === 2")
	b.untilGone(".list", "Leila Bennani")
	eval[bool](b, `URL.createObjectURL = file => { file.text().then(text => { globalThis.saved = text; }); return '#'; },
		HTMLAnchorElement.prototype.click = function () { globalThis.savedAs = this.download; }, true`)
	b.click("[aria-label=Export]")
	b.clickText("[role=menuitem]", "Export as CSV")
	b.until("globalThis.saved")
	file, name := eval[string](b, "saved"), eval[string](b, "savedAs")
	if !strings.HasSuffix(name, ".csv") || !strings.Contains(file, "Omar Tazi") || !strings.Contains(file, "Sara Idrissi") || strings.Contains(file, "Leila") {
		t.Errorf("%s: got %q", name, file)
	}
}

// The menu and the buttons depend on the role.
func TestBrowserRoles(t *testing.T) {
	f := newOffice(t)
	b := newBrowser(t, f)
	b.signIn("viewer@example.com")
	b.open("customers")
	b.wait(".list tbody tr")
	for _, selector := range []string{"[data-new]", ".tick", "[href='#/users']", "[href='#/status']", "[aria-label=Export]"} {
		if eval[bool](b, fmt.Sprintf("Boolean(document.querySelector(%q))", selector)) {
			t.Errorf("a viewer sees %s", selector)
		}
	}
}

// A tag that one of the customers has no room for is refused with a message, although the form has no field for it.
func TestBrowserTooManyTags(t *testing.T) {
	f := newFixture(t)
	f.send("POST", "/api/v1/customers", changed(ahmed(), map[string]any{"tags": longTags()})).want(http.StatusCreated)
	b := newBrowser(t, f)
	b.signInAs(f, "manager")
	b.open("customers")
	b.click(".list tbody tr .tick input")
	b.click(".bulk .button")
	b.fill("dialog input[type=search]", "One more"+kb.Enter)
	b.click("dialog .primary")
	b.wait(".toast.failed")
	b.wait("dialog[open]")
}

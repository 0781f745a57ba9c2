package httpapi

import (
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
	b.shot("sign-in")
	b.fill("input[name=email]", "new@example.com")
	b.fill("input[name=password]", "wrong"+kb.Enter)
	b.untilText("[role=alert]", "wrong")
	b.refill("input[name=password]", staffPassword+kb.Enter)
	b.fill("input[name=new_password]", "an even better horse")
	b.fill("input[name=again]", "an even better horse"+kb.Enter)
	b.untilText("h1", "Today")
	f.login("new@example.com", "an even better horse").want(http.StatusOK)
	b.do(chromedp.Reload())
	b.untilText("h1", "Today") // still signed in
}

// A sign-in that has ended asks for the password over the page, and what was half written is sent after it.
func TestBrowserSessionEnds(t *testing.T) {
	f := newFixture(t)
	b := newBrowser(t, f)
	b.signInAs(f, "manager")
	b.open("customers")
	b.click("[data-new]")
	b.fill("[name=full_name]", "Half Written")
	b.fill("dialog [name=email]", "half@example.com")
	b.fill("[name=phone]", "0612345678")
	eval[string](b, `localStorage.setItem('crm.tokens', JSON.stringify({access: 'x', refresh: 'y', forGood: true})), ''`)
	b.click("dialog.drawer .primary")
	b.fill("dialog.modal input[name=password]", staffPassword+kb.Enter)
	b.untilText("h1", "Half Written")
}

// A customer is made, found by half a phone number, and opened by keyboard alone.
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
	b.shot("duplicate")
	b.refill("dialog [name=email]", "leila@example.com"+kb.Enter)
	b.untilText("h1", "Leila Bennani")
	b.open("customers")
	b.press("/")
	b.fill("[data-search]", "98 76")
	b.until("document.querySelectorAll('.list tbody tr').length === 1")
	b.shot("found")
	b.press(kb.ArrowDown)
	b.press(kb.Enter)
	b.untilText("h1", "Leila Bennani")
	if hash := eval[string](b, "location.hash"); !strings.HasPrefix(hash, "#/customers/") {
		t.Errorf("address: got %q", hash)
	}
}

// An interaction is logged with two clicks and waits in Today.
func TestBrowserLogsAnInteraction(t *testing.T) {
	f := newFixture(t)
	id := f.send("POST", "/api/v1/customers", ahmed()).want(http.StatusCreated).str("id")
	b := newBrowser(t, f)
	b.signInAs(f, "agent")
	b.open("customers/" + id)
	b.click("[data-channel=phone]")
	b.fill(".composer textarea", "Wants the desert in March")
	b.click(".week-day:first-child")
	b.shot("composer")
	b.click(".composer .primary")
	b.untilText(".timeline", "Wants the desert in March")
	list := f.send("GET", "/api/v1/interactions/customer/"+id, nil).want(http.StatusOK)
	if list.num("total") != 1 || list.str("items.0.channel") != "phone" || list.get("items.0.follow_up_required") != true {
		t.Errorf("logged: got %s", list.body)
	}
}

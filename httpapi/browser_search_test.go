package httpapi

import (
	"net/http"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// Enter opens the first customer who matches what is typed, not the first of the list that is still shown. What was typed on the
// customer's page is there when the user comes back.
func TestBrowserEnterAndDraft(t *testing.T) {
	f := newFixture(t)
	id := f.send("POST", "/api/v1/customers", ahmed()).want(http.StatusCreated).str("id")
	f.send("POST", "/api/v1/customers", changed(ahmed(), map[string]any{"full_name": "Leila Bennani", "email": "leila@example.com"})).want(http.StatusCreated)
	b := newBrowser(t, f)
	b.signInAs(f, "agent")
	b.open("customers")
	b.untilText(".list tbody tr:first-child", "Leila Bennani")
	b.fill("[data-search]", "hassan"+kb.Enter)
	b.untilText("h1", "Ahmed Hassan")
	b.click("[data-channel=phone]")
	b.fill(".composer textarea", "Half a sentence")
	b.open("today")
	b.untilText("h1", "Today")
	b.open("customers/" + id)
	b.until("document.querySelector('.composer textarea')?.value === 'Half a sentence'")
}

package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// focusOn gives something the focus, as the Tab key would.
func (b *browser) focusOn(selector string) {
	b.t.Helper()
	b.wait(selector)
	eval[bool](b, fmt.Sprintf("document.querySelector(%q).focus(), true", selector))
	b.focused(selector)
}

// focused waits until what has the focus matches a selector.
func (b *browser) focused(selector string) {
	b.t.Helper()
	b.until(fmt.Sprintf("document.activeElement?.matches(%q)", selector))
}

// focusedIn waits until what has the focus matches a selector and stands in something with a text.
func (b *browser) focusedIn(selector, around, text string) {
	b.t.Helper()
	b.until(fmt.Sprintf("document.activeElement?.matches(%q) && document.activeElement.closest(%q)?.innerText.includes(%q)", selector, around, text))
}

// neverOnBody fails the test at its end if the body has had the focus in any frame from now on.
func (b *browser) neverOnBody() {
	b.t.Helper()
	eval[bool](b, `globalThis.framesOnBody = 0, globalThis.watching = () => {
		if (document.activeElement === document.body) framesOnBody++;
		requestAnimationFrame(watching);
	}, watching(), true`)
	b.t.Cleanup(func() {
		if got := eval[int](b, "framesOnBody"); got > 0 {
			b.t.Errorf("the focus was on the page as a whole for %d frames", got)
		}
	})
}

// newFollowUps returns a fixture with three customers. Each has a follow-up for today, one for later, a call and a complaint.
func newFollowUps(t *testing.T) (f *fixture, customers []string) {
	t.Helper()
	f = newFixture(t)
	for _, name := range []string{"Amina", "Brahim", "Chama"} {
		id := f.send("POST", "/api/v1/customers", changed(ahmed(), map[string]any{"full_name": name, "email": name + "@example.com"})).want(http.StatusCreated).str("id")
		for _, due := range []string{"2026-11-23", "2027-11-23", ""} {
			f.send("POST", "/api/v1/interactions", map[string]any{"customer_id": id, "channel": "phone", "summary": "Call of " + name + " " + due, "follow_up_required": due != "", "follow_up_date": due}).want(http.StatusCreated)
		}
		f.send("POST", "/api/v1/feedback", map[string]any{"customer_id": id, "service_type": "Tour", "rating": 1, "comments": "Complaint of " + name}).want(http.StatusCreated)
		customers = append(customers, id)
	}
	return f, customers
}

// When a row disappears, the focus is on the next row, or on the heading above.
func TestBrowserFocusInLists(t *testing.T) {
	f, _ := newFollowUps(t)
	b := newBrowser(t, f)
	b.signInAs(f, "manager")
	b.focused("h1")
	b.settle()
	b.neverOnBody()
	today := "[aria-label=Today] .tick-button"
	b.focusOn(today)
	first := eval[string](b, "document.activeElement.closest('li').nextElementSibling.querySelector('a').innerText")
	b.press(kb.Enter)
	b.focusedIn(".tick-button", "li", first) // the row after
	b.focusOn("[aria-label=Today] li:last-child .tick-button")
	b.press(kb.Enter)
	b.until("document.querySelectorAll('[aria-label=Today] li').length === 1")
	b.focused(today) // the row before
	b.press(kb.Enter)
	b.focusedIn("h2, .tick-button", "section", "Later") // the list after
	b.focusOn("[aria-label=Later] [aria-label=Snooze]")
	b.press(kb.Enter)
	b.focused("[role=menuitem]")
	b.press(kb.Enter) // to tomorrow
	b.focused("[aria-label=Snooze]")
	b.untilText("[aria-label='Later this week']", "tomorrow")

	b.focusOn(".mini .button")
	complaint := eval[string](b, "document.activeElement.closest('li').nextElementSibling.querySelector('.mini-text').innerText")
	b.press(kb.Enter)
	b.focused("dialog textarea")
	b.focusOn("dialog .primary")
	b.press(kb.Enter)
	b.until("!document.querySelector('dialog')")
	b.focusedIn(".button", ".mini", complaint)
	for left := 2; left > 0; left-- {
		b.until(fmt.Sprintf("document.querySelectorAll('.mini').length === %d", left))
		b.press(kb.Enter)
		b.focused("dialog textarea")
		b.focusOn("dialog .primary")
		b.press(kb.Enter)
		b.until("!document.querySelector('dialog')")
	}
	b.untilText(".aside", "None. Ratings of one or two stars")
	b.until("document.activeElement?.matches('h2') && document.activeElement.innerText.includes('Complaints')")
}

// The focus starts at the heading of a page and in the first field of a dialog, and goes back when the dialog closes.
func TestBrowserFocusOnPages(t *testing.T) {
	f, customers := newFollowUps(t)
	b := newBrowser(t, f)
	b.signInAs(f, "admin")
	b.settle()
	b.neverOnBody()
	b.focusOn("[href='#/customers']")
	b.press(kb.Enter)
	b.until("document.activeElement?.matches('h1') && document.activeElement.innerText === 'Customers'")
	b.focusOn(".row-link")
	name := eval[string](b, "document.activeElement.innerText")
	b.press(kb.Enter)
	b.until(fmt.Sprintf("document.activeElement?.matches('h1') && document.activeElement.innerText === %q", name))

	b.focusOn(".identity .actions .button")
	b.press(kb.Enter)
	b.focused("dialog [name=full_name]")
	b.press(kb.Escape)
	b.focused(".identity .actions .button")
	b.focusOn("[data-channel=phone]")
	b.press(kb.Enter)
	b.focused(".composer textarea")
	b.press(kb.Escape)
	b.focused("[data-channel=phone]")
	calls := eval[int](b, "document.querySelectorAll('.timeline-entry').length")
	b.focusOn(".timeline-entry .row-end .icon-button")
	b.press(kb.Enter)
	b.focused(".menu button")
	b.press(kb.ArrowDown)
	b.focused(".menu .danger")
	b.press(kb.Enter)
	b.focusedIn("button", "dialog footer", "Delete") // on Cancel
	b.focusOn("dialog .danger")
	b.press(kb.Enter)
	b.until(fmt.Sprintf("document.querySelectorAll('.timeline-entry').length === %d", calls-1))
	b.focused(".timeline-entry button")
	b.focusOn(".follow-up .button")
	b.press(kb.Enter)
	b.until("document.querySelectorAll('.follow-up').length === 1")
	b.focused(".timeline-entry button")

	b.focusOn("[href='#/users']")
	b.press(kb.Enter)
	b.until("document.activeElement?.matches('h1') && document.activeElement.innerText === 'Users'")
	b.focusOn("[data-new]")
	b.press(kb.Enter)
	b.focused("dialog [name=full_name]")
	b.press(kb.Escape)
	b.focused("[data-new]")
	b.focusOn("[href='#/status']")
	b.press(kb.Enter)
	b.focused("h1")
	b.focusOn(".panel .section-head button") // disabled while a backup is made
	b.press(kb.Enter)
	b.untilText(".toast:last-child", "Backup made")
	b.focused(".panel .section-head button")
	b.focusOn(".toast:last-child button")
	b.press(kb.Enter)
	b.untilGone(".toast", "Backup made")

	b.open("customers?contact_type=Individual&region=Nowhere")
	b.focusOn(".filter-clear")
	b.press(kb.Enter)
	b.focused(".filter")
	b.open("customers/" + customers[0])
	b.focused("h1")
	b.focusOn(".back")
	b.press(kb.Enter)
	b.until("document.activeElement?.matches('h1') && document.activeElement.innerText === 'Customers'")
}

// On the last page the button for the next one is disabled, and that for the page before has the focus.
func TestBrowserFocusOnPager(t *testing.T) {
	f := newFixture(t)
	for n := range 45 { // three pages
		f.send("POST", "/api/v1/customers", changed(ahmed(), map[string]any{"email": fmt.Sprintf("ahmed%d@example.com", n)})).want(http.StatusCreated)
	}
	b := newBrowser(t, f)
	b.signInAs(f, "manager")
	b.do(chromedp.EmulateViewport(1280, 500))
	b.open("customers")
	b.focusOn("[aria-label='Next page']")
	for _, first := range []int{21, 41} {
		b.press(kb.Enter)
		b.until(fmt.Sprintf("document.querySelector('.pager').innerText.includes('%d–')", first))
	}
	b.focused("[aria-label='Previous page']")
}

// The arrow keys go from tab to tab in reading order, Home and End to the ends, and the Tab key stops at one tab only.
func TestBrowserTabLists(t *testing.T) {
	f, customers := newFollowUps(t)
	b := newBrowser(t, f)
	b.signInAs(f, "admin")
	for _, page := range []struct{ page, first, last string }{
		{"feedback", "#tab-list", "#tab-stats"}, {"status", "#tab-service", "#tab-audit"}, {"customers/" + customers[0], "#tab-timeline", "#tab-history"},
	} {
		for _, language := range []string{"en", "ar"} {
			forward, back := kb.ArrowRight, kb.ArrowLeft
			if language == "ar" {
				forward, back = back, forward
			}
			b.open(page.page)
			b.choose(language, "light")
			b.focusOn(page.first)
			for _, step := range []struct{ key, want string }{
				{forward, page.last}, {forward, page.first}, {back, page.last}, {back, page.first}, {kb.End, page.last}, {kb.Home, page.first},
			} {
				b.press(step.key)
				b.focused(step.want + "[aria-selected=true][tabindex='0']")
				if got := eval[int](b, "document.querySelectorAll('[role=tab][tabindex=\"0\"]').length"); got != 1 {
					t.Errorf("%s: %d tabs are in the way of the Tab key, want 1", page.page, got)
				}
			}
		}
	}
}

// Every button and link has a name, also on a phone, where some have no room for text.
func TestBrowserNamesOnPhone(t *testing.T) {
	f, customers := newFollowUps(t)
	b := newBrowser(t, f)
	b.signInAs(f, "admin")
	b.do(chromedp.EmulateViewport(390, 844))
	for _, page := range []string{"today", "customers?region=Casablanca", "customers/" + customers[0], "interactions?follow_up=later", "feedback", "segments", "users", "status"} {
		b.open(page)
		b.settle()
		ctx, cancel := context.WithTimeout(b.ctx, patient)
		nodes, err := chromedp.Run(ctx, func(ctx context.Context, target *chromedp.Target) (accessibility.GetFullAXTreeResult, error) {
			return cdp.Call(ctx, target, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
		})
		cancel()
		if err != nil {
			t.Fatal(err)
		}
		pressed := 0
		for _, node := range nodes.Nodes {
			if node.Ignored || node.Role == nil || string(node.Role.Value) != `"button"` && string(node.Role.Value) != `"link"` {
				continue
			}
			pressed++
			if node.Name == nil || string(node.Name.Value) == `""` {
				t.Errorf("%s: a %s has no name", page, node.Role.Value)
			}
		}
		if pressed == 0 {
			t.Errorf("%s: nothing can be pressed", page)
		}
	}
}

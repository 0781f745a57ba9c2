package httpapi

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// The number in the menu is that of the follow-ups that Today lists, and "See all" of the complaints leads to exactly these.
func TestBrowserTodayCounts(t *testing.T) {
	f := newFixture(t, streaming)
	id := f.storeCustomer(nil)
	for _, days := range []int{-9, -1, 0, 0, 1, 2, 30, 31} { // from a Monday
		f.logInteraction(id, map[string]any{"follow_up_required": true, "follow_up_date": f.clock().AddDate(0, 0, days).Format(time.DateOnly)})
	}
	f.logInteraction(id, map[string]any{"follow_up_required": true})
	f.logInteraction(id, nil)
	for i, rating := range []int{1, 2, 1, 2, 1, 2, 3, 5, 1} {
		given := f.giveFeedback(id, map[string]any{"rating": rating, "comments": fmt.Sprint("rated ", rating)})
		if i == 8 {
			f.send("PUT", "/v1/feedback/"+given, map[string]any{"resolved": true}).want(http.StatusOK)
		}
	}
	b := newBrowser(t, f)
	b.signInAs(f, "manager")
	b.untilText(".nav-link .badge", "9")
	b.until("[...document.querySelectorAll('.columns > div:first-child .section .count')].reduce((sum, one) => sum + Number(one.textContent), 0) === 9")
	b.click(".todo .tick-button")
	b.untilText(".nav-link .badge", "8")
	b.untilText(".aside .section .count", "6")
	b.click(".aside .section .head-link")
	b.until("document.querySelectorAll('.list tbody tr').length === 6")
	if eval[bool](b, "/rated [345]/.test(document.querySelector('.list tbody').innerText)") {
		t.Error("other feedback than complaints is listed")
	}
}

// listPages returns the pages with a list.
func listPages(f *fixture) []string {
	return []string{"customers", "interactions", "feedback", "segments", "users", "segments/" + f.first("/segments/")}
}

// An address with a page past the end shows the last page.
func TestBrowserPastTheEnd(t *testing.T) {
	f := newOffice(t)
	b := newBrowser(t, f)
	b.signIn("admin@example.com")
	for _, page := range listPages(f) {
		b.open(page + "?page=99")
		b.wait(".list tbody tr")
		b.until("!location.hash.includes('page=99')")
	}
	total := f.send("GET", "/api/v1/customers", nil).want(http.StatusOK).num("total")
	b.open("customers?page=99")
	b.untilText(".pager", fmt.Sprintf("%v of %v", total, total))
}

// An address shows the same rows in windows of any size.
func TestBrowserSharedAddress(t *testing.T) {
	f := newOffice(t)
	b := newBrowser(t, f)
	b.signIn("admin@example.com")
	for _, page := range []string{"customers", "interactions", "feedback"} {
		var want string
		for _, height := range []int64{800, 500} {
			b.do(chromedp.EmulateViewport(1280, height), chromedp.Navigate("about:blank"))
			b.open(page + "?page=2")
			b.wait(".list tbody tr")
			b.settle()
			got := eval[string](b, "[...document.querySelectorAll('.list .row-link, .list .row-link-plain')].map(one => one.textContent).join()")
			if want == "" {
				want = got
			}
			if got != want {
				t.Errorf("%s in a window %d high: got %s, want %s", page, height, got, want)
			}
		}
	}
}

// While the service does not answer, a page keeps its data and says how old it is. When the service is back, every page recovers by
// itself, also a page that had no data.
func TestBrowserOutage(t *testing.T) {
	f := newOffice(t)
	b := newBrowser(t, f)
	b.signIn("admin@example.com")
	seen := map[string]string{
		"today": ".todo", "customers": ".list tbody tr", "interactions": ".list tbody tr", "feedback": ".list tbody tr",
		"segments": ".list tbody tr", "users": ".list tbody tr", "status": ".lights li",
		"customers/" + f.first("/customers/?query=amine&sort=-last_interaction"): ".timeline .timeline-entry", "segments/" + f.first("/segments/"): ".list tbody tr",
	}
	for page, rows := range seen {
		b.open(page)
		b.wait(rows)
		b.settle()
	}
	unseen := map[string]string{"feedback?view=stats": ".figures", "status?view=audit": ".timeline .timeline-entry", "customers?query=ben": ".list tbody tr"}
	for page, rows := range seen {
		b.site.stop()
		b.open(page)
		b.wait(rows)
		b.wait(".old")
		b.site.start()
		b.until("!document.querySelector('.old')")
		b.wait(rows)
	}
	for page, rows := range unseen {
		b.site.stop()
		b.open(page)
		b.wait(".list-frame .empty, .panel .empty")
		b.site.start()
		b.wait(rows)
	}
}

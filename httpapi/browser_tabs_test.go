package httpapi

import (
	"net/http"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// openStreams is how many streams of events the service has open.
func (f *fixture) openStreams() int {
	f.api.streams.mu.Lock()
	defer f.api.streams.mu.Unlock()
	return f.api.streams.total
}

// bringToFront brings a tab to the front. The other tabs of its window are hidden then.
func (b *browser) bringToFront() {
	b.t.Helper()
	b.do(tell(page.BringToFront, cdp.Empty{}))
}

// beside opens another tab in the same window. Both are hidden when the other is looked at.
func (b *browser) beside() *browser {
	b.t.Helper()
	other := b.site.tab(b.t, b.ctx, chromedp.WithNewWindow(false))
	for _, one := range []*browser{b, other} {
		one.do(tell(emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{}))
	}
	return other
}

// rename gives a customer another name, as somebody elsewhere would.
func (f *fixture) rename(id, name string) {
	f.t.Helper()
	f.send("PUT", "/api/v1/customers/"+id, map[string]any{"full_name": name}).want(http.StatusOK)
}

// A dozen windows of one browser, all in sight, are more than it has connections for: they share one stream, and what is changed
// elsewhere is in all of them. The next one takes the stream up when the one that has it is closed.
func TestBrowserTabs(t *testing.T) {
	f := newFixture(t, streaming)
	id := f.send("POST", "/api/v1/customers", ahmed()).want(http.StatusCreated).str("id")
	b := newBrowser(t, f)
	b.signInAs(f, "manager")
	tabs := []*browser{b}
	for range 12 {
		tab := b.site.tab(t, b.ctx)
		tab.open("customers")
		tab.untilText(".list", "Ahmed Hassan")
		tabs = append(tabs, tab)
	}
	b.open("customers")
	f.eventually("one stream for all tabs", func() bool { return f.openStreams() == 1 })
	f.rename(id, "Ahmed El Hassan")
	for _, tab := range tabs {
		tab.untilText(".list", "Ahmed El Hassan")
	}
	for i, name := range []string{"Ahmed Tazi", "Ahmed Idrissi"} {
		tabs[i].do(chromedp.Navigate("about:blank")) // one of them had the stream, sooner or later
		f.rename(id, name)
		for _, tab := range tabs[i+1:] {
			tab.untilText(".list", name)
		}
	}
	f.eventually("one stream for the tabs that are left", func() bool { return f.openStreams() == 1 })
}

// A tab that is hidden holds no connection, and shows what it has missed when it is looked at again.
func TestBrowserHiddenTab(t *testing.T) {
	f := newFixture(t, streaming)
	id := f.send("POST", "/api/v1/customers", ahmed()).want(http.StatusCreated).str("id")
	b := newBrowser(t, f)
	b.signInAs(f, "manager")
	b.open("customers")
	b.untilText(".list", "Ahmed Hassan")
	other := b.beside()
	b.until("document.hidden")
	other.do(chromedp.Navigate("about:blank"))
	f.eventually("no stream for a hidden tab", func() bool { return f.openStreams() == 0 })
	f.rename(id, "Ahmed El Hassan")
	b.bringToFront()
	b.untilText(".list", "Ahmed El Hassan")
	f.eventually("a stream for the tab in sight", func() bool { return f.openStreams() == 1 })
}

// A page that was left, and is kept for the way back, holds no connection, and catches up on the way back.
func TestBrowserPageLeft(t *testing.T) {
	f := newFixture(t, streaming)
	id := f.send("POST", "/api/v1/customers", ahmed()).want(http.StatusCreated).str("id")
	b := newBrowser(t, f)
	b.signInAs(f, "manager")
	b.open("customers")
	b.untilText(".list", "Ahmed Hassan")
	f.eventually("a stream", func() bool { return f.openStreams() == 1 })
	b.do(chromedp.Navigate(b.url() + "docs"))
	f.eventually("no stream for a page that was left", func() bool { return f.openStreams() == 0 })
	f.rename(id, "Ahmed El Hassan")
	eval[bool](b, "history.back(), true") // a page that was kept never loads, which chromedp would wait for
	b.untilText(".list", "Ahmed El Hassan")
	f.eventually("a stream again", func() bool { return f.openStreams() == 1 })
}

// Tabs of different people have streams of their own, and signing out ends them in every tab of that person.
func TestBrowserTabsOfTwo(t *testing.T) {
	f := newFixture(t, streaming)
	id := f.send("POST", "/api/v1/customers", ahmed()).want(http.StatusCreated).str("id")
	b := newBrowser(t, f)
	b.signInAs(f, "manager")
	f.colleague("youssef@example.com", "agent")
	same, other := b.site.tab(t, b.ctx), b.site.tab(t, b.ctx)
	same.open("customers")
	eval[bool](other, "sessionStorage.setItem('crm.tokens', '{}'), true") // as whoever does not stay signed in
	other.do(chromedp.Reload())
	other.signIn("youssef@example.com")
	other.open("customers")
	b.open("customers")
	f.eventually("two streams", func() bool { return f.openStreams() == 2 })
	f.rename(id, "Ahmed El Hassan")
	for _, tab := range []*browser{b, same, other} {
		tab.untilText(".list", "Ahmed El Hassan")
	}
	b.click(".who")
	b.clickText("[role=menuitem]", "Sign out")
	same.wait("input[name=password]")
}

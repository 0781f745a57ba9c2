package httpapi

import (
	"net/http"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// openStreams returns how many streams of events are open.
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

// beside opens another tab in the same window. One of the two is hidden at any time.
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

// A dozen visible windows of one browser are more than it has connections. They share one stream, and each shows the changes of others.
// When the window with the stream is closed, another one opens it.
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
		tabs[i].do(chromedp.Navigate("about:blank")) // one of them is the leader
		f.rename(id, name)
		for _, tab := range tabs[i+1:] {
			tab.untilText(".list", name)
		}
	}
	f.eventually("one stream for the tabs that are left", func() bool { return f.openStreams() == 1 })
}

// A hidden tab has no connection. When it is visible again, it shows what it has missed.
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

// A page in the back/forward cache has no connection. It catches up when the user comes back.
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
	eval[bool](b, "history.back(), true") // chromedp would wait for the page to load, which a cached page does not
	b.untilText(".list", "Ahmed El Hassan")
	f.eventually("a stream again", func() bool { return f.openStreams() == 1 })
}

// Tabs of different users have separate streams. Signing out closes the stream in all of the user's tabs.
func TestBrowserTabsOfTwo(t *testing.T) {
	f := newFixture(t, streaming)
	id := f.send("POST", "/api/v1/customers", ahmed()).want(http.StatusCreated).str("id")
	b := newBrowser(t, f)
	b.signInAs(f, "manager")
	f.colleague("youssef@example.com", "agent")
	same, other := b.site.tab(t, b.ctx), b.site.tab(t, b.ctx)
	same.open("customers")
	eval[bool](other, "sessionStorage.setItem('crm.tokens', '{}'), true") // as of a user who does not stay signed in
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

package httpapi

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// At its end a test closes every tab, also those that its pages have opened. None of them has a connection or changes anything while
// other tests run. Pages have the fixture's time and the tests' language.
func TestBrowserLeavesNothing(t *testing.T) {
	t.Run("a test", func(t *testing.T) {
		f := newFixture(t, streaming)
		b := newBrowser(t, f)
		b.signInAs(f, "manager")
		b.site.tab(t, b.ctx).open("customers")
		if !eval[bool](b, "Boolean(open('/', '_blank'))") {
			t.Error("the page cannot open another")
		}
		if got := eval[string](b, "navigator.language + new Date().toISOString().slice(0, 10)"); got != "en2026-11-23" && got != "en-US2026-11-23" {
			t.Errorf("the page is of %s", got)
		}
	})
	if chrome.ctx == nil {
		t.Skip("skipped: there is no browser")
	}
	targets, err := chromedp.Targets(chrome.ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, target := range targets {
		if strings.HasPrefix(target.URL, "http") {
			t.Errorf("left open: %s %s", target.Type, target.URL)
		}
	}
}

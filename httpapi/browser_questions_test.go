package httpapi

import (
	"slices"
	"sync"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// questions are what the browser has asked, with confirm() or before a page is left. The answer is yes, unless no is set.
type questions struct {
	mu    sync.Mutex
	no    bool
	asked []string // "confirm", "beforeunload"
}

// answer answers the browser's questions until the tab is closed. A page waits for the answer.
func (b *browser) answer() {
	dialogs := chromedp.Events(b.ctx, page.JavascriptDialogOpening)
	go func() {
		for dialog, err := range dialogs {
			if err != nil {
				return
			}
			b.asks.mu.Lock()
			b.asks.asked = append(b.asks.asked, string(dialog.Type))
			yes := !b.asks.no
			b.asks.mu.Unlock()
			_, _ = chromedp.Call(b.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: yes})
		}
	}()
}

// refuse sets whether questions are answered with no.
func (b *browser) refuse(no bool) {
	b.asks.mu.Lock()
	defer b.asks.mu.Unlock()
	b.asks.no = no
}

// wantAsked checks what the browser has asked since the last call.
func (b *browser) wantAsked(want ...string) {
	b.t.Helper()
	if got := b.asked(); !slices.Equal(got, want) {
		b.t.Errorf("the browser asked: got %v, want %v", got, want)
	}
}

// asked returns what the browser has asked since the last call.
func (b *browser) asked() []string {
	b.asks.mu.Lock()
	defer b.asks.mu.Unlock()
	got := b.asks.asked
	b.asks.asked = nil
	return got
}

package httpapi

import (
	"slices"
	"sync"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// questions are what the browser has asked by itself, in confirm() or before a page is left, and how that is answered: with yes.
type questions struct {
	mu    sync.Mutex
	no    bool
	asked []string // "confirm", "beforeunload"
}

// answer answers the browser's questions until the tab is closed; nothing goes on before.
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

// refuse answers the questions from now on with no, or with yes again.
func (b *browser) refuse(no bool) {
	b.asks.mu.Lock()
	defer b.asks.mu.Unlock()
	b.asks.no = no
}

// wantAsked checks what the browser has asked since it was looked at last.
func (b *browser) wantAsked(want ...string) {
	b.t.Helper()
	if got := b.asked(); !slices.Equal(got, want) {
		b.t.Errorf("the browser asked: got %v, want %v", got, want)
	}
}

// asked is what the browser has asked since it was looked at last.
func (b *browser) asked() []string {
	b.asks.mu.Lock()
	defer b.asks.mu.Unlock()
	got := b.asks.asked
	b.asks.asked = nil
	return got
}

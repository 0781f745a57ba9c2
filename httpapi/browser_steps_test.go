package httpapi

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// patient is how long a test waits for what a page should do next.
const patient = 30 * time.Second

// do runs steps. Each has half a minute.
func (b *browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	for i, step := range steps {
		ctx, cancel := context.WithTimeout(b.ctx, patient)
		err := chromedp.Do(ctx, step)
		cancel()
		if err != nil {
			b.screenshot("failed")
			b.t.Fatalf("step %d: %v", i+1, err)
		}
	}
}

// nothingMoves is a JavaScript expression: it is true if no animation is running, except endless ones.
const nothingMoves = "!document.getAnimations().some(one => one.playState === 'running' && one.effect?.getComputedTiming().iterations !== Infinity)"

// click clicks an element once nothing moves. While a dialog slides in, the click would miss it.
func (b *browser) click(selector string) {
	b.t.Helper()
	b.wait(selector)
	b.until(nothingMoves)
	b.do(chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
}

// clickText clicks the first visible element of a selector that contains a text.
func (b *browser) clickText(selector, text string) {
	b.t.Helper()
	find := fmt.Sprintf("[...document.querySelectorAll(%q)].find(one => one.checkVisibility() && one.textContent.includes(%q))", selector, text)
	b.until(find)
	eval[bool](b, find+".setAttribute('data-clicked', ''), true")
	b.click("[data-clicked]")
	eval[bool](b, "document.querySelector('[data-clicked]')?.removeAttribute('data-clicked'), true")
}

func (b *browser) fill(selector, text string) {
	b.t.Helper()
	b.wait(selector)
	b.do(chromedp.SendKeys(chromedp.CSS(selector), text))
}

// refill replaces the value of a field by typing.
func (b *browser) refill(selector, text string) {
	b.t.Helper()
	eval[bool](b, fmt.Sprintf("document.querySelector(%q).select(), true", selector))
	b.fill(selector, text)
}

// press presses a key wherever the focus is.
func (b *browser) press(key string) {
	b.t.Helper()
	b.do(chromedp.KeyEvent(key))
}

// stroke presses a key that the page handles, such as / for the search. (KeyEvent would also type the character.)
func (b *browser) stroke(key, code string, number int64) {
	b.t.Helper()
	for _, kind := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeRawKeyDown, input.DispatchKeyEventTypeKeyUp} {
		b.do(tell(input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: kind, Key: key, Code: code, WindowsVirtualKeyCode: number, NativeVirtualKeyCode: number}))
	}
}

func (b *browser) slash() {
	b.t.Helper()
	b.stroke("/", "Slash", 191)
}

func (b *browser) enter() {
	b.t.Helper()
	b.stroke("Enter", "Enter", 13)
}

// wait waits until something is visible.
func (b *browser) wait(selector string) {
	b.t.Helper()
	b.until(fmt.Sprintf("document.querySelector(%q)?.checkVisibility()", selector))
}

// until waits until an expression is true, half a minute at most. It asks again and again, because the page may change meanwhile: a
// script that waits in a page ends with it, or stops in the back/forward cache.
func (b *browser) until(expression string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patient)
	defer cancel()
	for {
		is, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("Boolean("+expression+")"))
		if is {
			return
		}
		if ctx.Err() != nil || err != nil && !strings.Contains(err.Error(), "context") && !strings.Contains(err.Error(), "navigated") {
			b.screenshot("failed")
			b.t.Fatalf("never so: %s: %v", expression, cmp.Or(err, ctx.Err()))
		}
		select {
		case <-ctx.Done():
		case <-time.After(30 * time.Millisecond):
		}
	}
}

// untilText waits until the first element of a selector shows a text.
func (b *browser) untilText(selector, text string) {
	b.t.Helper()
	b.until(fmt.Sprintf("document.querySelector(%q)?.innerText.includes(%q)", selector, text))
}

// untilGone waits until no element of a selector shows a text.
func (b *browser) untilGone(selector, text string) {
	b.t.Helper()
	b.until(fmt.Sprintf("[...document.querySelectorAll(%q)].every(one => !one.innerText.includes(%q))", selector, text))
}

// eval returns the value of an expression.
func eval[T any](b *browser, expression string) T {
	b.t.Helper()
	value, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return value
}

// screenshot saves the page as it looks now in the folder that $CRM_SCREENSHOTS names.
func (b *browser) screenshot(name string) {
	b.t.Helper()
	dir := os.Getenv(screenshotsVariable)
	if dir == "" {
		return
	}
	image, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.MkdirAll(dir, 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, strings.ReplaceAll(b.t.Name(), "/", "-")+"-"+name+".png"), image, 0o600)
	}
	if err != nil {
		b.t.Logf("no screenshot %s: %v", name, err)
	}
}

// colleague creates a user with roles, who need not choose another password.
func (f *fixture) colleague(email string, roles ...string) {
	f.t.Helper()
	id := f.addStaff(email, roles...)
	f.send("PUT", "/api/v1/users/"+id, map[string]any{"must_change_password": false}).want(http.StatusOK)
}

// signIn signs a user in.
func (b *browser) signIn(email string) {
	b.t.Helper()
	b.fill("input[name=email]", email)
	b.fill("input[name=password]", staffPassword+kb.Enter)
	b.wait(".shell h1")
}

// signInAs creates a user with roles and signs them in.
func (b *browser) signInAs(f *fixture, roles ...string) {
	b.t.Helper()
	f.colleague("fatima@example.com", roles...)
	b.signIn("fatima@example.com")
}

func (b *browser) open(page string) {
	b.t.Helper()
	b.do(chromedp.Navigate(b.url() + "#/" + page))
	b.wait(".shell h1")
}

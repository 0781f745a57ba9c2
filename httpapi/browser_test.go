package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// CRM_SHOTS names a folder that a look is saved in as a picture.
const shotsVariable = "CRM_SHOTS"

// chromium is the browser's path; empty when there is none.
func chromium() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// A browser is a tab of headless Chromium on the console of a fixture.
type browser struct {
	t   testing.TB
	ctx context.Context
	url string
}

// newBrowser opens the console of f at the sign-in, in English. What the page says to its console fails the test, but for
// answers that are no 2xx: the browser reports those too.
func newBrowser(t testing.TB, f *fixture) *browser {
	t.Helper()
	path := chromium()
	if path == "" {
		if os.Getenv("CRM_BROWSER") == "required" {
			t.Fatal("no Chromium, and CRM_BROWSER is required")
		}
		t.Skip("skipped: it needs Chromium (CRM_BROWSER=required forbids this)")
	}
	server := httptest.NewServer(f.api)
	t.Cleanup(server.Close)
	profile := t.TempDir()
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]), chromedp.ExecPath(path), chromedp.UserDataDir(profile),
		chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("lang", "en"))
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(func() { // its children write to the profile for a moment longer
		stop()
		for range 100 {
			if os.RemoveAll(profile) == nil {
				return
			}
		}
	})
	ctx, leave := chromedp.NewContext(allocator)
	t.Cleanup(leave)
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(cancel)
	b := &browser{t, ctx, server.URL}
	b.do(chromedp.EmulateViewport(1280, 800))
	b.listen()
	b.do(chromedp.Navigate(b.url + "/"))
	return b
}

func (b *browser) listen() {
	messages := chromedp.Console(b.ctx)
	go func() {
		for message, err := range messages {
			if err != nil {
				return
			}
			if message.Source != "network" && (message.Type == "error" || message.IsException()) {
				b.t.Errorf("the browser says: %s %s", message, message.URL)
			}
		}
	}()
}

// do takes steps, each within a quarter of a minute.
func (b *browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	for i, step := range steps {
		if err := chromedp.Do(b.ctx, step); err != nil {
			b.shot("failed")
			b.t.Fatalf("step %d: %v", i+1, err)
		}
	}
}

func (b *browser) click(selector string) {
	b.t.Helper()
	b.wait(selector)
	b.do(chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
}

func (b *browser) fill(selector, text string) {
	b.t.Helper()
	b.wait(selector)
	b.do(chromedp.SendKeys(chromedp.CSS(selector), text))
}

// refill types over what a field has.
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

// wait waits until something is visible.
func (b *browser) wait(selector string) {
	b.t.Helper()
	b.until(fmt.Sprintf("document.querySelector(%q)?.checkVisibility()", selector))
}

// until waits until an expression is true.
func (b *browser) until(expression string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 15*time.Second)
	defer cancel()
	if _, err := chromedp.Run(ctx, chromedp.Poll[bool]("Boolean("+expression+")")); err != nil {
		b.shot("failed")
		b.t.Fatalf("never so: %s: %v", expression, err)
	}
}

// untilText waits until what selector finds shows text.
func (b *browser) untilText(selector, text string) {
	b.t.Helper()
	b.until(fmt.Sprintf("document.querySelector(%q)?.innerText.includes(%q)", selector, text))
}

// eval is an expression's value.
func eval[T any](b *browser, expression string) T {
	b.t.Helper()
	value, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return value
}

// shot saves a picture of the page as it is, where $CRM_SHOTS says.
func (b *browser) shot(name string) {
	b.t.Helper()
	dir := os.Getenv(shotsVariable)
	if dir == "" {
		return
	}
	picture, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, strings.ReplaceAll(b.t.Name(), "/", "-")+"-"+name+".png"), picture, 0o600)
	}
	if err != nil {
		b.t.Logf("no picture %s: %v", name, err)
	}
}

// signInAs makes a user with the roles and signs them in.
func (b *browser) signInAs(f *fixture, roles ...string) {
	b.t.Helper()
	id := f.addStaff("fatima@example.com", roles...)
	f.send("PUT", "/api/v1/users/"+id, map[string]any{"must_change_password": false}).want(http.StatusOK)
	b.fill("input[name=email]", "fatima@example.com")
	b.fill("input[name=password]", staffPassword+kb.Enter)
	b.wait(".shell h1")
}

func (b *browser) open(page string) {
	b.t.Helper()
	b.do(chromedp.Navigate(b.url + "/#/" + page))
	b.wait(".shell h1")
}

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

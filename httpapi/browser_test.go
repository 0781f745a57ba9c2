package httpapi

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"crm/httpapi/console"
)

const (
	// CRM_BROWSER is empty, "required" (without a browser the tests fail instead of being skipped) or "skip".
	browserVariable = "CRM_BROWSER"
	// CRM_SCREENSHOTS names a folder that screenshots are saved in.
	screenshotsVariable = "CRM_SCREENSHOTS"
)

// chromium is the browser's path; empty when there is none.
func chromium() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// needs skips the test for lack of something, unless it must be there.
func needs(t testing.TB, what string) {
	t.Helper()
	if os.Getenv(browserVariable) == "required" {
		t.Fatalf("no %s, and %s is required", what, browserVariable)
	}
	t.Skipf("skipped: it needs %s (%s=required forbids this)", what, browserVariable)
}

// chrome is the one browser of all tests, with what ends it.
var chrome struct {
	once sync.Once
	ctx  context.Context
	err  error
	stop func()
}

// openChrome starts the browser at the first call.
func openChrome(path string) (context.Context, error) {
	chrome.once.Do(func() {
		options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]), chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
			chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("lang", "en"))
		allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
		ctx, leave := chromedp.NewContext(allocator)
		chrome.ctx, chrome.stop = ctx, func() { leave(); stop() }
		chrome.err = chromedp.Do(ctx)
	})
	return chrome.ctx, chrome.err
}

// closeChrome ends the browser, if one was started.
func closeChrome() {
	if chrome.stop != nil {
		chrome.stop()
	}
}

// A site is a fixture's service on a port of the loopback network.
type site struct {
	f      *fixture
	server *http.Server
	addr   string
}

func newSite(f *fixture) *site {
	f.t.Helper()
	s := &site{f: f, addr: "127.0.0.1:0"}
	s.start()
	f.t.Cleanup(s.stop)
	return s
}

// start listens, on the same port as before.
func (s *site) start() {
	s.f.t.Helper()
	listener, err := net.Listen("tcp", s.addr)
	if err != nil {
		s.f.t.Fatal(err)
	}
	s.addr = listener.Addr().String()
	server := &http.Server{Handler: s, ReadHeaderTimeout: time.Minute}
	s.server = server
	go func() { _ = server.Serve(listener) }()
}

// stop ends every connection, as the end of the process would.
func (s *site) stop() { _ = s.server.Close() }

// ServeHTTP holds what the console asks for, and gets, against openapi.yaml.
func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/events") { // never ends
		s.f.api.ServeHTTP(w, r)
		return
	}
	if !strings.HasPrefix(r.URL.Path, console.Path) {
		r.Header.Del("Accept-Encoding")
	}
	kept := httptest.NewRecorder()
	s.f.api.ServeHTTP(kept, r)
	checkContract(s.f.t, r, &answer{s.f.t, kept.Code, kept.Header(), kept.Body.Bytes()})
	for name, values := range kept.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(kept.Code)
	_, _ = kept.Body.WriteTo(w)
}

// A browser is a tab of headless Chromium on the console, with a profile of its own.
type browser struct {
	t    testing.TB
	ctx  context.Context
	site *site
	asks questions // of the browser itself: to leave a page, say
}

// newBrowser opens the console of f at the sign-in, in English, in the office's time zone and at the fixture's time. What the
// page says to its console fails the test, but for answers that are no 2xx: the browser reports those too.
func newBrowser(t testing.TB, f *fixture) *browser {
	t.Helper()
	if os.Getenv(browserVariable) == "skip" {
		t.Skipf("skipped: %s=skip", browserVariable)
	}
	path := chromium()
	if path == "" {
		needs(t, "Chromium")
	}
	if _, err := openChrome(path); err != nil {
		t.Fatalf("Chromium does not start: %v", err)
	}
	return newSite(f).open(t)
}

// open is another browser on the site.
func (s *site) open(t testing.TB) *browser {
	t.Helper()
	return s.tab(t, chrome.ctx, chromedp.WithNewBrowserContext())
}

// tab opens the console in another tab, of the browser that a context belongs to.
func (s *site) tab(t testing.TB, of context.Context, options ...chromedp.ContextOption) *browser {
	t.Helper()
	ctx, leave := chromedp.NewContext(of, options...)
	t.Cleanup(leave)
	b := &browser{t: t, ctx: ctx, site: s}
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 800)); err != nil {
		t.Fatal(err)
	}
	var cancel context.CancelFunc // not before the tab is there: it would live no longer than the first step
	b.ctx, cancel = context.WithTimeout(ctx, 10*time.Minute)
	t.Cleanup(cancel)
	b.do(
		tell(emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: officeZone.String()}),
		tell(emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}),
		tell(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-reduced-motion", Value: "reduce"}}}),
		tell(page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: fmt.Sprintf(pageScript, s.f.clock().UnixMilli())}),
	)
	b.listen()
	b.answer()
	b.do(chromedp.Navigate(b.url()))
	return b
}

// pageScript lets a page begin at a time, in milliseconds, and counts in requestsUnderWay what it waits for.
const pageScript = `{
  const Real = Date, ahead = %d - Date.now();
  globalThis.Date = class extends Real {
    constructor(...given) { if (given.length) super(...given); else super(Real.now() + ahead); }
    static now() { return Real.now() + ahead; }
  };
  const ask = fetch;
  globalThis.requestsUnderWay = 0;
  globalThis.fetch = (path, ...rest) => {
    if (String(path).endsWith('/events')) return ask(path, ...rest);
    requestsUnderWay++;
    return ask(path, ...rest).finally(() => { requestsUnderWay--; });
  };
}`

// tell sends a command of the DevTools protocol.
func tell[P, R any](command cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, command, params)
		return err
	})
}

func (b *browser) url() string { return "http://" + b.site.addr + "/" }

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

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

// chromium returns the browser's path, or nothing if there is none.
func chromium() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// needs skips the test because something is missing, or fails it if that is required.
func needs(t testing.TB, what string) {
	t.Helper()
	if thorough() {
		t.Fatalf("no %s, and %s is required", what, browserVariable)
	}
	t.Skipf("skipped: it needs %s (%s=required forbids this)", what, browserVariable)
}

// thorough reports whether tests look at everything, and not only at a part that stands for it.
func thorough() bool { return os.Getenv(browserVariable) == "required" }

// chrome is the one browser of all tests, and the function that closes it.
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

// closeChrome closes the browser, if it was started.
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

// ServeHTTP checks every exchange of the console against openapi.yaml.
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
	asks questions // of the browser, such as whether to leave a page
}

// newBrowser opens the console of f at the sign-in, in English, in the office's time zone and at the fixture's time. An error in the
// browser's console fails the test, except for refused requests.
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

// open opens the console in another browser profile.
func (s *site) open(t testing.TB) *browser {
	t.Helper()
	return s.tab(t, chrome.ctx, chromedp.WithNewBrowserContext())
}

// tab opens the console in another tab of the browser of a context.
func (s *site) tab(t testing.TB, of context.Context, options ...chromedp.ContextOption) *browser {
	t.Helper()
	ctx, leave := chromedp.NewContext(of, options...)
	t.Cleanup(leave)
	b := &browser{t: t, ctx: ctx, site: s}
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 800)); err != nil {
		t.Fatal(err)
	}
	var cancel context.CancelFunc                            // after the first step: a context that starts a tab must not have the time limit of a step
	b.ctx, cancel = context.WithTimeout(ctx, 30*time.Minute) // each step has its own limit
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

// pageScript sets the clock of a page to a time in ms, and counts its open requests in requestsUnderWay.
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

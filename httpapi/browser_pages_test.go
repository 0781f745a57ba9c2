package httpapi

import (
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"crm/auth"
	"crm/store"
	"crm/store/sample"
)

// newOffice returns a fixture with data like the demo's, a user of each role, and streams of events that do not end.
func newOffice(t testing.TB) *fixture {
	t.Helper()
	f := newFilled(t, func(f *fixture) error {
		g := sample.New(sample.Options{Seed: 1, Customers: 300, Interactions: 1500, Feedback: 400, Now: f.clock()})
		rows := store.Rows{Customers: g.Customers(), Interactions: g.Interactions(), Feedback: g.Feedback(), Segments: slices.Values(g.Segments())}
		return f.store.Load(store.By{}, rows, nil)
	}, streaming)
	for _, role := range auth.Roles() {
		f.colleague(role.Name+"@example.com", role.Name)
	}
	return f
}

// streaming has streams of events that do not end.
func streaming(c *Config) { c.Stopping = nil }

// CRM_VIEWS is a regular expression of the names of views. Without it, tests look at all.
const viewsVariable = "CRM_VIEWS"

// A view is a page of the console, with what is opened on it.
type view struct {
	name, page string
	ready      string // a selector of what it has when it is ready
	open       func(*browser)
	desk       bool // not on a phone
}

// views returns every page, and what opens on pages.
func views(f *fixture) []view {
	customer := "customers/" + f.first("/customers/?query=amine&sort=-last_interaction")
	segment := "segments/" + f.first("/segments/")
	drawer := func(b *browser) { b.click("[data-new]"); b.wait("dialog[open] input") }
	return []view{
		{name: "today", page: "today", ready: ".todo"},
		{name: "customers", page: "customers", ready: ".list tbody tr"},
		{name: "customers-found", page: "customers?query=amine&loyalty_status=Gold&loyalty_status=New&region=Marrakech&is_active=all", ready: ".list-frame > *"},
		{name: "customers-none", page: "customers?query=nobody+of+this+name", ready: ".empty"},
		{name: "customers-chosen", desk: true, page: "customers", ready: ".list tbody tr", open: func(b *browser) {
			b.click(".list tbody tr:nth-child(2) .tick input")
			b.click(".list tbody tr:nth-child(4) .tick input")
			b.wait(".bulk")
		}},
		{name: "customers-tags", desk: true, page: "customers", ready: ".list tbody tr", open: func(b *browser) {
			b.click(".list tbody tr:nth-child(2) .tick input")
			b.click(".bulk .button")
			b.wait("dialog[open] .choice")
		}},
		{name: "customers-filter", page: "customers", ready: ".list tbody tr", open: func(b *browser) {
			b.click(".filters .popup-root:nth-child(2) .filter")
			b.wait(".popup .choice")
		}},
		{name: "customer-new", page: "customers", ready: ".list tbody tr", open: func(b *browser) {
			drawer(b)
			b.fill("dialog [name=email]", "nobody"+kb.Enter)
			b.wait("dialog .error")
		}},
		{name: "customer", page: customer, ready: ".timeline .timeline-entry"},
		{name: "customer-composer", page: customer, ready: ".timeline .timeline-entry", open: func(b *browser) {
			b.click("[data-channel=whatsapp]")
			b.clickText(".composer .link", "")
		}},
		{name: "customer-edit", page: customer, ready: ".timeline .timeline-entry", open: func(b *browser) {
			b.click(".identity .actions .button")
			b.wait("dialog[open] input")
		}},
		{name: "customer-clash", page: customer, ready: ".timeline .timeline-entry", open: func(b *browser) {
			b.edit()
			f.send("PUT", "/api/v1/"+customer, map[string]any{"phone": fmt.Sprint("06", f.store.Seq()), "notes": "Vegetarian"}).want(http.StatusOK)
			b.refill("dialog [name=phone]", "+212 6 98 76 54 32")
			b.refill("dialog [name=notes]", "Prefers the sea"+kb.Tab)
			b.click("dialog .primary")
			b.wait(".clashes")
		}},
		{name: "customer-menu", page: customer, ready: ".timeline .timeline-entry", open: func(b *browser) { b.click(".identity .icon-button") }},
		{name: "customer-changes", page: customer, ready: ".timeline .timeline-entry", open: func(b *browser) { b.click("#tab-history"); b.wait("#panel > *") }},
		{name: "interactions", page: "interactions", ready: ".list tbody tr"},
		{name: "interactions-due", page: "interactions?follow_up=overdue", ready: ".list tbody tr"},
		{name: "feedback", page: "feedback", ready: ".list tbody tr"},
		{name: "feedback-resolve", page: "feedback?resolved=false", ready: ".list tbody tr", open: func(b *browser) {
			b.click(".list tbody .button")
			b.wait("dialog[open] textarea")
		}},
		{name: "feedback-resolved", page: "feedback?resolved=true", ready: ".list tbody tr", open: func(b *browser) {
			b.click(".list tbody .two-lines")
			b.wait("dialog[open] textarea")
		}},
		{name: "feedback-statistics", page: "feedback?view=stats&days=90", ready: ".trend svg"},
		{name: "segments", page: "segments", ready: ".list tbody tr"},
		{name: "segment", page: segment, ready: ".list tbody tr"},
		{name: "segment-new", page: "segments", ready: ".list tbody tr", open: func(b *browser) {
			drawer(b)
			b.click(".builder .filter")
			b.clickText(".popup .choice", "")
			b.wait(".preview li")
		}},
		{name: "users", page: "users", ready: ".list tbody tr"},
		{name: "user-new", page: "users", ready: ".list tbody tr", open: drawer},
		{name: "status", page: "status", ready: ".panel > *"},
		{name: "status-log", page: "status?view=audit", ready: ".panel > *"},
		{name: "nowhere", page: "nowhere", ready: ".empty"},
		{name: "account", page: "today", ready: ".todo", open: func(b *browser) { b.clickText(".who, .bottom-bar .popup-root .bottom-tab", "") }},
		{name: "password", page: "today", ready: ".todo", open: func(b *browser) {
			b.clickText(".who, .bottom-bar .popup-root .bottom-tab", "")
			eval[bool](b, "[...document.querySelectorAll('[role=menuitem]')].at(-2).click(), true")
			b.wait("dialog[open] input")
		}},
	}
}

// show opens a view from an empty page, in a language and a theme.
func (b *browser) show(v view, language, theme string) {
	b.t.Helper()
	eval[bool](b, fmt.Sprintf("localStorage.setItem('crm.language', %q), localStorage.setItem('crm.theme', %q), true", language, theme))
	b.do(chromedp.Navigate("about:blank"))
	b.open(v.page)
	b.wait(v.ready)
	b.settle()
	if v.open != nil {
		v.open(b)
	}
	b.settle()
}

// settle waits until the page has read everything, and animations have ended.
func (b *browser) settle() {
	b.t.Helper()
	b.until("requestsUnderWay === 0 && !document.querySelector('.skeleton') && ![...document.querySelectorAll('bdi')].some(one => one.textContent === '…') && " + nothingMoves)
}

// A variant is a language, a theme and a size that the console is shown in.
type variant struct {
	name, language, theme string
	width, height         int64
}

var variants = []variant{
	{"desktop", "fr", "light", 1280, 800},
	{"dark", "en", "dark", 1280, 800},
	{"arabic", "ar", "light", 1280, 800},
	{"phone", "fr", "light", 390, 844},
	{"arabic-phone", "ar", "dark", 390, 844},
}

// Screenshots of every page, for people to look at: CRM_SCREENSHOTS=/tmp/screenshots go test -run TestBrowserScreenshots ./httpapi
func TestBrowserScreenshots(t *testing.T) {
	dir := os.Getenv(screenshotsVariable)
	if dir == "" {
		t.Skipf("skipped: %s names no folder for screenshots", screenshotsVariable)
	}
	wanted := regexp.MustCompile(os.Getenv(viewsVariable))
	f := newOffice(t)
	b := newBrowser(t, f)
	b.signIn("admin@example.com")
	for _, l := range variants {
		b.do(chromedp.EmulateViewport(l.width, l.height))
		for _, v := range views(f) {
			if wanted.MatchString(l.name+"/"+v.name) && (l.width > 1000 || !v.desk) {
				b.show(v, l.language, l.theme)
				b.screenshot(l.name + "-" + v.name)
			}
		}
	}
}

package httpapi

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// untilDay waits until Today shows a date. Versions of Chromium differ in their commas.
func (b *browser) untilDay(weekday, date string) {
	b.t.Helper()
	b.until(fmt.Sprintf("/%s,? %s/.test(document.querySelector('.page-head').innerText)", weekday, date))
}

// Days and times are the office's, whatever the browser's zone and zone data are. The zone data of some versions of Chromium have the
// office's zone an hour behind the service's.
func TestBrowserOfficeTimes(t *testing.T) {
	f := newFixture(t, streaming)
	b := newBrowser(t, f)
	b.signInAs(f, "manager")
	for _, zone := range []string{"Africa/Casablanca", "Pacific/Kiritimati", "America/Los_Angeles"} {
		b.do(tell(emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: zone}))
		id := f.storeCustomer(nil)
		f.logInteraction(id, map[string]any{"timestamp": "2026-11-22T23:30:00Z", "follow_up_required": true, "follow_up_date": "2026-11-27"})
		b.open("customers/" + id)
		b.untilText(".timeline .pill", "in 4 days")
		if got := eval[string](b, "document.querySelector('.timeline time').title"); got != "23 Nov 2026, 00:30" {
			t.Errorf("%s: logged at %s, want 23 Nov 2026, 00:30", zone, got)
		}
		b.click(".timeline .icon-button")
		b.clickText("[role=menuitem]", "Edit")
		b.wait("dialog [name=timestamp]")
		got := eval[string](b, "document.querySelector('dialog [name=timestamp]').value + ' ' + document.querySelector('dialog .week-day input:checked').value")
		if got != "2026-11-23T00:30 2026-11-27" {
			t.Errorf("%s: the form has %s, want 2026-11-23T00:30 2026-11-27", zone, got)
		}
		eval[bool](b, `(field => {
			field.value = '2026-11-23T09:15';
			return field.dispatchEvent(new Event('input', {bubbles: true}));
		})(document.querySelector('dialog [name=timestamp]'))`)
		b.clickText("dialog .week-day", "Sat")
		b.click("dialog .primary")
		b.until("!document.querySelector('dialog')")
		b.untilText(".timeline .pill", "in 5 days")
		f.send("GET", "/api/v1/interactions/customer/"+id, nil).want(http.StatusOK).wantFields(map[string]any{
			"items.0.timestamp": "2026-11-23T08:15:00.000Z", "items.0.follow_up_local": "2026-11-28", "items.0.follow_up_date": "2026-11-27T23:00:00.000Z",
		})
		b.open("today")
		b.untilDay("Monday", "23 November")
		b.open("interactions?follow_up=week")
		b.untilText(".list .pill", "in 5 days")
	}
}

// A machine whose clock is wrong shows the office's day. The day changes while the console is open, also without requests.
func TestBrowserOfficeDay(t *testing.T) {
	f := newFixture(t, streaming)
	b := newBrowser(t, f)
	b.do(tell(page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: `{
		const Right = Date;
		globalThis.daysAhead = 3;
		globalThis.Date = class extends Right {
			constructor(...given) { if (given.length) super(...given); else super(Date.now()); }
			static now() { return Right.now() + daysAhead * 86400000; }
		};
	}`}), chromedp.Reload())
	b.signInAs(f, "manager")
	b.untilDay("Monday", "23 November")
	f.pass(24 * 3600e9)
	eval[bool](b, "daysAhead++, true")
	b.untilDay("Tuesday", "24 November")
	f.pass(24 * 3600e9)
	f.token = f.tokenFor(testUser, "*:*:*")     // the one before has expired
	f.logInteraction(f.storeCustomer(nil), nil) // the machine's clock stands still, but answers have the service's time
	b.untilDay("Wednesday", "25 November")
}

// Months and numbers in French are those of France: browsers have others for fr-MA.
func TestBrowserFrench(t *testing.T) {
	f := newFixture(t)
	b := newBrowser(t, f)
	b.signInAs(f, "manager")
	b.choose("fr", "light")
	said := eval[string](b, `(async () => {
		const { dayMonth, decimal } = await import(new URL('lib/format.js', document.querySelector('script[type=module]').src));
		return dayMonth('2026-07-24') + ' ' + decimal(1501234.5);
	})()`)
	if want := "24 juil. 1\u202f501\u202f234,5"; said != want {
		t.Errorf("got %q, want %q", said, want)
	}
}

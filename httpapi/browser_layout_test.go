package httpapi

import (
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// Texts of the greatest lengths that the API accepts: single words that fit on no line, and normal words.
var (
	longWord   = "Aït" + strings.Repeat("ouarzazate", 25) + "ia"                                                // 255 letters
	longWords  = strings.TrimSpace(strings.Repeat("Bennani El Idrissi Ouazzani Tazi ", 8))[:255]                // as many
	longArabic = strings.TrimSpace(string([]rune(strings.Repeat("عبدالرحمن بن عبدالعزيز الإدريسي ", 9))[:255])) // from right to left
	longEmail  = strings.Repeat("a", 64) + "@" + strings.Repeat("b", 63) + "." + strings.Repeat("c", 63) + "." + strings.Repeat("d", 57) + ".com"
	longPhone  = "+212 (0)6 61-23-45-6" // 20 characters
	longNotes  = strings.Repeat("Prefers a quiet room. ", 200) + strings.Repeat("x", 5_000) + "\n" + strings.Repeat("يفضل غرفة هادئة. ", 30)
	longText   = strings.Repeat("w", 1_000) + " " + strings.Repeat("Two hours late at the airport. ", 30)
)

// longTags returns as many tags as a customer may have, each as long as a tag may be.
func longTags() []string {
	tags := make([]string, 50)
	for i := range tags {
		tags[i] = fmt.Sprintf("%02d%s", i, strings.Repeat("étiquette ", 5)[:48-5])
		if i%2 == 0 {
			tags[i] = fmt.Sprintf("%02d%s", i, strings.Repeat("m", 48))
		}
	}
	return tags
}

// newLongOffice returns a fixture whose texts all have the greatest length, and the ids of a customer and a segment.
func newLongOffice(t *testing.T) (f *fixture, customer, segment string) {
	t.Helper()
	f = newFixture(t)
	create := func(path string, body map[string]any) string {
		return f.send("POST", "/api/v1/"+path, body).want(http.StatusCreated).str("id")
	}
	for i, name := range []string{longWords, longArabic, longWord} {
		customer = create("customers", map[string]any{
			"full_name": name, "company_name": name, "contact_type": "Corporate", "email": fmt.Sprint(i) + longEmail[1:], "phone": longPhone, "tags": longTags(), "notes": longNotes,
			"region": strings.Repeat("R", 100), "nationality": strings.Repeat("N", 100), "preferred_language": strings.Repeat("L", 50),
		})
		for _, due := range []string{"2026-11-01", "2026-11-23", "2026-11-26", "2027-12-31"} {
			create("interactions", map[string]any{"customer_id": customer, "channel": "in-person", "subject": name, "summary": longText, "duration_minutes": 1<<31 - 1, "follow_up_required": true, "follow_up_date": due})
		}
		create("feedback", map[string]any{"customer_id": customer, "service_type": "Accommodation", "rating": 1, "comments": longText})
		resolved := create("feedback", map[string]any{"customer_id": customer, "service_type": "Accommodation", "rating": 5, "comments": longText})
		f.send("PUT", "/api/v1/feedback/"+resolved, map[string]any{"resolved": true, "resolution_notes": longText[:1_000]}).want(http.StatusOK)
		segment = create("segments", map[string]any{"name": name, "description": longText[:1_000], "criteria": map[string]any{"tags": longTags(), "region": []string{strings.Repeat("R", 100)}}})
	}
	f.send("PUT", "/api/v1/customers/"+customer, map[string]any{"notes": longNotes[:9_000]}).want(http.StatusOK)
	f.colleague("admin@example.com", "admin")
	for i, name := range []string{longWord, longArabic} {
		id := f.addStaff(fmt.Sprint(i)+longEmail[1:], "admin", "manager", "agent", "viewer")
		f.send("PUT", "/api/v1/users/"+id, map[string]any{"full_name": name, "must_change_password": false}).want(http.StatusOK)
	}
	return f, customer, segment
}

// layoutFaults finds faults in the layout of the page: what scrolls sideways, leaves the window, is cut off or overlaps something else.
// If a dialog is open, it looks at the dialog only.
const layoutFaults = `(() => {
  const found = new Set(), controls = 'a, button, input, select, textarea, summary, [role=tab]';
  const name = node => {
    const one = n => n.localName + (n.id && !/\d/.test(n.id) ? '#' + n.id : '') + [...n.classList].slice(0, 2).map(c => '.' + c).join('');
    return [node.parentElement?.parentElement, node.parentElement, node].filter(Boolean).map(one).join(' > ') + ' "' + (node.getAttribute('aria-label') || node.textContent).trim().slice(0, 24) + '"';
  };
  const say = (what, ...nodes) => found.add(what + ': ' + nodes.map(name).join(' / '));
  const layer = [...document.querySelectorAll('dialog[open]')].at(-1) ?? document.body;
  const popups = [...layer.querySelectorAll('.popup')];
  const top = node => popups.find(popup => popup.contains(node)) ?? layer;
  const hidden = node => !node.checkVisibility({ visibilityProperty: true }) || node.closest('.hidden, svg, datalist, option, .toasts, .skip') ||
    getComputedStyle(node).clipPath !== 'none' || getComputedStyle(node.parentElement).clipPath !== 'none' || getComputedStyle(node).opacity === '0';
  const cross = (a, b) => ({ left: Math.max(a.left, b.left), right: Math.min(a.right, b.right), top: Math.max(a.top, b.top), bottom: Math.min(a.bottom, b.bottom) });
  const width = r => r.right - r.left, height = r => r.bottom - r.top, empty = r => width(r) < 1 || height(r) < 1;

  // shown returns the visible part of a rectangle inside the element from and its ancestors, and whether only ellipses cut it.
  const shown = (rect, from, position = '') => {
    let ellipsis = true;
    for (let at = from; at && at !== document.body && position !== 'fixed'; at = at.parentElement) {
      const style = getComputedStyle(at);
      if (position === 'absolute' && style.position === 'static') continue;
      if (style.overflowX !== 'visible') {
        const box = at.getBoundingClientRect();
        const less = cross(rect, { left: box.left, right: box.right, top: -1e6, bottom: 1e6 });
        if (width(less) < width(rect) - 1 && style.textOverflow !== 'ellipsis') ellipsis = false;
        rect = at.matches('.scroll') ? less : cross(less, { ...less, top: box.top, bottom: box.bottom }); // pages scroll down
      }
      position = style.position;
    }
    return { rect, ellipsis };
  };

  for (const node of [document.scrollingElement, ...document.body.querySelectorAll('*')]) {
    const scrolls = node === document.scrollingElement || /auto|scroll/.test(getComputedStyle(node).overflowX);
    if (scrolls && !node.matches('input, textarea') && node.scrollWidth > node.clientWidth + 1) say('scrolls sideways by ' + (node.scrollWidth - node.clientWidth), node);
  }
  for (const node of [...popups, ...document.querySelectorAll('dialog[open]')]) {
    const r = node.getBoundingClientRect();
    if (r.left < 0 || r.top < 0 || r.right > innerWidth || r.bottom > innerHeight) say('not inside the window ' + JSON.stringify(r), node);
  }

  const boxes = [];
  for (const node of layer.querySelectorAll(controls)) {
    if (hidden(node)) continue;
    const all = node.getBoundingClientRect();
    if (empty(all)) continue;
    const { rect, ellipsis } = shown(all, node.parentElement, getComputedStyle(node).position);
    if (empty(rect)) { if (all.width > 1 && width(rect) < 1) say('cannot be seen', node); continue; }
    if (rect.left < -1 || rect.right > innerWidth + 1) say('outside the window', node);
    if (!ellipsis && width(rect) < all.width - 1) say('cut off', node);
    if (!node.closest('.bulk')) boxes.push({ node, rect, layer: top(node) });
  }
  const together = (a, b) => a.contains(b) || b.contains(a) || a.closest('label') && a.closest('label') === b.closest('label') ||
    [a, b].some(n => n.matches('.filter-clear, .search .icon-button'));
  boxes.forEach((a, i) => boxes.slice(i + 1).forEach(b => {
    const both = cross(a.rect, b.rect);
    if (a.layer === b.layer && width(both) > 2 && height(both) > 2 && !together(a.node, b.node)) say('one lies over the other', a.node, b.node);
  }));

  const texts = [], walk = document.createTreeWalker(layer, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const text = walk.currentNode, node = text.parentElement;
    if (!text.data.trim() || hidden(node) || node.closest('option, textarea, .bulk')) continue;
    const range = document.createRange();
    range.setStart(text, text.data.search(/\S/));
    range.setEnd(text, text.data.search(/\S/) + 1);
    const [first] = range.getClientRects();
    if (first && width(shown(first, node).rect) < Math.min(1, first.width)) say('the beginning of the text cannot be seen', node);
    range.selectNodeContents(text);
    let seen = 0, whole = 0;
    for (const one of range.getClientRects()) {
      const { rect, ellipsis } = shown(one, node);
      whole = Math.max(whole, one.width);
      seen = Math.max(seen, width(rect));
      if (!ellipsis && width(rect) < one.width - 2) say('text is cut off', node);
      if (empty(rect)) continue;
      if (rect.left < -1 || rect.right > innerWidth + 1) say('text outside the window', node);
      texts.push({ node, rect, layer: top(node) });
    }
    if (seen < Math.min(whole - 1, 24)) say('no room for the text', node);
  }
  texts.forEach((a, i) => texts.slice(i + 1).forEach(b => {
    if (a.node === b.node || a.layer !== b.layer) return;
    const both = cross(a.rect, b.rect);
    if (width(both) > 3 && height(both) > 0.45 * Math.min(height(a.rect), height(b.rect))) say('one text lies over another', a.node, b.node);
  }));
  return [...found];
})()`

// A longView is a page of the console, with what is opened on it, for several widths.
type longView struct {
	name, page, ready string // as of a view
	open              func(*browser)
	desk              bool // not on a phone
	again             bool // to be opened again at each width
}

// longViews returns every page, and what opens on pages.
func longViews(customer, segment string) []longView {
	click := func(selectors ...string) func(*browser) {
		return func(b *browser) {
			for _, selector := range selectors {
				b.click(selector)
			}
			b.settle()
		}
	}
	account := func(b *browser) { b.clickText(".who, .bottom-bar .popup-root .bottom-tab", "") }
	list := ".list tbody tr"
	return []longView{
		{name: "today", page: "today", ready: ".todo"},
		{name: "today-snooze", page: "today", ready: ".todo", open: click(".todo .row-end button")},
		{name: "account", page: "today", ready: ".todo", open: account, again: true},
		{name: "password", page: "today", ready: ".todo", open: func(b *browser) {
			account(b)
			eval[bool](b, "[...document.querySelectorAll('[role=menuitem]')].at(-2).click(), true")
			b.wait("dialog[open] input")
		}},
		{name: "customers", page: "customers", ready: list},
		{name: "customers-sort", page: "customers", ready: list, open: click(".search-row .popup-root button")},
		{name: "customers-export", page: "customers", ready: list, open: click(".page-head .popup-root button")},
		{name: "customers-filter-first", page: "customers", ready: list, open: click(".filters > :nth-child(1) .filter")},
		{name: "customers-filter-tags", page: "customers", ready: list, open: click(".filters > :nth-child(3) .filter")},
		{name: "customers-filter-last", page: "customers", ready: list, open: click(".filters > :nth-child(7) .filter")},
		{name: "customers-filtered", page: "customers?tags=00" + strings.Repeat("m", 48) + "&region=" + strings.Repeat("R", 100) + "&is_active=all", ready: list},
		{name: "customers-chosen", page: "customers", ready: list, desk: true, open: click(list + ":nth-child(2) .tick input")},
		{name: "customers-tags", page: "customers", ready: list, desk: true, open: click(list+":nth-child(2) .tick input", ".bulk .button")},
		{name: "customer-new", page: "customers", ready: list, open: click("[data-new]", "dialog .primary")},
		{name: "customer", page: "customers/" + customer, ready: ".timeline .timeline-entry"},
		{name: "customer-composer", page: "customers/" + customer, ready: ".timeline .timeline-entry", open: click("[data-channel=whatsapp]", ".composer-foot .link")},
		{name: "customer-edit", page: "customers/" + customer, ready: ".timeline .timeline-entry", open: click(".identity .actions .button")},
		{name: "customer-menu", page: "customers/" + customer, ready: ".timeline .timeline-entry", open: click(".identity .actions .icon-button")},
		{name: "customer-erase", page: "customers/" + customer, ready: ".timeline .timeline-entry", open: click(".identity .actions .icon-button", ".menu .danger")},
		{name: "customer-feedback", page: "customers/" + customer, ready: ".timeline .timeline-entry", open: click(".identity .actions .icon-button", ".menu button")},
		{name: "customer-entry", page: "customers/" + customer, ready: ".timeline .timeline-entry", open: click(".timeline-entry:last-child .row-end button, .timeline-entry .row-end button")},
		{name: "customer-changes", page: "customers/" + customer, ready: ".timeline .timeline-entry", open: click("#tab-history", "#tab-history[aria-selected=true]")},
		{name: "customer-why", page: "customers/" + customer, ready: ".segment-why", open: click(".segment-why summary")},
		{name: "interactions", page: "interactions", ready: list},
		{name: "interactions-of", page: "interactions?customer_id=" + customer + "&follow_up=later&from=2026-01-01&to=2027-12-31", ready: list},
		{name: "interactions-snooze", page: "interactions?follow_up=later", ready: list, open: click(list + " .row-end .popup-root button")},
		{name: "interactions-range", page: "interactions", ready: list, open: click(".filters > :nth-child(3) .filter")},
		{name: "feedback", page: "feedback", ready: list},
		{name: "feedback-resolve", page: "feedback?resolved=false", ready: list, open: click(list + " .free button")},
		{name: "feedback-statistics", page: "feedback?view=stats", ready: ".trend svg"},
		{name: "segments", page: "segments", ready: list},
		{name: "segment", page: "segments/" + segment, ready: list},
		{name: "segment-menu", page: "segments/" + segment, ready: list, open: click(".identity .actions .icon-button")},
		{name: "segment-edit", page: "segments/" + segment, ready: list, open: click(".identity .actions .button")},
		{name: "segment-filter", page: "segments/" + segment, ready: list, open: click(".identity .actions .button", ".builder > :nth-child(6) .filter")},
		{name: "users", page: "users", ready: list},
		{name: "user", page: "users", ready: list, open: click(list + " .row-link")},
		{name: "status", page: "status", ready: ".panel > .cards"},
		{name: "status-log", page: "status?view=audit", ready: ".panel .timeline-entry"},
		{name: "nowhere", page: "nowhere", ready: ".empty"},
		{name: "expired", page: "today", ready: ".todo", open: func(b *browser) {
			eval[string](b, "localStorage.setItem('crm.tokens', JSON.stringify({access: 'x', refresh: 'y', forGood: true})), ''")
			b.clickText(".nav-link, .bottom-tab", "")
			b.fill("dialog input[name=password]", "wrong\r")
			b.wait("dialog .alert")
		}},
	}
}

// No text is too long for a page. At the widths of a phone, a tablet and a desktop nothing scrolls sideways, leaves the window or
// overlaps. A phone is the narrowest and has French, whose words are longest, and Arabic; the others have one of them. Where a browser
// is not required, a phone in Arabic and a desktop in French stand for all.
// CRM_SCREENSHOTS keeps a screenshot of each.
func TestBrowserLongTexts(t *testing.T) {
	wanted := regexp.MustCompile(os.Getenv(viewsVariable))
	f, customer, segment := newLongOffice(t)
	b := newBrowser(t, f)
	b.signIn("admin@example.com")
	tokens := eval[string](b, "localStorage.getItem('crm.tokens')")
	for _, v := range longViews(customer, segment) {
		fresh := true
		for _, size := range [][2]int64{{390, 844}, {820, 1180}, {1280, 800}} {
			languages := map[int64][]string{390: {"fr", "ar"}, 820: {"ar"}, 1280: {"fr"}}[size[0]]
			if !thorough() {
				languages = map[int64][]string{390: {"ar"}, 1280: {"fr"}}[size[0]]
			}
			if languages == nil || v.desk && size[0] < 760 || !wanted.MatchString(fmt.Sprintf("%s-%d", v.name, size[0])) {
				continue
			}
			b.do(chromedp.EmulateViewport(size[0], size[1]))
			if fresh || v.again {
				eval[bool](b, fmt.Sprintf("localStorage.setItem('crm.tokens', %q), true", tokens))
				b.show(view{page: v.page, ready: v.ready, open: v.open}, "fr", "light")
			}
			fresh = false
			for _, language := range languages {
				b.choose(language, "light")
				for _, fault := range eval[[]string](b, layoutFaults) {
					t.Errorf("%s at %d in %s: %s", v.name, size[0], language, fault)
				}
				b.screenshot(fmt.Sprintf("%s-%d-%s", v.name, size[0], language))
			}
		}
	}
}

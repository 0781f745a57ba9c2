package httpapi

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// An expired session asks for the password over the page. What was typed can be sent after that.
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

// A change in one console appears in another one without a reload.
func TestBrowsersFollowEachOther(t *testing.T) {
	f := newFixture(t, streaming)
	id := f.send("POST", "/api/v1/customers", ahmed()).want(http.StatusCreated).str("id")
	one := newBrowser(t, f)
	one.signInAs(f, "manager")
	other := one.site.open(t)
	f.colleague("youssef@example.com", "agent")
	other.signIn("youssef@example.com")
	other.open("customers")
	other.untilText(".list", "Ahmed Hassan")
	one.open("customers/" + id)
	one.click(".identity .actions .button")
	one.refill("dialog [name=full_name]", "Ahmed El Hassan"+kb.Enter)
	other.untilText(".list", "Ahmed El Hassan")
	other.open("customers/" + id)
	other.click("[data-channel=whatsapp]")
	other.fill(".composer textarea", "Sent the programme")
	other.click(".composer .primary")
	one.untilText(".timeline", "Sent the programme")
}

// A page says that the service does not answer, and catches up when it does.
func TestBrowserServiceGone(t *testing.T) {
	f := newFixture(t, streaming)
	b := newBrowser(t, f)
	b.signInAs(f, "manager")
	b.open("customers")
	b.untilText(".empty", "No customers yet")
	b.site.stop()
	b.untilText(".strip", "Connection lost")
	b.screenshot("lost")
	f.send("POST", "/api/v1/customers", ahmed()).want(http.StatusCreated)
	b.site.start()
	b.untilText(".list", "Ahmed Hassan")
	b.until("!document.querySelector('.strip')")
}

// The daily work needs no mouse: / to search, arrows among the rows, Enter, Escape. A dialog gives the focus back.
func TestBrowserKeyboard(t *testing.T) {
	f := newOffice(t)
	b := newBrowser(t, f)
	found := f.send("GET", "/api/v1/customers?query=ben", nil).want(http.StatusOK).num("total")
	b.signIn("manager@example.com")
	b.slash()
	b.until("document.activeElement?.matches('[data-search]')")
	b.press("ben")
	b.until(fmt.Sprintf("location.hash.includes('query=ben') && document.querySelector('.count')?.textContent === '%v'", found))
	b.settle()
	b.press(kb.ArrowDown)
	b.press(kb.ArrowDown)
	b.until("document.activeElement === document.querySelectorAll('.row-link')[1]")
	name := eval[string](b, "document.activeElement.innerText")
	b.press(kb.ArrowUp)
	b.press(kb.ArrowUp)
	b.until("document.activeElement?.matches('[data-search]')")
	b.press(kb.ArrowDown)
	b.press(kb.ArrowDown)
	b.press(kb.Enter)
	b.untilText("h1", name)
	b.do(chromedp.NavigateBack())
	b.until("location.hash.includes('query=ben') && Boolean(document.querySelector('[data-search]'))")
	b.slash()
	b.until("document.activeElement?.matches('[data-search]')")
	b.press(kb.Escape)
	b.until("!location.hash.includes('query')")
	eval[bool](b, "document.activeElement.blur(), document.querySelector('[data-new]').focus(), true")
	b.press(kb.Enter)
	b.until("document.activeElement?.matches('dialog [name=full_name]')")
	for range 40 { // more than the form has fields
		b.press(kb.Tab)
	}
	if !eval[bool](b, "Boolean(document.activeElement === document.body || document.activeElement.closest('dialog'))") {
		t.Error("Tab leaves the dialog for what is behind it")
	}
	b.press(kb.Escape)
	b.until("!document.querySelector('dialog')")
	b.until("document.activeElement?.matches('[data-new]')")
}

// The language changes without a reload and is remembered. Arabic runs from right to left.
func TestBrowserLanguages(t *testing.T) {
	f := newOffice(t)
	b := newBrowser(t, f)
	b.signIn("agent@example.com")
	b.click(".who")
	b.clickText("[role=menuitemradio]", "العربية")
	b.untilText("h1", "اليوم")
	b.until("document.documentElement.dir === 'rtl' && document.documentElement.lang === 'ar'")
	if !eval[bool](b, "document.querySelector('.side').getBoundingClientRect().left > document.querySelector('.main').getBoundingClientRect().left") {
		t.Error("the menu is not on the right")
	}
	b.open("customers")
	b.wait(".list tbody tr")
	if got := eval[string](b, "getComputedStyle(document.querySelector('.list tbody td.numeric bdi')).direction"); got != "ltr" {
		t.Errorf("a phone number runs %s, want ltr", got)
	}
	b.do(chromedp.Reload())
	b.wait(".list tbody tr")
	if got := eval[string](b, "document.documentElement.lang"); got != "ar" {
		t.Errorf("after a reload: got %s, want ar", got)
	}
	b.click(".who")
	b.clickText("[role=menuitemradio]", "English")
	b.untilText("h1", "Customers")
	b.until("document.documentElement.dir === 'ltr'")
}

// The page of the documentation is from another project. Its scripts run and show the operations. If the policy blocked one, the
// browser's console would say so, which fails the test.
func TestBrowserDocs(t *testing.T) {
	b := newBrowser(t, newFixture(t))
	b.do(chromedp.Navigate(b.url() + "docs"))
	b.untilText("#swagger-ui", "/customers/{customer_id}/summary")
}

package httpapi

import (
	"net/http"
	"strings"
	"testing"

	"crm/httpapi/manual"
)

func TestManual(t *testing.T) {
	f := newFixture(t)
	for _, p := range manual.Pages() {
		got := f.sendWith("", "GET", "/manual/"+p.Topic, nil).want(http.StatusOK)
		if !strings.Contains(string(got.body), "<title>"+p.Title+" · crm manual</title>") {
			t.Errorf("%s: the page has not its title", p.Topic)
		}
	}
	contents := f.sendWith("", "GET", "/manual", nil).want(http.StatusOK)
	if !strings.Contains(string(contents.body), `href="/manual/backups"`) {
		t.Error("the contents do not lead to the pages")
	}
	found := f.sendWith("", "GET", "/manual?q=systemd", nil).want(http.StatusOK)
	if !strings.Contains(string(found.body), `href="/manual/operations#install"`) {
		t.Errorf("a search for systemd does not lead to its section: %s", found.body)
	}
	f.sendWith("", "GET", "/manual/nothing", nil).wantProblem(http.StatusNotFound, "Not found")
}

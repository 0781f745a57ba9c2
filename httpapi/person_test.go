package httpapi

import (
	"bytes"
	"encoding/json"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// leila returns a person with a mark in every personal field.
func (f *fixture) leila() string {
	f.t.Helper()
	return f.storeCustomer(map[string]any{
		"full_name": "Leila Qqname", "company_name": "Qqcompany", "email": "leila@qqmail.example", "phone": "+212611223344",
		"nationality": "Qqnation", "region": "Qqregion", "tags": []any{"qqtag"}, "notes": "qqnotes",
	})
}

func TestExportPerson(t *testing.T) {
	f := newFixture(t)
	id, other := f.leila(), f.storeCustomer(nil)
	f.makeSegment("Qq", only("tags", "qqtag"))
	first := f.logInteraction(id, map[string]any{"summary": "one"})
	f.pass(time.Second)
	second := f.logInteraction(id, map[string]any{"summary": "two"})
	f.logInteraction(other, map[string]any{"summary": "another's"})
	opinion := f.giveFeedback(id, nil)
	f.send("PUT", "/v1/customers/"+id, map[string]any{"phone": "2"}).want(http.StatusOK)

	got := f.send("GET", "/v1/customers/"+id+"/export", nil).want(http.StatusOK)
	if name := got.header.Get("Content-Disposition"); name != `attachment; filename="customer-`+id+`.json"` {
		t.Errorf("Content-Disposition: got %q", name)
	}
	got.wantFields(map[string]any{
		"customer.id": id, "customer.phone": "2", "customer.notes": "qqnotes", "summary.total_interactions": 2.0, "summary.segments.0": "Qq",
		"history.1.changes.phone.old": "+212611223344", "history.2.op": "export",
	})
	if ids := slices.Concat(got.texts("interactions", "id"), got.texts("feedback", "id")); !slices.Equal(ids, []string{first, second, opinion}) {
		t.Errorf("interactions and feedback: got %q, want %q", ids, []string{first, second, opinion})
	}
	f.send("GET", "/v1/customers/"+testUser+"/export", nil).want(http.StatusNotFound)
	f.send("GET", "/v1/audit?op=export", nil).wantSteps("export customer")
}

// TestErase blanks a person who is in a row, in interactions and feedback, in the log under all of them, deleted ones too, and in
// the kept replies. Whatever is counted stays.
func TestErase(t *testing.T) {
	f := newFixture(t)
	id := f.leila()
	path := "/v1/customers/" + id
	marked := map[string]any{"subject": "qqsubject", "summary": "qqsummary", "channel": "phone"}
	interaction, deleted := f.logInteraction(id, marked), f.logInteraction(id, marked)
	body := map[string]any{"customer_id": id, "service_type": "Tour", "rating": 2, "comments": "qqcomments", "booking_id": testUser}
	opinion := f.post("/v1/feedback", body, "qq-1").want(http.StatusCreated).str("id")
	gone := f.post("/v1/feedback", body, "qq-2").want(http.StatusCreated).str("id")
	for path, change := range map[string]map[string]any{
		path:                              {"full_name": "Leila Qqother", "notes": "qqmore"},
		"/v1/interactions/" + interaction: {"summary": "qqagain"},
		"/v1/interactions/" + deleted:     {"subject": "qqagain"},
		"/v1/feedback/" + opinion:         {"resolved": true, "resolution_notes": "qqresolved"},
	} {
		f.send("PUT", path, change).want(http.StatusOK)
	}
	f.send("DELETE", "/v1/interactions/"+deleted, nil).want(http.StatusOK)
	f.send("DELETE", "/v1/feedback/"+gone, nil).want(http.StatusOK)
	stats := f.send("GET", "/v1/feedback/stats", nil).want(http.StatusOK).body
	counts := f.send("GET", path+"/summary", nil).want(http.StatusOK)

	f.pass(time.Minute)
	got := f.send("POST", path+"/erase", nil).want(http.StatusOK)
	got.wantFields(map[string]any{
		"customer.full_name": nil, "customer.email": "erased-" + id + "@erased.invalid", "customer.phone": "0", "customer.is_active": false,
		"customer.erased_at": stamp(f.clock()), "customer.tags": []any{}, "backups": []any{},
	})
	f.wantSecretFreeChanges([]string{"qq", "Leila", "611223344"})
	f.send("GET", "/v1/customers/?is_active=all&query=qqname", nil).wantList("id")
	f.send("GET", "/v1/customers/?is_active=all&query=0611223344", nil).wantList("id")
	f.send("GET", "/v1/customers/?is_active=all&tags=qqtag", nil).wantList("id")
	f.send("GET", "/v1/customers/?is_active=all", nil).wantList("id", id)
	f.send("GET", "/v1/interactions/?customer_id="+id, nil).wantList("summary", "[erased]")
	f.send("GET", "/v1/feedback/?booking_id="+testUser, nil).wantList("id")
	if after := f.send("GET", "/v1/feedback/stats", nil).want(http.StatusOK).body; !bytes.Equal(after, stats) {
		t.Errorf("statistics: got %s, want %s", after, stats)
	}
	after := f.send("GET", path+"/summary", nil).want(http.StatusOK)
	for _, field := range []string{"total_interactions", "total_feedback", "average_rating", "interaction_channels", "last_interaction"} {
		after.wantFields(map[string]any{field: counts.get(field)})
	}
	f.send("GET", path+"/history", nil).wantSteps("erase customer is_active:true→false", `update customer full_name:null→null notes:null→null`,
		`create customer contact_type:null→"Individual" is_active:null→true loyalty_status:null→"New" preferred_language:null→"French"`)
	f.send("GET", "/v1/audit?op=erase", nil).wantFields(map[string]any{"items.0.user": testUser, "items.0.id": id})
	if problems, err := f.store.Check(t.Context()); err != nil || len(problems) > 0 {
		t.Errorf("check: %v, %v", problems, err)
	}

	const detail = "This customer was erased: nothing about that person can be kept any more"
	f.send("POST", "/v1/customers/tags", map[string]any{"ids": []string{f.storeCustomer(nil), id}, "add": []string{"x"}}).wantErrors("body.ids.1")
	f.send("PUT", path, map[string]any{"full_name": "Leila"}).want(http.StatusConflict).wantDetail(detail)
	f.send("POST", "/v1/interactions", changed(marked, map[string]any{"customer_id": id})).want(http.StatusConflict).wantDetail(detail)
	f.send("POST", "/v1/feedback", body).want(http.StatusConflict).wantDetail(detail)
	// A form that was open all the while: what names nobody can still be done.
	f.send("PUT", "/v1/interactions/"+interaction, map[string]any{"summary": "qqlate"}).want(http.StatusConflict).wantDetail(detail)
	f.send("PUT", "/v1/interactions/"+interaction, map[string]any{"summary": "[erased]", "duration_minutes": 5, "follow_up_required": true}).want(http.StatusOK)
	f.send("POST", "/v1/interactions/"+interaction+"/complete", nil).want(http.StatusOK)
	f.send("PATCH", "/v1/feedback/"+opinion, map[string]any{"resolution_notes": "qqlate"}).want(http.StatusConflict).wantDetail(detail)
	f.send("PATCH", "/v1/feedback/"+opinion, map[string]any{"resolved": false}).want(http.StatusOK)
	f.send("POST", path+"/erase", nil).want(http.StatusOK)
	f.wantSecretFreeChanges([]string{"qq"})
	f.send("POST", "/v1/customers/"+testUser+"/erase", nil).want(http.StatusNotFound)
	f.send("POST", "/v1/customers", map[string]any{"contact_type": "Individual", "email": "leila@qqmail.example", "phone": "1"}).want(http.StatusCreated)
}

// TestEraseCloses checks that open follow-ups and feedback of an erased person are in no list or count of open ones, and that those of
// others are.
func TestEraseCloses(t *testing.T) {
	f := newFixture(t)
	id, other := f.leila(), f.storeCustomer(nil)
	day := func(days int) map[string]any {
		return map[string]any{"follow_up_required": true, "follow_up_date": stamp(f.clock().AddDate(0, 0, days))}
	}
	for _, customer := range []string{id, other} {
		for _, followUp := range []map[string]any{day(-3), day(0), day(9), {"follow_up_required": true}} {
			f.logInteraction(customer, followUp)
		}
		f.giveFeedback(customer, map[string]any{"rating": 1, "comments": "qqcomments"})
		f.giveFeedback(customer, map[string]any{"rating": 5})
	}
	counts := func(people float64) {
		t.Helper()
		for list, each := range map[string]float64{
			"interactions/?follow_up=overdue": 1, "interactions/?follow_up=today": 2, "interactions/?follow_up=later": 1,
			"interactions/?follow_up_required=true": 4, "feedback/?resolved=false": 2,
		} {
			f.send("GET", "/v1/"+list, nil).want(http.StatusOK).wantFields(map[string]any{"total": each * people})
		}
		f.send("GET", "/v1/interactions/stats", nil).wantFields(map[string]any{"follow_ups_pending": 3 * people, "total_interactions": 8.0})
		f.send("GET", "/v1/feedback/stats", nil).wantFields(map[string]any{"pending_resolution": 2 * people, "total_feedback": 4.0})
	}
	counts(2)
	f.pass(time.Minute)
	f.send("POST", "/v1/customers/"+id+"/erase", nil).want(http.StatusOK)
	counts(1)
	f.send("GET", "/v1/feedback/?customer_id="+id, nil).wantFields(map[string]any{
		"items.0.resolved": true, "items.0.resolved_by": testUser, "items.0.resolved_at": stamp(f.clock()), "items.0.resolution_notes": nil,
		"items.1.resolved": true, "items.1.resolved_by": testUser,
	})
	f.send("GET", "/v1/audit?op=update", nil).wantFields(map[string]any{"items.0.user": testUser, "items.0.kind": "feedback", "items.5.changes": map[string]any{
		"follow_up_required": map[string]any{"old": true, "new": false}}})
	if problems, err := f.store.Check(t.Context()); err != nil || len(problems) > 0 {
		t.Errorf("check: %v, %v", problems, err)
	}
}

// TestEraseNamesBackups checks the named backups: it is unknown how long those made by hand are kept, scheduled ones are deleted when there
// are enough newer ones, and one from before the customer does not have the person.
func TestEraseNamesBackups(t *testing.T) {
	f := newFixture(t)
	f.storeCustomer(nil)
	f.send("POST", "/v1/backups", "{}").want(http.StatusCreated)
	f.pass(time.Hour)
	id := f.leila()
	f.pass(time.Hour)
	at := stamp(f.clock())
	path := f.send("POST", "/v1/backups", "{}").want(http.StatusCreated).str("path")
	f.pass(time.Hour)
	got := f.send("POST", "/v1/customers/"+id+"/erase", nil).want(http.StatusOK)
	var told struct {
		Message string
		Backups []json.RawMessage
	}
	got.into(&told)
	if len(told.Backups) != 1 || !strings.Contains(told.Message, "after a restore of one, erase again") {
		t.Fatalf("got %s", got.body)
	}
	got.wantFields(map[string]any{"backups.0.path": path, "backups.0.time": at, "backups.0.until": nil})
	if filepath.Dir(path) != f.api.Backups.Dir {
		t.Errorf("path: got %s", path)
	}
}

// A HEAD of a person's document does not count as an export and is not in the audit. A GET counts towards the quota of exports.
func TestExportOfPersonIsCounted(t *testing.T) {
	f := newFixture(t)
	id := f.send("POST", "/v1/customers/", ahmed()).want(http.StatusCreated).str("id")
	path := "/v1/customers/" + id + "/export"
	exports := func() int {
		return len(f.send("GET", "/v1/audit/?op=export", nil).want(http.StatusOK).get("items").([]any))
	}
	f.send("HEAD", path, nil).want(http.StatusOK)
	if n := exports(); n != 0 {
		t.Errorf("HEAD: %d exports in the audit", n)
	}
	if err := f.api.exports.acquire(testUser, 2); err != nil {
		t.Fatal(err)
	}
	f.send("GET", path, nil).want(http.StatusTooManyRequests)
	f.api.exports.release(testUser, 2)
	f.send("GET", path, nil).want(http.StatusOK)
	if n := exports(); n != 1 {
		t.Errorf("GET: %d exports in the audit, want 1", n)
	}
}

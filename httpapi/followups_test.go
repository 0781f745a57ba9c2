package httpapi

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"crm/store"
)

// followUp logs an interaction under a subject that needs a follow-up at a time.
func (f *fixture) followUp(customer, subject string, due any) string {
	f.t.Helper()
	return f.logInteraction(customer, map[string]any{"subject": subject, "follow_up_required": true, "follow_up_date": due})
}

func TestFollowUpsByDay(t *testing.T) {
	f := newFixture(t) // at 11:00 of Monday, 2026-11-23 in the office
	customer := f.storeCustomer(nil)
	f.followUp(customer, "first undated", nil)
	f.followUp(customer, "next Monday", "2026-11-30T00:00")
	f.followUp(customer, "evening", "2026-11-23T23:59:59.999")
	f.followUp(customer, "yesterday", "2026-11-22T22:59:59.999Z") // the office is an hour ahead of UTC
	f.followUp(customer, "Sunday", "2026-11-29T23:59:59.999")
	f.followUp(customer, "midnight", "2026-11-22T23:00:00Z")
	f.followUp(customer, "long ago", "2020-01-01")
	f.followUp(customer, "Tuesday", "2026-11-24")
	f.followUp(customer, "next year", "2027-11-24")
	f.followUp(customer, "second undated", nil)
	f.logInteraction(customer, map[string]any{"subject": "done", "follow_up_date": "2026-11-23T12:00"})
	tests := []struct {
		query string
		want  []string
	}{
		{"overdue", []string{"long ago", "yesterday"}},
		{"today", []string{"midnight", "evening", "first undated", "second undated"}},
		{"week", []string{"Tuesday", "Sunday"}},
		{"later", []string{"next Monday", "next year"}},
		{"", []string{"done", "second undated", "next year", "Tuesday", "long ago", "midnight", "Sunday", "yesterday", "evening", "next Monday", "first undated"}},
		{"today&sort=-follow_up_date", []string{"second undated", "first undated", "evening", "midnight"}},
		{"today&sort=timestamp", []string{"first undated", "evening", "midnight", "second undated"}},
		{"today&sort=-timestamp", []string{"second undated", "midnight", "evening", "first undated"}},
		{"today&size=3&page=1", []string{"midnight", "evening", "first undated"}},
		{"today&size=3&page=2", []string{"second undated"}},
		{"today&size=1&page=3", []string{"first undated"}},
		{"today&sort=-follow_up_date&size=1&page=3", []string{"evening"}},
		{"later&follow_up_required=true", []string{"next Monday", "next year"}},
		{"later&follow_up_required=false", nil},
	}
	for _, path := range []string{"/v1/interactions/?follow_up=", "/v1/interactions/customer/" + customer + "?follow_up="} {
		for _, tt := range tests {
			t.Run(tt.query, func(t *testing.T) { f.in(t).send("GET", path+tt.query, nil).wantList("subject", tt.want...) })
		}
	}
	f.send("GET", "/v1/interactions?follow_up=today&size=1", nil).wantFields(map[string]any{"total": 4.0, "pages": 4.0})
	f.send("GET", "/v1/interactions?follow_up=tomorrow", nil).wantErrors("query.follow_up")
	f.send("GET", "/v1/interactions?sort=follow_up_date", nil).wantErrors("query.sort")

	f.later(6*24*time.Hour + 12*time.Hour) // Sunday evening: nothing is left of the week
	f.send("GET", "/v1/interactions?follow_up=week", nil).wantList("subject")
	f.send("GET", "/v1/interactions?follow_up=later", nil).wantList("subject", "next Monday", "next year")
	f.send("GET", "/v1/interactions?follow_up=today", nil).wantList("subject", "Sunday", "first undated", "second undated")
}

// Whatever else is asked for, the four lists are those that a scan finds.
func TestFollowUpListsEqualAScan(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ids := f.crowd()
	f.inStore(8, func(tx *store.Tx) error {
		for range 300 {
			i := store.Interaction{CustomerID: pick(ids[:3]...), Summary: "S", Channel: pick(store.Channels...), FollowUpRequired: rand.IntN(8) > 0}
			if rand.IntN(5) > 0 {
				i.FollowUpDate = new(store.TimeOf(time.Date(2026, 11, 22, rand.IntN(9*24), rand.IntN(60), 0, rand.Int(), time.UTC)))
			}
			if _, err := tx.CreateInteraction(&i, nil); err != nil {
				return err
			}
		}
		return nil
	})
	all := f.scan("/v1/interactions?sort=")
	slices.SortFunc(all, func(a, b map[string]any) int { return cmp.Compare(textOf(a, "id"), textOf(b, "id")) })
	for _, which := range followUps {
		for range 12 {
			q := url.Values{}
			channel := some(q, "channel", store.Channels...)
			customer := some(q, "customer_id", ids[0].String(), ids[1].String())
			sort := some(q, "sort", "follow_up_date", "-follow_up_date")
			q.Set("follow_up", which)
			keep := func(i map[string]any) bool {
				return i["follow_up_required"] == true && f.whenDue(i) == which &&
					(channel == "" || textOf(i, "channel") == channel) && (customer == "" || textOf(i, "customer_id") == customer)
			}
			if sort == "" { // the earliest first
				q.Set("sort", "follow_up_date")
			}
			f.wantScan("/v1/interactions", q, all, keep, func(i map[string]any) string {
				if date := textOf(i, "follow_up_date"); date != "" {
					return date
				}
				return "9999" // behind the others
			})
		}
	}
}

// whenDue returns the list that an interaction is in, from its date in the office.
func (f *fixture) whenDue(i map[string]any) string {
	date := textOf(i, "follow_up_date")
	if date == "" {
		return "today"
	}
	at, err := time.Parse(time.RFC3339, date)
	if err != nil {
		f.t.Fatal(err)
	}
	day := at.In(officeZone).Format(time.DateOnly)
	switch { // the clock stands on Monday
	case day < "2026-11-23":
		return "overdue"
	case day == "2026-11-23":
		return "today"
	case day <= "2026-11-29":
		return "week"
	}
	return "later"
}

func TestCompleteFollowUp(t *testing.T) {
	f := newFixture(t)
	id := f.followUp(f.storeCustomer(nil), "Visa", "2026-11-23T12:00")
	path := "/api/v1/interactions/" + id
	before := f.send("GET", path, nil).want(http.StatusOK)
	done := f.send("POST", path+"/complete", nil).want(http.StatusOK).wantFields(map[string]any{
		"id": id, "follow_up_required": false, "follow_up_date": "2026-11-23T11:00:00.000Z", "subject": "Visa"})
	if read := f.send("GET", path, nil); string(read.body) != string(done.body) || read.etag() != done.etag() {
		t.Errorf("the answer %s with %s is not what is read: %s with %s", done.body, done.etag(), read.body, read.etag())
	}
	f.send("GET", "/v1/interactions?follow_up=today", nil).wantList("id")
	f.wantLastChange(`{"follow_up_required":true}`)
	seq := f.store.Seq()
	f.send("POST", path+"/complete", nil).want(http.StatusOK)
	f.do(f.request("POST", path+"/complete", nil, "If-Match", before.etag())).wantStale(f.send("GET", path, nil))
	if f.store.Seq() != seq {
		t.Error("what is complete was completed once more")
	}
	f.send("POST", "/api/v1/interactions/"+someUUID+"/complete", nil).wantProblem(http.StatusNotFound, "Interaction not found")
}

// wantLastChange checks the old values in the newest entry of the change log.
func (f *fixture) wantLastChange(old string) {
	f.t.Helper()
	err := f.store.View(func(tx *store.Tx) error {
		for change, err := range tx.Changes(tx.Seq() - 1) {
			if err != nil || string(change.Old) != old || change.Actor != testUser {
				return fmt.Errorf("newest change: got %s by %s (%v), want %s", change.Old, change.Actor, err, old)
			}
		}
		return nil
	})
	if err != nil {
		f.t.Error(err)
	}
}

func TestSnoozeFollowUp(t *testing.T) {
	f := newFixture(t) // at 11:00 in the office
	customer := f.storeCustomer(nil)
	path := "/api/v1/interactions/" + f.followUp(customer, "Visa", nil)
	snooze := func(until any) *answer { return f.send("POST", path+"/snooze", map[string]any{"until": until}) }
	for until, want := range map[string]string{
		"2026-12-01T10:00": "2026-12-01T09:00:00.000Z", "2026-12-01T10:00:00Z": "2026-12-01T10:00:00.000Z", "2026-12-01": "2026-11-30T23:00:00.000Z",
		"2026-11-23": "2026-11-22T23:00:00.000Z", " 2026-11-23T11:00 ": "2026-11-23T10:00:00.000Z",
	} {
		snooze(until).want(http.StatusOK).wantFields(map[string]any{"follow_up_date": want, "follow_up_required": true})
	}
	first := snooze("2026-12-24").want(http.StatusOK)
	f.send("GET", "/v1/interactions?follow_up=today", nil).wantList("id") // it has a date now
	seq := f.store.Seq()
	for _, until := range []any{"2026-11-22", "2026-11-23T10:59:59.999", "2026-11-23T09:59:59Z", "soon", "", nil, 5, "9999999-01-01", []string{"2026-12-24"}} {
		snooze(until).wantErrors("body.until")
	}
	f.send("POST", path+"/snooze", "{}").wantErrors("body.until")
	f.send("POST", "/api/v1/interactions/"+f.logInteraction(customer, nil)+"/snooze", map[string]any{"until": "2026-12-24"}).wantErrors("body.until")
	f.send("POST", "/api/v1/interactions/"+someUUID+"/snooze", "{}").wantProblem(http.StatusNotFound, "Interaction not found")
	if got := f.store.Seq(); got != seq+1 { // the interaction that needs no follow-up
		t.Errorf("refusals changed something: %d entries in the log", got-seq)
	}
	second := f.do(f.request("POST", path+"/snooze", map[string]any{"until": "2027-01-01"}, "If-Match", first.etag())).want(http.StatusOK)
	f.wantLastChange(`{"follow_up_date":"2026-12-23T23:00:00.000Z","follow_up_local":"2026-12-24"}`)
	f.do(f.request("POST", path+"/snooze", map[string]any{"until": "2027-01-02"}, "If-Match", first.etag())).wantStale(second)
	if !slices.Equal(f.send("GET", "/v1/interactions?follow_up=later", nil).texts("items", "subject"), []string{"Visa"}) {
		t.Error("it is not in the list of later ones")
	}
}

package httpapi

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"crm/store"
	"crm/store/text"
)

func TestCustomerListsEqualAScan(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ids := f.crowd()
	f.someInteractions(ids, 300)
	all := f.scan("/v1/customers?is_active=all")
	if len(all) != len(ids) {
		t.Fatalf("customers: got %d, want %d", len(all), len(ids))
	}
	for i, id := range ids {
		if got, want := textOf(all[i], "id"), id.String(); got != want {
			t.Fatalf("customer %d in the order of creation: got %s, want %s", i, got, want)
		}
	}
	for range 150 {
		q := url.Values{}
		active, contact, loyalty := some(q, "is_active", "true", "false", "all"), some(q, "contact_type", store.ContactTypes...), some(q, "loyalty_status", store.LoyaltyStatuses...)
		region, nationality := some(q, "region", "fes", "Fès", "RABAT", "Oujda"), some(q, "nationality", "francaise", "Marocaine")
		sort := strings.TrimPrefix(some(q, "sort", "name", "-name", "updated_at", "-updated_at", "last_interaction", "-last_interaction", "created_at", "-created_at"), "-")
		if rand.IntN(3) == 0 {
			q["tags"] = []string{pick("ete", "VIP"), pick("A", "b")}
		}
		query := ""
		if sort != "" { // or else the best match is first
			query = some(q, "query", "ZOÉ", "asa", "omar", "tlas", "فاط", "ple.c", "tlas zoe", "c1", "example.com ahm", "x!y", "o é", "at, las", "las-a")
		}
		keep := func(c map[string]any) bool {
			isActive, _ := c["is_active"].(bool)
			return (active == "all" || isActive == (active != "false")) && (contact == "" || contact == textOf(c, "contact_type")) &&
				(loyalty == "" || loyalty == textOf(c, "loyalty_status")) && (region == "" || text.Fold(region) == text.Fold(textOf(c, "region"))) &&
				(nationality == "" || text.Fold(nationality) == text.Fold(textOf(c, "nationality"))) && (q["tags"] == nil || anyTag(c, q["tags"])) &&
				hasWords(c, query)
		}
		f.wantScan("/v1/customers", q, all, keep, func(c map[string]any) string {
			switch sort {
			case "name":
				return text.Fold(cmp.Or(textOf(c, "full_name"), textOf(c, "company_name")))
			case "":
				return ""
			}
			return textOf(c, sort)
		})
	}
}

// hasWords says whether a customer has every word of a query: three letters and more anywhere in the names, without what divides these,
// or in the e-mail address; fewer at the beginning of a word or of the address, or with the word before or behind as if they were one.
// No query has room for typos.
func hasWords(c map[string]any, query string) bool {
	words, email := slices.Collect(text.Words(query)), text.Fold(textOf(c, "email"))
	has := func(i, j int) bool {
		return i >= 0 && j <= len(words) && (hasLetters(c, strings.Join(words[i:j], "")) || strings.Contains(query, ".") && strings.Contains(email, strings.Join(words[i:j], ".")))
	}
	for i, word := range words {
		if !has(i, i+1) && (utf8.RuneCountInString(word) > 2 || !has(i-1, i+1) && !has(i, i+2)) {
			return false
		}
	}
	return true
}

func hasLetters(c map[string]any, letters string) bool {
	anywhere := utf8.RuneCountInString(letters) > 2
	email := text.Fold(textOf(c, "email"))
	if strings.HasPrefix(email, letters) || anywhere && strings.Contains(email, letters) {
		return true
	}
	for _, field := range []string{"full_name", "company_name"} {
		words := slices.Collect(text.Words(textOf(c, field)))
		if anywhere && strings.Contains(strings.Join(words, ""), letters) {
			return true
		}
		for i := range words {
			if strings.HasPrefix(strings.Join(words[i:], ""), letters) {
				return true
			}
		}
	}
	return false
}

func anyTag(c map[string]any, wanted []string) bool {
	tags, _ := c["tags"].([]any)
	return slices.ContainsFunc(tags, func(tag any) bool {
		return slices.ContainsFunc(wanted, func(w string) bool { return text.Fold(w) == text.Fold(fmt.Sprint(tag)) })
	})
}

var staff = []store.ID{uuid.New(), uuid.New(), uuid.New()}

// someInteractions logs eight times n interactions of the last 40 days or so, then changes and deletes some.
func (f *fixture) someInteractions(customers []store.ID, n int) {
	f.t.Helper()
	few := customers[:20]
	random := func(i *store.Interaction) {
		i.Channel, i.FollowUpRequired = pick(store.Channels...), rand.IntN(2) == 0
		i.Timestamp = store.TimeOf(time.Date(2026, 10, 14, rand.IntN(40*24), rand.IntN(2), 0, 0, time.UTC))
	}
	var logged []store.ID
	f.inStore(8, func(tx *store.Tx) error {
		for range n {
			i := store.Interaction{CustomerID: pick(few...), Summary: "S"}
			if random(&i); rand.IntN(4) > 0 {
				i.StaffMemberID = new(pick(staff...))
			}
			if _, err := tx.CreateInteraction(&i, nil); err != nil {
				return err
			}
			logged = append(logged, i.ID)
		}
		return nil
	})
	f.inStore(1, func(tx *store.Tx) error {
		for at, id := range logged {
			var err error
			switch {
			case at%10 == 0:
				err = tx.DeleteInteraction(id)
			case at%10 < 3:
				_, err = tx.UpdateInteraction(id, func(i *store.Interaction) store.Invalid { random(i); return nil })
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func TestInteractionListsEqualAScan(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	customers := f.crowd()
	f.someInteractions(customers, 320)
	all := f.scan("/v1/interactions?sort=")
	if want := 8 * 320 * 9 / 10; len(all) != want {
		t.Fatalf("interactions: got %d, want %d", len(all), want)
	}
	slices.SortFunc(all, func(a, b map[string]any) int { return cmp.Compare(textOf(a, "id"), textOf(b, "id")) })
	days := []string{"2026-10-20", "2026-10-31T12:00:00Z", "2026-11-01", "2026-11-07T08:01", "2026-11-20"}
	for range 150 {
		q := url.Values{}
		customer, who := some(q, "customer_id", customers[0].String(), customers[1].String(), customers[2].String(), customers[30].String(), someUUID), some(q, "staff_member_id", staff[0].String(), staff[1].String(), someUUID)
		channel, followUp := some(q, "channel", store.Channels...), some(q, "follow_up_required", "true", "false", "1", "0")
		from, to := some(q, "from", days...), some(q, "to", days...)
		some(q, "sort", "timestamp", "-timestamp")
		keep := func(i map[string]any) bool {
			required, _ := i["follow_up_required"].(bool)
			return (customer == "" || customer == textOf(i, "customer_id")) && (who == "" || who == textOf(i, "staff_member_id")) && (channel == "" || channel == textOf(i, "channel")) &&
				(followUp == "" || required == (followUp == "true" || followUp == "1")) && inWindow(textOf(i, "timestamp"), from, to)
		}
		f.wantScan("/v1/interactions", q, all, keep, func(i map[string]any) string { return textOf(i, "timestamp") })
		if id := q.Get("customer_id"); id != "" && id != someUUID {
			q.Del("customer_id")
			f.wantScan("/v1/interactions/customer/"+id, q, all, keep, func(i map[string]any) string { return textOf(i, "timestamp") })
		}
	}
	for range 20 {
		f.wantInteractionStats(all, 1+rand.IntN(60))
	}
}

// inWindow reports whether from ≤ at ≤ to, where a day as to includes all of that day of the office.
func inWindow(at, from, to string) bool {
	moment, _ := time.Parse(time.RFC3339, at)
	in := true
	for i, end := range []string{from, to} {
		if end == "" {
			continue
		}
		t, err := time.Parse(time.RFC3339, end)
		if err != nil {
			t, err = time.ParseInLocation("2006-01-02T15:04", end, officeZone)
		}
		if err != nil {
			t, _ = time.ParseInLocation("2006-01-02", end, officeZone)
			if i == 1 {
				t = t.AddDate(0, 0, 1).Add(-time.Millisecond)
			}
		}
		in = in && (i == 0 && !moment.Before(t) || i == 1 && !moment.After(t))
	}
	return in
}

// wantInteractionStats compares the statistics with a count over all interactions. Those have no dates for their follow-ups.
func (f *fixture) wantInteractionStats(all []map[string]any, days int) {
	f.t.Helper()
	want := map[string]any{"total_interactions": 0.0, "follow_ups_pending": 0.0, "average_duration": nil}
	for _, channel := range store.Channels {
		want["by_channel."+channel] = 0.0
	}
	since := stamp(f.clock().Add(-time.Duration(days) * 24 * time.Hour))
	for _, i := range all {
		if i["follow_up_required"] == true {
			want["follow_ups_pending"] = want["follow_ups_pending"].(float64) + 1
		}
		if textOf(i, "timestamp") >= since {
			want["total_interactions"] = want["total_interactions"].(float64) + 1
			key := "by_channel." + textOf(i, "channel")
			want[key] = want[key].(float64) + 1
		}
	}
	f.send("GET", fmt.Sprintf("/v1/interactions/stats?days=%d", days), nil).wantFields(want)
}

package sample

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"crm/store"
	"crm/store/text"
)

var exampleAddress = regexp.MustCompile(`^[a-z0-9._-]+@([a-z0-9-]+\.)?example\.(com|org|net)$`)

func TestEmailsAreUnique(t *testing.T) {
	g := large()
	seen := make(map[string]bool)
	for c := range g.Customers() {
		email := strings.ToLower(c.Email)
		if seen[email] {
			t.Fatalf("%s occurs twice", email)
		}
		seen[email] = true
		if !exampleAddress.MatchString(email) {
			t.Fatalf("%s is not an address that belongs to nobody", email)
		}
	}
}

// contactsOf returns the numbers of interactions of the customers that have any, greatest first.
func contactsOf(g *Generator) []int {
	of := make(map[store.ID]int)
	for i := range g.Interactions() {
		of[i.CustomerID]++
	}
	var counts []int
	for _, n := range of {
		counts = append(counts, n)
	}
	slices.Sort(counts)
	slices.Reverse(counts)
	return counts
}

func TestFewCustomersHaveMostInteractions(t *testing.T) {
	counts := contactsOf(large())
	if counts[0] != 2000 {
		t.Errorf("the busiest customer has %d of 200,000 interactions, want 2000", counts[0])
	}
	top := 0
	for _, n := range counts[:1000] {
		top += n
	}
	if top < 30_000 {
		t.Errorf("the top 1 %% have %d of 200,000 interactions, want more than 30,000", top)
	}
	if none := 100_000 - len(counts); none < 10_000 {
		t.Errorf("%d of 100,000 customers have no interaction, want many", none)
	}
	if counts := contactsOf(demo()); counts[0] != 40 {
		t.Errorf("the demo's busiest customer has %d interactions, want 40", counts[0])
	}
}

// A name that half the customers had would make searching it no test.
func TestNamesAreSpread(t *testing.T) {
	words := make(map[string]int)
	for c := range large().Customers() {
		if c.ContactType == "Individual" {
			for word := range strings.FieldsSeq(text.Fold(*c.FullName)) {
				words[word]++
			}
		}
	}
	delete(words, "al") // articles
	delete(words, "el")
	for word, n := range words {
		if n > 4_000 {
			t.Errorf("%s occurs in %d of 100,000 names, want 4,000 at most", word, n)
		}
	}
	if n := words["ahmed"]; n < 500 {
		t.Errorf("Ahmed occurs in %d of 100,000 names", n)
	}
}

func TestRecentMonthIsBusy(t *testing.T) {
	g := demo()
	month := g.now - 30*day
	var customers, interactions, feedback, late, today, later, done int
	for c := range g.Customers() {
		customers += b2i(c.CreatedAt > month)
	}
	for i := range g.Interactions() {
		interactions += b2i(i.Timestamp > month)
		if i.FollowUpDate == nil {
			continue
		}
		until := *i.FollowUpDate - (g.now - g.now%day)
		late += b2i(i.FollowUpRequired && until < 0)
		today += b2i(i.FollowUpRequired && until >= 0 && until < day)
		later += b2i(i.FollowUpRequired && until >= day)
		done += b2i(!i.FollowUpRequired)
	}
	for f := range g.Feedback() {
		feedback += b2i(f.SubmittedAt > month)
	}
	t.Logf("last 30 days: %d customers, %d interactions, %d feedback; follow-ups: %d late, %d today, %d later, %d done",
		customers, interactions, feedback, late, today, later, done)
	if min(customers, interactions, feedback, late, today, later, done) == 0 {
		t.Error("something is missing")
	}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func TestFamiliarCustomers(t *testing.T) {
	for i, c := range familiar() {
		if got, want := vocabulary().cultures[familiarCultures[i]].nationality, *c.Nationality; got != want {
			t.Errorf("%s is planned as %s, want %s", c.Name(), got, want)
		}
	}
	found := make(map[string]*store.Customer)
	for c := range demo().Customers() {
		found[c.Name()] = c
	}
	for _, name := range []string{"Ahmed Hassan", "Hélène Müller", "فاطمة العلوي", "Karim Benjelloun", "Youssef El Amrani"} {
		if found[name] == nil {
			t.Errorf("no %s", name)
		}
	}
	if c := found["Ahmed Hassan"]; c.Email != "ahmed.hassan@example.com" || c.Phone != "+212612345678" || c.LoyaltyStatus != "Gold" {
		t.Errorf("got %+v", c)
	}
}

func TestSegmentsHaveMembers(t *testing.T) {
	g := New(Options{Seed: 4, Customers: 3000, Interactions: 6000, Now: now})
	members := make(map[string]int)
	segments := g.Segments()
	for c := range g.Customers() {
		for _, s := range segments {
			members[s.Name] += b2i(isIn(c, s.Criteria))
		}
	}
	names := make(map[string]bool)
	inactive := 0
	for _, s := range segments {
		if names[s.Name] {
			t.Errorf("two segments are called %s", s.Name)
		}
		names[s.Name] = true
		inactive += b2i(!s.IsActive)
		if members[s.Name] == 0 {
			t.Errorf("%s has no members", s.Name)
		}
	}
	if inactive != 1 {
		t.Errorf("%d segments are inactive, want 1", inactive)
	}
}

func isIn(c *store.Customer, criteria store.Criteria) bool {
	has := map[string][]string{
		"loyalty_status": {c.LoyaltyStatus}, "contact_type": {c.ContactType}, "tags": c.Tags,
		"preferred_language": {c.PreferredLanguage}, "region": optional(c.Region), "nationality": optional(c.Nationality),
	}
	for key, values := range criteria {
		if !slices.ContainsFunc(values, func(v string) bool { return slices.Contains(has[key], v) }) {
			return false
		}
	}
	return c.IsActive
}

func optional(s *string) []string {
	if s == nil {
		return nil
	}
	return []string{*s}
}

// The texts name their blanks; a misspelt one would panic only when it is drawn.
func TestTemplates(t *testing.T) {
	w := newWriter(demo(), streamInteractions)
	for _, language := range []*texts{french, english, arabic} {
		all := slices.Concat(language.messages, language.notes, language.mixed, language.remedies)
		for _, service := range store.Services {
			all = append(all, language.praise[service]...)
			all = append(all, language.complaint[service]...)
			if len(language.praise[service]) == 0 || len(language.complaint[service]) == 0 {
				t.Errorf("no opinions about %s", service)
			}
		}
		for _, topic := range language.topics {
			all = append(all, topic.subject, topic.summary)
		}
		for _, template := range all {
			if got := w.fill(language, template); got == "" || strings.ContainsAny(got, "{}") {
				t.Errorf("%q became %q", template, got)
			}
		}
	}
}

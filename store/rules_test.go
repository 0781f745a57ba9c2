package store

import (
	"bytes"
	"reflect"
	"slices"
	"strings"
	"testing"
)

const (
	nfd  = "He\u0301le\u0300ne"
	nfc  = "Hélène"
	mark = "\u200f" // right-to-left mark
)

// Every text of every kind is stored in NFC, without white space and invisible characters at its ends, and is empty where nothing can be seen.
func TestTextsAreCleaned(t *testing.T) {
	all := func(s string) []any {
		c := person("a@example.com")
		c.FullName, c.CompanyName, c.Nationality, c.Region, c.Notes = new(s), new(s), new(s), new(s), new(s)
		c.PreferredLanguage, c.Tags = s, []string{s}
		i := &Interaction{Channel: " phone" + mark, Subject: new(s), Summary: "-" + s + "-", Timestamp: 1}
		f := &Feedback{ServiceType: mark + "Tour\u3000", Rating: 5, Comments: new(s), ResolutionNotes: new(s), Source: s}
		g := &Segment{Name: "-" + s + "-", Description: new(s), Criteria: Criteria{"region": {"-" + s + "-"}, "loyalty_status": {mark + "VIP "}}}
		u := &User{FullName: new(s), Email: "a@example.com", Phone: new(s)}
		return []any{c, i, f, g, u}
	}
	validate := func(t *testing.T, list []any) []any {
		for _, v := range list {
			var err error
			switch v := v.(type) {
			case *Customer:
				err = v.Validate()
			case *Interaction:
				err = v.Validate(1)
			case *Feedback:
				err = v.Validate()
			case *Segment:
				err = v.Validate()
			case *User:
				err = v.Validate()
			}
			if err != nil {
				t.Errorf("%T: %v", v, err)
			}
		}
		return list
	}
	t.Run("visible", func(t *testing.T) {
		c := validate(t, all(" \u3000"+mark+nfd+" 1"+"\ufeff\u00a0"))
		if got, want := asJSON(c), asJSON(validate(t, all(nfc+" 1"))); strings.ReplaceAll(strings.ReplaceAll(got, "- \u3000"+mark, "-"), "\ufeff\u00a0-", "-") != want {
			t.Errorf("got  %+q\nwant %+q", got, want)
		}
	})
	t.Run("invisible", func(t *testing.T) {
		got := asJSON(validate(t, all("\u200b \u200d\u200c\u2028")))
		want := asJSON(validate(t, all("")))
		if strings.ReplaceAll(got, "-\u200b \u200d\u200c\\u2028-", "--") != want {
			t.Errorf("got  %+q\nwant %+q", got, want)
		}
	})
}

func TestRequiredTextsAreSeen(t *testing.T) {
	const nothing = "\u200b \u200d\u3164\u00a0"
	c := Customer{ContactType: nothing, Email: nothing, Phone: nothing}
	if got, want := broken(c.Validate()), []string{"contact_type missing", "email missing", "phone missing"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	g := Segment{Name: nothing, Criteria: Criteria{"region": {nothing}}}
	if got, want := broken(g.Validate()), []string{"name missing", "criteria.region.0 missing"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Lengths count what is stored.
func TestLengthsOfStoredText(t *testing.T) {
	long := strings.Repeat("e\u0301", 50)
	c := person("a@example.com")
	c.PreferredLanguage, c.Tags = mark+long+mark, []string{"\u200b" + strings.ReplaceAll(long, "\u0301", "\u200b\u0301")}
	c.Phone = strings.Repeat("\u202a0\u202c", 20)
	if err := c.Validate(); err != nil || c.Phone != strings.Repeat("0", 20) || c.Tags[0] != strings.Repeat("é", 50) {
		t.Errorf("got %+q, %+q, %v", c.Phone, c.Tags, err)
	}
	c.Tags = []string{long + "é"}
	if got := broken(c.Validate()); !slices.Equal(got, []string{"tags.0 string_too_long"}) {
		t.Errorf("got %q", got)
	}
}

func TestTagsAreEqual(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"NFC and NFD", "été|e\u0301te\u0301", "été"},
		{"case", "VIP|vip|Vip", "VIP"},
		{"case of what is NFD", "E\u0301te\u0301|été", "Été"},
		{"invisible inside", "V\u200bIP|VIP|\u200e", "VIP"},
		{"final sigma", "πελάτης|ΠΕΛΆΤΗΣ", "πελάτης"},
		{"joiners count inside", "می\u200cرم|میرم", "می\u200cرم|میرم"},
		{"accents count", "ete|été", "ete|été"},
		{"family", "👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := person("a@example.com")
			c.Tags = strings.Split(tt.in, "|")
			if err := c.Validate(); err != nil || strings.Join(c.Tags, "|") != tt.want {
				t.Errorf("got %+q, %v, want %+q", c.Tags, err, tt.want)
			}
		})
	}
	if got := retagged([]string{"E\u0301te\u0301", "V\u200bIP"}, []string{"été"}, []string{"vip"}); !slices.Equal(got, []string{"E\u0301te\u0301"}) {
		t.Errorf("got %+q", got)
	}
}

// A record from before a rule keeps what it has: a rule refuses only fields that a change is about.
func TestRulesOfStoredCustomers(t *testing.T) {
	s := open(t)
	id := createCustomer(t, s, "a@example.com")
	stored := person("a@b.com'")
	update(t, s, func(tx *Tx) error {
		c, err := tx.Customer(id)
		if err != nil {
			return err
		}
		stored.ID, stored.CreatedAt, stored.UpdatedAt, stored.LoyaltyStatus, stored.IsActive = c.ID, c.CreatedAt, c.UpdatedAt, "New", true
		stored.FullName, stored.Notes, stored.Region = new(nfd), new(mark+"Notes "), new(strings.Repeat("r", 101))
		stored.Phone, stored.PreferredLanguage, stored.Tags = "call me", " ", []string{"e\u0301", "V\u200bIP", strings.Repeat("t", 51), "é"}
		return cmpOr(customers.moveEntries(tx, id, c, stored), rawPut(tx, bucketCustomers, id, stored))
	})
	found, err := s.Outdated(t.Context())
	if err != nil || len(found) != 1 || !slices.Equal(broken(found[0].Rules), []string{"email value_error", "phone value_error", "region string_too_long", "tags.2 string_too_long"}) {
		t.Errorf("outdated: %+v, %v", found, err)
	}
	set := func(change func(*Customer)) ([]string, bool) {
		before := s.Seq()
		_, err := s.Update(By{}, func(tx *Tx) error {
			_, err := tx.UpdateCustomer(id, func(c *Customer) Invalid { change(c); return nil })
			return err
		})
		return broken(err), s.Seq() > before
	}
	same := func(*Customer) {}
	all := func(c *Customer) {
		copied := *stored
		copied.Tags = slices.Clone(stored.Tags)
		copied.FullName, copied.Notes, copied.Region = new(*stored.FullName), new(*stored.Notes), new(*stored.Region)
		*c = copied
	}
	for name, change := range map[string]func(*Customer){"nothing is sent": same, "all is sent back": all} {
		if problems, changed := set(change); problems != nil || changed {
			t.Errorf("%s: %q, changed: %t", name, problems, changed)
		}
	}
	for _, tt := range []struct {
		name   string
		change func(*Customer)
		want   []string
	}{
		{"another broken e-mail", func(c *Customer) { c.Email = "a@c.com'" }, []string{"email value_error"}},
		{"another broken phone", func(c *Customer) { c.Phone = "call her" }, []string{"phone value_error"}},
		{"another long region", func(c *Customer) { c.Region = new(strings.Repeat("s", 101)) }, []string{"region string_too_long"}},
		{"another long tag", func(c *Customer) { c.Tags = append(c.Tags, strings.Repeat("u", 51)) }, []string{"tags.4 string_too_long"}},
	} {
		if got, _ := set(tt.change); !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
	if problems, changed := set(func(c *Customer) { c.CompanyName = new(" Atlas ") }); problems != nil || !changed {
		t.Errorf("another field: %q, changed: %t", problems, changed)
	}
	now := customer(t, s, id)
	stored.CompanyName, stored.UpdatedAt = new("Atlas"), now.UpdatedAt
	if !reflect.DeepEqual(now, stored) {
		t.Errorf("got  %s\nwant %s", asJSON(now), asJSON(stored))
	}
	set(func(c *Customer) { c.Tags = append(c.Tags, "new") })
	if got, want := customer(t, s, id).Tags, []string{"e\u0301", "V\u200bIP", strings.Repeat("t", 51), "new"}; !slices.Equal(got, want) {
		t.Errorf("got %+q, want %+q", got, want)
	}
}

func cmpOr(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// The other kinds keep what they have, too.
func TestRulesOfOtherStoredRecords(t *testing.T) {
	long := strings.Repeat("x", 3000)
	i := Interaction{Channel: "owl", Subject: new(long), Summary: long, Timestamp: 7}
	f := Feedback{ServiceType: "Flight", Rating: 5, Comments: new(long), ResolutionNotes: new(long), Source: long, Sentiment: "positive"}
	g := Segment{Name: nfd + " ", Description: new(long), Criteria: Criteria{"region": {" " + nfd}, "loyalty_status": {"Diamond"}}}
	u := User{FullName: new(nfd), Email: "a@b.com'", Phone: new("call me"), Roles: []string{}}
	iWas, fWas, gWas, uWas := i, f, g, u
	for _, err := range []error{i.obey(1, &iWas), f.obey(&fWas), g.obey(&gWas), u.obey(&uWas)} {
		if err != nil {
			t.Error(err)
		}
	}
	if !reflect.DeepEqual([]any{i, f, g, u}, []any{iWas, fWas, gWas, uWas}) {
		t.Errorf("got %+v", []any{i, f, g, u})
	}
	i.Channel, f.Source, g.Criteria, u.Phone = "crow", long+"y", Criteria{"region": {long}}, new("call her")
	want := []string{"channel enum", "source string_too_long", "criteria.region.0 string_too_long", "phone value_error"}
	if got := slices.Concat(broken(i.obey(1, &iWas)), broken(f.obey(&fWas)), broken(g.obey(&gWas)), broken(u.obey(&uWas))); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// What passed the rules passes them again, and is the same then.
func FuzzCustomerRules(f *testing.F) {
	f.Add(nfd, "a@mu\u0308nchen.example", "\u202a06\u202c", "V\u200bIP|vip")
	f.Add(mark, " A@B.com\u200b", "+212 6", "e\u0301|é|É")
	f.Add("\u0d4d\u200d", "é@x.y", "٠", "\u200d|a\u200d")
	f.Fuzz(func(t *testing.T, text, email, phone, tags string) {
		c := &Customer{FullName: &text, Notes: new(text), ContactType: "Individual", Email: email, Phone: phone, PreferredLanguage: text, Tags: strings.Split(tags, "|")}
		if c.Validate() != nil {
			return
		}
		once, err := Encode(c)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Validate(); err != nil {
			t.Errorf("%s passed the rules, and then did not: %v", once, err)
		}
		if twice, _ := Encode(c); !bytes.Equal(twice, once) {
			t.Errorf("%s becomes %s", once, twice)
		}
		if back := new(Customer); customers.fill(back, ID{}, once) == nil && back.Email != c.Email {
			t.Errorf("%q is stored as %q", c.Email, back.Email)
		}
	})
}

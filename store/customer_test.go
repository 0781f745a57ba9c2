package store

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestCustomerJSON(t *testing.T) {
	clock := newClock()
	s := open(t, WithClock(clock.time))
	full := &Customer{
		FullName: new(" Ahmed <Ben> & Cie "), CompanyName: new("Société Générale"), ContactType: "Corporate",
		Email: "Ahmed@Example.com", Phone: " +212 612 345 678", Nationality: new("Moroccan"), Region: new("Fès"),
		PreferredLanguage: "Arabic", Tags: []string{"VIP", " vip ", "", "été"}, Notes: new("مرحبا"),
		LoyaltyStatus: "VIP", LastInteraction: new(Time), // the store's to set, not the caller's
	}
	const times = `"created_at":"2026-11-23T06:01:56.852Z","updated_at":"2026-11-23T06:01:56.852Z","last_interaction":null,"phone_international":`
	tests := []struct {
		name string
		c    *Customer
		want string // after the id
	}{
		{"full", full, `"full_name":"Ahmed <Ben> & Cie","company_name":"Société Générale","contact_type":"Corporate",` +
			`"email":"Ahmed@Example.com","phone":"+212 612 345 678","nationality":"Moroccan","region":"Fès",` +
			`"preferred_language":"Arabic","loyalty_status":"New","is_active":true,"tags":["VIP","été"],` +
			`"notes":"مرحبا",` + times + `"+212612345678"}`},
		{"least", person("a@example.com"), `"full_name":null,"company_name":null,"contact_type":"Individual",` +
			`"email":"a@example.com","phone":"0612345678","nationality":null,"region":null,` +
			`"preferred_language":"French","loyalty_status":"New","is_active":true,"tags":[],` +
			`"notes":null,` + times + `"+212612345678"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var created, read string
			update(t, s, func(tx *Tx) error {
				raw, err := tx.CreateCustomer(tt.c, nil)
				created = string(raw)
				return err
			})
			view(t, s, func(tx *Tx) error {
				raw, err := tx.CustomerJSON(tt.c.ID)
				read = string(raw)
				return err
			})
			want := fmt.Sprintf(`{"id":"%s",%s`, tt.c.ID, tt.want)
			if created != want {
				t.Errorf("created\n got %s\nwant %s", created, want)
			}
			if read != created {
				t.Errorf("read\n got %s\nwant %s", read, created)
			}
		})
	}
}

func TestCustomerRules(t *testing.T) {
	arabic := func(n int) string { return strings.Repeat("م", n) } // two bytes each
	many := func(n int) (tags []string) {
		for i := range n {
			tags = append(tags, fmt.Sprint(i))
		}
		return tags
	}
	tests := []struct {
		name string
		set  func(*Customer)
		want []string
	}{
		{"good", func(*Customer) {}, nil},
		{"no contact type", func(c *Customer) { c.ContactType = " " }, []string{"contact_type missing"}},
		{"contact type in the wrong case", func(c *Customer) { c.ContactType = "individual" }, []string{"contact_type enum"}},
		{"no e-mail", func(c *Customer) { c.Email = " " }, []string{"email missing"}},
		{"e-mail of 254", func(c *Customer) { c.Email = "a@" + strings.Repeat("b234567.", 31) + "com1" }, nil},
		{"e-mail of 255", func(c *Customer) { c.Email = strings.Repeat("a", 243) + "@example.com" }, []string{"email string_too_long"}},
		{"no phone", func(c *Customer) { c.Phone = "" }, []string{"phone missing"}},
		{"phone without a digit", func(c *Customer) { c.Phone = "call me" }, []string{"phone value_error"}},
		{"phone in Arabic digits", func(c *Customer) { c.Phone = "٠٦١٢٣٤٥٦٧٨" }, nil},
		{"phone of 20", func(c *Customer) { c.Phone = strings.Repeat("٠", 20) }, nil},
		{"phone of 21", func(c *Customer) { c.Phone = strings.Repeat("1", 21) }, []string{"phone string_too_long"}},
		{"name of 255", func(c *Customer) { c.FullName = new(arabic(255)) }, nil},
		{"name of 256", func(c *Customer) { c.FullName = new(arabic(256)) }, []string{"full_name string_too_long"}},
		{"company of 256", func(c *Customer) { c.CompanyName = new(arabic(256)) }, []string{"company_name string_too_long"}},
		{"places of 100", func(c *Customer) { c.Nationality, c.Region = new(arabic(100)), new(arabic(100)) }, nil},
		{"places of 101", func(c *Customer) { c.Nationality, c.Region = new(arabic(101)), new(arabic(101)) },
			[]string{"nationality string_too_long", "region string_too_long"}},
		{"language of 50", func(c *Customer) { c.PreferredLanguage = arabic(50) }, nil},
		{"language of 51", func(c *Customer) { c.PreferredLanguage = arabic(51) }, []string{"preferred_language string_too_long"}},
		{"unknown loyalty", func(c *Customer) { c.LoyaltyStatus = "Diamond" }, []string{"loyalty_status enum"}},
		{"notes of 10,000", func(c *Customer) { c.Notes = new(arabic(10_000)) }, nil},
		{"notes of 10,001", func(c *Customer) { c.Notes = new(arabic(10_001)) }, []string{"notes string_too_long"}},
		{"tag of 50", func(c *Customer) { c.Tags = []string{arabic(50)} }, nil},
		{"third tag of 51", func(c *Customer) { c.Tags = []string{"a", "", arabic(51)} }, []string{"tags.2 string_too_long"}},
		{"50 tags and repeats", func(c *Customer) { c.Tags = append(many(50), "1", "2") }, nil},
		{"50 tags and the same in capitals", func(c *Customer) {
			for _, tag := range many(50) {
				c.Tags = append(c.Tags, "é"+tag, "É"+tag)
			}
		}, nil},
		{"51 tags", func(c *Customer) { c.Tags = many(51) }, []string{"tags too_long"}},
		{"everything", func(c *Customer) {
			*c = Customer{FullName: new(arabic(256)), ContactType: "Robot", Email: "x", Phone: "-", LoyaltyStatus: "None", Notes: new(arabic(10_001))}
		}, []string{"full_name string_too_long", "contact_type enum", "email value_error", "phone value_error",
			"loyalty_status enum", "notes string_too_long"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := person("a@example.com")
			tt.set(c)
			if got := broken(c.Validate()); !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestEmails(t *testing.T) {
	tests := []struct {
		email string
		want  bool
	}{
		{"a@example.com", true}, {"a.b+c@sub.example.co.ma", true}, {"أحمد@مثال.مغرب", true}, {"o'neil@example.com", true},
		{"a", false}, {"@example.com", false}, {"a@", false}, {"a@localhost", false}, {"a@example.", false},
		{"a@.com", false}, {"a@example..com", false}, {"a b@example.com", false}, {"a@b@example.com", false},
		{"Ahmed <a@example.com>", false}, {"<a@example.com>", false}, {`"a"@example.com`, false}, {"a@[127.0.0.1]", false},
		{"a@example.com,b@example.com", false}, {"a@example.com\r\nBcc: b@example.com", false}, {"a..b@example.com", false},
	}
	for _, tt := range tests {
		t.Run(tt.email, func(t *testing.T) {
			c := person(tt.email)
			if err := c.Validate(); (err == nil) != tt.want {
				t.Errorf("got %v, want valid: %t", err, tt.want)
			}
		})
	}
}

func TestCustomerEmailIsUnique(t *testing.T) {
	s := open(t)
	ahmed := createCustomer(t, s, "Ahmed@Example.com")
	fatima := createCustomer(t, s, "fatima@example.com")
	update(t, s, func(tx *Tx) error {
		_, err := tx.UpdateCustomer(ahmed, func(c *Customer) Invalid { c.IsActive = false; return nil })
		return err
	})
	rename := func(id ID, email string) func(*Tx) error {
		return func(tx *Tx) error {
			_, err := tx.UpdateCustomer(id, func(c *Customer) Invalid { c.Email = email; return nil })
			return err
		}
	}
	create := func(email string) func(*Tx) error {
		return func(tx *Tx) error { _, err := tx.CreateCustomer(person(email), nil); return err }
	}
	tests := []struct {
		name string
		fn   func(*Tx) error
		want error
	}{
		{"same, of an inactive customer", create("Ahmed@Example.com"), ErrEmailTaken},
		{"other case and spaces", create(" AHMED@example.COM "), ErrEmailTaken},
		{"taken by an update", rename(fatima, "ahmed@EXAMPLE.com"), ErrEmailTaken},
		{"own in another case", rename(fatima, "Fatima@example.com"), nil},
		{"own to a new one", rename(fatima, "f@example.com"), nil},
		{"the one that was left", create("fatima@example.com"), nil},
		{"the one that was taken", create("F@example.com"), ErrEmailTaken},
	}
	for _, tt := range tests { // each builds on those before it
		if _, err := s.Update(By{}, tt.fn); !errors.Is(err, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.name, err, tt.want)
		}
	}
}

func TestCustomerUpdatedAt(t *testing.T) {
	clock := newClock()
	s := open(t, WithClock(clock.time))
	id := createCustomer(t, s, "a@example.com")
	created := clock.now()
	step := func(name string, updated Time, logged uint64, fn func(*Tx) error) {
		t.Helper()
		before := s.Seq()
		clock.move(time.Hour)
		update(t, s, fn)
		c := customer(t, s, id)
		if c.CreatedAt != created || c.UpdatedAt != updated {
			t.Errorf("%s: created %s, updated %s; want %s and %s", name, c.CreatedAt, c.UpdatedAt, created, updated)
		}
		if got := s.Seq() - before; got != logged {
			t.Errorf("%s: %d changes logged, want %d", name, got, logged)
		}
	}
	set := func(phone string) func(*Tx) error {
		return func(tx *Tx) error {
			_, err := tx.UpdateCustomer(id, func(c *Customer) Invalid { c.Phone = phone; return nil })
			return err
		}
	}
	step("interaction", created, 1, func(tx *Tx) error {
		_, err := tx.CreateInteraction(&Interaction{CustomerID: id, Channel: "sms", Summary: "Hello", Timestamp: Never}, nil)
		return err
	})
	if got, want := *customer(t, s, id).LastInteraction, clock.now(); got != want {
		t.Errorf("last interaction %s, want %s", got, want)
	}
	before := commits(t, s)
	step("same values", created, 0, set(" 0612345678 "))
	if got := commits(t, s) - before; got != 0 {
		t.Errorf("an update that changes nothing took %d commits, want 0", got)
	}
	step("new phone", clock.now().Add(time.Hour), 1, set("0600000000"))
	step("same again", clock.now(), 0, set("0600000000"))
}

func TestCustomerRefused(t *testing.T) {
	s := open(t)
	id := createCustomer(t, s, "a@example.com")
	nothing := func(*Customer) Invalid { return nil }
	tests := []struct {
		name string
		fn   func(*Tx) error
		want string
	}{
		{"problems met while reading come first", func(tx *Tx) error {
			_, err := tx.CreateCustomer(&Customer{Email: "a"}, Invalid{{Field: "phone", Msg: "Must be a text", Type: "string_type"}})
			return err
		}, "phone: Must be a text; contact_type: Field required; email: Must be an e-mail address such as name@example.com"},
		{"problems of a patch", func(tx *Tx) error {
			_, err := tx.UpdateCustomer(id, func(c *Customer) Invalid {
				c.ContactType = ""
				return Invalid{{Field: "tags.1", Msg: "Must be a text", Type: "string_type"}}
			})
			return err
		}, "tags.1: Must be a text; contact_type: Field required"},
		{"unknown", func(tx *Tx) error { _, err := tx.Customer(ID{}); return err }, "Customer not found"},
		{"update unknown", func(tx *Tx) error { _, err := tx.UpdateCustomer(ID{}, nothing); return err }, "Customer not found"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := s.Update(By{}, tt.fn)
			if fmt.Sprint(err) != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
			if s.Seq() != 1 {
				t.Errorf("sequence %d, want 1", s.Seq())
			}
		})
	}
}

func TestCustomersInOrder(t *testing.T) {
	s := open(t)
	var want []ID
	for i := range 5 {
		want = append(want, createCustomer(t, s, email(i)))
	}
	for skip := range len(want) {
		after := ID{}
		if skip > 0 {
			after = want[skip-1]
		}
		var got []ID
		view(t, s, func(tx *Tx) error {
			for id := range tx.Customers(after) {
				got = append(got, id)
			}
			return nil
		})
		if !slices.Equal(got, want[skip:]) {
			t.Errorf("after %d: got %v, want %v", skip, got, want[skip:])
		}
	}
}

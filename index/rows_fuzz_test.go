package index

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"crm/store"
	"crm/store/text"
)

// FuzzRows checks that facets can be built from any rows, and that saved facets are the same when they are loaded.
func FuzzRows(f *testing.F) {
	for _, seed := range [][3]string{
		{`{"full_name":"Ahmed","contact_type":"Individual","email":"a@example.com","phone":"0612345678","tags":["VIP"],"is_active":true}`,
			`{"channel":"phone","summary":"x","timestamp":"2024-01-22T10:00:00.000Z","duration_minutes":5,"follow_up_required":true}`, `{"service_type":"Tour","rating":4,"sentiment":"positive"}`},
		{`{}`, `{}`, `{}`},
		{`{"contact_type":"?","loyalty_status":"","tags":["","VIP","vip"],"phone":"+","updated_at":"9999-12-31T23:59:59.999Z"}`, `{"channel":"fax","duration_minutes":-9223372036854775808}`, `{"service_type":"?","rating":9}`},
		{`{"full_name":"\u0000","email":"\ud800"}`, `{"follow_up_required":true,"follow_up_date":"0001-01-01T00:00:00.000Z"}`, `{"rating":-1,"resolved":true,"is_anonymous":true}`},
	} {
		f.Add([]byte(seed[0]), []byte(seed[1]), []byte(seed[2]))
	}
	f.Fuzz(func(t *testing.T, customer, interaction, feedback []byte) {
		var (
			c store.Customer
			i store.Interaction
			b store.Feedback
		)
		if json.Unmarshal(customer, &c) != nil || json.Unmarshal(interaction, &i) != nil || json.Unmarshal(feedback, &b) != nil {
			return
		}
		i.CustomerID, b.CustomerID = c.ID, &c.ID
		made := newFacets(text.CountryOf("MA"))
		for range 2 {
			made.loadCustomer(&c)
			made.putInteraction(&i)
			made.putFeedback(&b)
		}
		dir := t.TempDir()
		save := func(name string, facets *facets) []byte {
			path := filepath.Join(dir, name)
			if err := saveFacets(path, origin{database: store.ID{1}}, facets, 3); err != nil {
				t.Fatal(err)
			}
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			return raw
		}
		first := save("first", made)
		read, _, err := loadFacets(filepath.Join(dir, "first"), origin{database: store.ID{1}})
		if err != nil {
			t.Fatal(err)
		}
		if again := save("again", read); !bytes.Equal(again, first) {
			t.Errorf("facets of %s, %s, %s are others when they were saved", customer, interaction, feedback)
		}
	})
}

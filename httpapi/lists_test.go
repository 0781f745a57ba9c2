package httpapi

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"crm/store"
)

func TestPathsHaveManyNames(t *testing.T) {
	f := newFixture(t)
	customer := f.storeCustomer(nil)
	interaction, feedback, segment := f.logInteraction(customer, nil), f.giveFeedback(customer, nil), f.makeSegment("S", map[string]any{})
	paths := []string{
		"/customers", "/customers/" + customer, "/customers/" + customer + "/summary",
		"/interactions", "/interactions/stats", "/interactions/customer/" + customer, "/interactions/" + interaction,
		"/feedback", "/feedback/stats", "/feedback/customer/" + customer, "/feedback/" + feedback,
		"/segments", "/segments/" + segment, "/segments/" + segment + "/customers",
	}
	for _, path := range paths {
		want := f.send("GET", "/api/v1"+path, nil).want(http.StatusOK)
		for _, name := range []string{"/v1" + path, "/v1" + path + "/", "/api/v1" + path + "/", "/api/v1" + path + "?", "/v1" + path + "/?"} {
			if got := f.send("GET", name, nil).want(http.StatusOK); string(got.body) != string(want.body) {
				t.Errorf("%s: got %s, want %s", name, got.body, want.body)
			}
			head := f.send("HEAD", name, nil).want(http.StatusOK)
			if got, want := head.header.Get("Content-Length"), strconv.Itoa(len(want.body)); got != want {
				t.Errorf("HEAD %s: Content-Length: got %q, want %s", name, got, want)
			}
		}
	}
	for i, path := range []string{"/v1/customers", "/v1/customers/", "/api/v1/customers", "/api/v1/customers/"} {
		created := f.send("POST", path, changed(ahmed(), map[string]any{"email": fmt.Sprintf("path%d@example.com", i)})).want(http.StatusCreated)
		if got, want := created.header.Get("Location"), "/api/v1/customers/"+created.str("id"); got != want {
			t.Errorf("%s: Location: got %q, want %q", path, got, want)
		}
		f.send("PUT", "/v1/customers/"+created.str("id")+"/", map[string]any{"region": "Fès"}).want(http.StatusOK)
		f.send("DELETE", "/api/v1/customers/"+created.str("id")+"/", nil).want(http.StatusOK)
	}
}

func TestUnknownAndMalformedIDs(t *testing.T) {
	f := newFixture(t)
	for _, tt := range []struct{ path, variable, missing string }{
		{"/v1/customers/", "path.customer_id", "Customer not found"}, {"/v1/interactions/", "path.interaction_id", "Interaction not found"},
		{"/v1/feedback/", "path.feedback_id", "Feedback not found"}, {"/v1/segments/", "path.segment_id", "Segment not found"},
	} {
		for _, method := range []string{"GET", "PUT", "PATCH", "DELETE"} {
			var body any
			if method[0] == 'P' {
				body = map[string]any{}
			}
			f.send(method, tt.path+someUUID, body).want(http.StatusNotFound).wantDetail(tt.missing)
			for _, id := range []string{"7", "456e7890e89b12d3a456426614174001", "%7B456e7890-e89b-12d3-a456-426614174001%7D", "456e7890-e89b-12d3-a456-42661417400g", "%00", "%ff"} {
				f.send(method, tt.path+id, body).wantErrors(tt.variable)
			}
		}
	}
	f.send("GET", "/v1/customers/"+someUUID+"/summary", nil).want(http.StatusNotFound).wantDetail("Customer not found")
	f.send("GET", "/v1/customers/"+strings.ToUpper(f.storeCustomer(nil)), nil).want(http.StatusOK)
}

func TestPages(t *testing.T) {
	f := newFixture(t)
	f.send("GET", "/v1/customers/", nil).wantList("id").wantFields(map[string]any{"items": []any{}, "total": 0.0, "page": 1.0, "size": 20.0, "pages": 0.0})
	f.send("GET", "/v1/customers/?page=3", nil).wantList("id").wantFields(map[string]any{"total": 0.0, "page": 3.0, "pages": 0.0})
	var ids []string // newest first
	for range 25 {
		ids = slices.Insert(ids, 0, f.storeCustomer(nil))
	}
	for _, tt := range []struct {
		query             string
		want              []string
		page, size, pages float64
	}{
		{"", ids[:20], 1, 20, 2}, {"page=&size=", ids[:20], 1, 20, 2}, {"page=2", ids[20:], 2, 20, 2}, {"page=3", nil, 3, 20, 2}, {"size=100", ids, 1, 100, 1},
		{"size=1&page=25", ids[24:], 25, 1, 25}, {"size=25", ids, 1, 25, 1}, {"size=24", ids[:24], 1, 24, 2}, {"page=%201%20", ids[:20], 1, 20, 2}, {"page=1000000", nil, 1000000, 20, 2},
		{"page=1000000000&size=100", nil, 1000000000, 100, 1}, {"page=9223372036854775807&size=100", nil, 9223372036854775807, 100, 1},
	} {
		t.Run(tt.query, func(t *testing.T) {
			f.in(t).send("GET", "/v1/customers?"+tt.query, nil).wantList("id", tt.want...).wantFields(map[string]any{"total": 25.0, "page": tt.page, "size": tt.size, "pages": tt.pages})
		})
	}
	for _, path := range []string{"/v1/customers", "/v1/interactions", "/v1/feedback", "/v1/segments", "/v1/interactions/customer/" + ids[0], "/v1/feedback/customer/" + ids[0]} {
		for _, bad := range []string{"0", "-1", "x", "1.5", "1e3", "true", "2%3B", "%ff"} {
			f.send("GET", path+"?page="+bad+"&size="+bad, nil).wantErrors("query.page", "query.size")
		}
		f.send("GET", path+"?size=101", nil).wantErrors("query.size")
	}
}

func TestCustomerFilters(t *testing.T) {
	f := newFixture(t)
	add := func(name string, fields map[string]any) {
		f.storeCustomer(changed(map[string]any{"full_name": name, "nationality": nil, "region": nil, "tags": nil}, fields))
	}
	add("a", map[string]any{"region": "Fès", "nationality": "Française", "tags": []string{"VIP"}})
	add("b", map[string]any{"region": "FES", "tags": []string{"Été", "vip"}, "preferred_language": "العربيّة"})
	add("c", map[string]any{"region": "Fès-Meknès", "contact_type": "Corporate", "tags": []string{"été indien"}})
	add("d", map[string]any{"tags": []string{"a", "b"}})
	add("e", map[string]any{"region": "Fès", "tags": []string{"VIP"}})
	id := f.send("GET", "/v1/customers?size=1", nil).str("items.0.id")
	f.send("PUT", "/v1/customers/"+id, map[string]any{"loyalty_status": "Gold"}).want(http.StatusOK)
	f.send("DELETE", "/v1/customers/"+id, nil).want(http.StatusOK)
	tests := []struct{ query, want string }{
		{"", "d c b a"}, {"is_active=true", "d c b a"}, {"is_active=True", "d c b a"}, {"is_active=", "d c b a"}, {"is_active=false", "e"}, {"is_active=all", "e d c b a"},
		{"region=F%C3%A8s", "b a"}, {"region=fes", "b a"}, {"region=FES&is_active=all", "e b a"}, {"region=%20fes%20", "b a"}, {"region=e", ""}, {"region=fes-mekne%CC%80s", "c"},
		{"nationality=francaise", "a"}, {"nationality=FRAN%C3%87AISE", "a"}, {"preferred_language=" + url.QueryEscape("العربية"), "b"},
		{"tags=vip", "b a"}, {"tags=ETE", "b"}, {"tags=vip&tags=%C3%A9t%C3%A9+indien", "c b a"}, {"tags[]=vip", "b a"}, {"tags%5B%5D=ete&tags[]=a", "d b"}, {"tags=ete&tags[]=a", "d b"},
		{"tags=", "d c b a"}, {"tags=&tags=b", "d"}, {"tags=nothing", ""}, {"tags=vip&tags=vip", "b a"},
		{"contact_type=Corporate", "c"}, {"contact_type=Individual", "d b a"}, {"contact_type=", "d c b a"}, {"loyalty_status=Gold", ""}, {"loyalty_status=Gold&is_active=all", "e"}, {"loyalty_status=New", "d c b a"},
		{"tags=vip&region=fes&is_active=false", "e"}, {"tags=ete&region=fes", "b"}, {"tags=ete&region=rabat", ""}, {"sort=created_at", "a b c d"}, {"sort=-created_at", "d c b a"}, {"sort=", "d c b a"},
		{"query=&region=&nationality=&loyalty_status=&tags[]=&preferred_language=&page=&size=", "d c b a"}, {"unknown=1&utm_source=x", "d c b a"}, {"customer_id=x", "d c b a"},
	}
	for _, tt := range tests {
		t.Run(tt.query, func(t *testing.T) {
			want := strings.Fields(tt.want)
			f.in(t).send("GET", "/v1/customers?"+tt.query, nil).wantList("full_name", want...).wantFields(map[string]any{"total": float64(len(want))})
		})
	}
	f.send("GET", "/v1/customers?page=0&size=101&sort=email&is_active=maybe&contact_type=corporate&loyalty_status=Diamond", nil).wantDetail("Validation error").
		wantErrors("query.page", "query.size", "query.sort", "query.is_active", "query.contact_type", "query.loyalty_status")
	for _, sort := range []string{"-", "--name", "Name", "+name", "name,created_at", "full_name"} {
		f.send("GET", "/v1/customers?sort="+url.QueryEscape(sort), nil).wantErrors("query.sort")
	}
	f.send("GET", "/v1/customers?region=%zz", nil).want(http.StatusUnprocessableEntity)
	f.send("GET", "/v1/interactions?page=x&size=x&sort=created_at&customer_id=1&staff_member_id=1&channel=fax&follow_up_required=maybe&from=x&to=x", nil).wantErrors(
		"query.page", "query.size", "query.sort", "query.customer_id", "query.staff_member_id", "query.channel", "query.follow_up_required", "query.from", "query.to")
}

// Values are told apart whatever characters they have.
func TestFiltersByStrangeTags(t *testing.T) {
	f := newFixture(t)
	one := f.storeCustomer(map[string]any{"tags": []string{"a\x00b"}})
	two := f.storeCustomer(map[string]any{"tags": []string{"a", "b"}})
	three := f.storeCustomer(map[string]any{"tags": []string{"a,b", "c&d=e", "50%"}})
	for tag, want := range map[string][]string{"a": {two}, "b": {two}, "a\x00b": {one}, "a,b": {three}, "c&d=e": {three}, "50%": {three}, "%": nil, "*": nil} {
		f.send("GET", "/v1/customers?tags="+url.QueryEscape(tag), nil).wantList("id", want...)
	}
}

func TestCustomerSort(t *testing.T) {
	f := newFixture(t)
	add := func(region string, fields map[string]any) string {
		f.pass(time.Minute)
		return f.storeCustomer(changed(map[string]any{"region": region}, fields))
	}
	a := add("a", map[string]any{"full_name": "Zoé"})
	b := add("b", map[string]any{"full_name": "émile"})
	add("c", map[string]any{"full_name": nil, "company_name": "Atlas"})
	add("d", map[string]any{"full_name": "ZOE", "company_name": "Aaa"})
	add("e", map[string]any{"full_name": nil})
	add("f", map[string]any{"full_name": "Frank"})
	f.logInteraction(a, map[string]any{"timestamp": "2026-11-02"})
	f.logInteraction(b, map[string]any{"timestamp": "2026-11-01"})
	f.pass(time.Minute)
	f.send("PUT", "/v1/customers/"+b, map[string]any{"notes": "n"}).want(http.StatusOK)
	for sort, want := range map[string]string{
		"": "fedcba", "created_at": "abcdef", "-created_at": "fedcba", "name": "ecbfad", "-name": "dafbce", "updated_at": "acdefb", "-updated_at": "bfedca",
		"last_interaction": "cdefba", "-last_interaction": "abfedc",
	} {
		f.send("GET", "/v1/customers?sort="+sort, nil).wantList("region", strings.Split(want, "")...)
		f.send("GET", "/v1/customers?size=2&page=2&sort="+sort, nil).wantList("region", strings.Split(want, "")[2:4]...)
	}
	f.send("PUT", "/v1/customers/"+a, map[string]any{"full_name": nil, "company_name": "Agadir"}).want(http.StatusOK)
	f.send("GET", "/v1/customers?sort=name", nil).wantList("region", "e", "a", "c", "b", "f", "d")
}

// scan returns all records of a list from their JSON, oldest first, to compute in a simple way what lists must answer.
func (f *fixture) scan(path string) (all []map[string]any) {
	f.t.Helper()
	for page := 1; ; page++ {
		var got struct{ Items []map[string]any }
		f.send("GET", fmt.Sprintf("%s&size=100&page=%d", path, page), nil).want(http.StatusOK).into(&got)
		if all = append(all, got.Items...); len(got.Items) == 0 {
			slices.Reverse(all)
			return all
		}
	}
}

// wantScan asks for random pages and compares each with the records that keep lets pass, in the order of less and then of all.
func (f *fixture) wantScan(path string, q url.Values, all []map[string]any, keep func(map[string]any) bool, key func(map[string]any) string) {
	f.t.Helper()
	var want []map[string]any
	for _, record := range all {
		if keep(record) {
			want = append(want, record)
		}
	}
	slices.SortStableFunc(want, func(a, b map[string]any) int { return cmp.Compare(key(a), key(b)) })
	if sort := q.Get("sort"); sort == "" || sort[0] == '-' {
		slices.Reverse(want)
	}
	size := 1 + rand.IntN(pick(5, 30, 100))
	page := 1 + rand.IntN(len(want)/size+2)
	q.Set("page", strconv.Itoa(page))
	q.Set("size", strconv.Itoa(size))
	var got struct {
		Items []map[string]any
		Total int
	}
	f.send("GET", path+"?"+q.Encode(), nil).want(http.StatusOK).into(&got)
	if got.Total != len(want) {
		f.t.Errorf("%s total: got %d, want %d", q.Encode(), got.Total, len(want))
	}
	from := min((page-1)*size, len(want))
	if got, want := idsOf(got.Items), idsOf(want[from:min(from+size, len(want))]); !slices.Equal(got, want) {
		f.t.Errorf("%s items:\ngot  %v\nwant %v", q.Encode(), got, want)
	}
}

func idsOf(records []map[string]any) (ids []string) {
	for _, r := range records {
		s, _ := r["id"].(string)
		ids = append(ids, s)
	}
	return ids
}

func pick[T any](values ...T) T { return values[rand.IntN(len(values))] }

// some sets a parameter at random to one of the values or not at all, and returns its value.
func some(q url.Values, name string, values ...string) string {
	if rand.IntN(3) == 0 {
		q.Set(name, pick(values...))
	}
	return q.Get(name)
}

// textOf returns a field as a string, "" for none and null.
func textOf(record map[string]any, field string) string {
	s, _ := record[field].(string)
	return s
}

func (f *fixture) inStore(n int, fn func(*store.Tx) error) {
	f.t.Helper()
	for range n {
		f.pass(time.Second)
		if _, err := f.store.Update(store.By{}, fn); err != nil {
			f.t.Fatal(err)
		}
	}
}

// crowd stores 2,400 customers, more than are sorted by themselves, and changes some of them.
func (f *fixture) crowd() (ids []store.ID) {
	f.t.Helper()
	optional := func(values ...string) *string {
		if s := pick(values...); s != "" {
			return &s
		}
		return nil
	}
	regions, tags := []string{"", "Fès", "FES", "Rabat", "Casablanca"}, []string{"VIP", "vip", "Été", "été indien", "a"}
	f.inStore(8, func(tx *store.Tx) error {
		for range 300 {
			c := store.Customer{
				FullName: optional("", "Zoé", "zoe", "Ahmed", "Äsa", "فاطمة"), CompanyName: optional("", "Atlas", "Zoe"), ContactType: pick(store.ContactTypes...),
				Email: fmt.Sprintf("c%d@example.com", stored.Add(1)), Phone: "1", Region: optional(regions...), Nationality: optional("", "Française", "Marocaine"),
			}
			for range rand.IntN(4) {
				c.Tags = append(c.Tags, pick(tags...))
			}
			if _, err := tx.CreateCustomer(&c, nil); err != nil {
				return err
			}
			ids = append(ids, c.ID)
		}
		return nil
	})
	f.inStore(8, func(tx *store.Tx) error {
		for range 100 {
			_, err := tx.UpdateCustomer(pick(ids...), func(c *store.Customer) store.Invalid {
				c.IsActive, c.LoyaltyStatus, c.Region, c.FullName = rand.IntN(3) > 0, pick(store.LoyaltyStatuses...), optional(regions...), optional("Omar", "zoë", "")
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return ids
}

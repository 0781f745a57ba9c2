package httpapi

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// four returns the customers of the search tests: their ids by name.
func (f *fixture) four() map[string]string {
	f.t.Helper()
	ids := map[string]string{}
	for _, c := range []map[string]any{
		{"full_name": "Ahmed Hassan", "email": "ahmed.hassan@example.com", "phone": "+212612345678"},
		{"full_name": "Hélène Müller", "email": "h.mueller@web.de", "phone": "+49 30 901820"},
		{"full_name": "فاطمة العلوي", "email": "fz.elalaoui@poste.ma", "phone": "0522-987654"},
		{"full_name": nil, "company_name": "Atlas Tours Morocco", "contact_type": "Corporate", "email": "info@tourism.ma", "phone": "0524 111 222"},
	} {
		name, _ := c["full_name"].(string)
		if name == "" {
			name = "Atlas Tours Morocco"
		}
		ids[name] = f.storeCustomer(c)
	}
	return ids
}

const (
	searchAhmed  = "Ahmed Hassan"
	searchHelene = "Hélène Müller"
	searchFatima = "فاطمة العلوي"
	searchAtlas  = "Atlas Tours Morocco"
)

var searches = []struct{ query, want string }{
	{"ahmed", searchAhmed}, {"HASS", searchAhmed}, {"hassan ahmed", searchAhmed}, {"assan", searchAhmed}, {"  Ahmed   Hassan  ", searchAhmed},
	{"helene", searchHelene}, {"muller", searchHelene}, {"HÉLÈNE", searchHelene}, {"Müller", searchHelene}, {"mu\u0308ller", searchHelene},
	{"فاطمه", searchFatima}, {"فاطمة", searchFatima}, {"العلوى", searchFatima}, {"فَاطِمَة", searchFatima}, {"علوي", searchFatima},
	{"atlas", searchAtlas}, {"tours atl", searchAtlas}, {"morocco", searchAtlas},
	{"ahmed.hassan@example.com", searchAhmed}, {"AHMED.HASSAN@EXAMPLE.COM", searchAhmed}, {"hassan@ex", searchAhmed}, {"web.de", searchHelene},
	{"0612345678", searchAhmed}, {"06 12 34 56 78", searchAhmed}, {"+212 612-345678", searchAhmed}, {"00212612345678", searchAhmed}, {"+212612345678", searchAhmed},
	{"345678", searchAhmed}, {"٠٦١٢٣٤٥٦٧٨", searchAhmed}, {"06.12.34.56.78", searchAhmed}, {"(0612) 345678", searchAhmed}, {"0522987654", searchFatima}, {"+212522987654", searchFatima},
	{"Hasan", searchAhmed}, {"Ahmad", searchAhmed}, {"hasan ahmad", searchAhmed},
	{"ahmed muller", ""}, {"0612345679", ""}, {"xyzzy", ""}, {"ahmed xyzzy", ""}, {"خالد", ""},
}

func TestSearch(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.four()
	search := func(t *testing.T) {
		for _, tt := range searches {
			t.Run(tt.query, func(t *testing.T) {
				var want []string
				if tt.want != "" {
					want = append(want, tt.want)
				}
				got := f.in(t).send("GET", "/v1/customers?query="+url.QueryEscape(tt.query), nil).want(http.StatusOK)
				if names := namesOf(got); !slices.Equal(names, want) || got.num("total") != float64(len(want)) {
					t.Errorf("found: got %q of %v, want %q", names, got.num("total"), want)
				}
			})
		}
		t.Run("a", func(t *testing.T) {
			names := namesOf(f.in(t).send("GET", "/v1/customers?query=a", nil).want(http.StatusOK))
			for name, want := range map[string]bool{searchAhmed: true, searchAtlas: true, searchHelene: false} {
				if got := slices.Contains(names, name); got != want {
					t.Errorf("%s found: got %v, want %v", name, got, want)
				}
			}
		})
	}
	t.Run("just stored", search)
	f.indexed()
	t.Run("indexed", search)
}

// namesOf returns the names of the customers in a list.
func namesOf(a *answer) (names []string) {
	companies := a.texts("items", "company_name")
	for i, name := range a.texts("items", "full_name") {
		if name == "" {
			name = companies[i]
		}
		names = append(names, name)
	}
	return names
}

// indexed returns when the search index has every customer; until then, searches also scan.
func (f *fixture) indexed() {
	f.t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(30 * time.Second); ; <-tick.C {
		lag, _, ok := f.index.Lag()
		if ok && lag == 0 {
			return
		}
		if time.Now().After(deadline) {
			f.t.Fatalf("search index: got %d customers behind, want none", lag)
		}
	}
}

// Typos are forgiven only where nothing matches as it was typed.
func TestSearchPrefersWhatWasTyped(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.four()
	f.storeCustomer(map[string]any{"full_name": "Ahmad Zaki", "email": "zaki@web.de", "phone": "1"})
	f.send("GET", "/v1/customers?query=Ahmad", nil).wantList("full_name", "Ahmad Zaki")
	f.send("GET", "/v1/customers?query=Ahmed", nil).wantList("full_name", searchAhmed)
	f.indexed()
	f.send("GET", "/v1/customers?query=Ahmad", nil).wantList("full_name", "Ahmad Zaki")
	f.send("GET", "/v1/customers?query=Hasan", nil).wantList("full_name", searchAhmed)
	f.send("GET", "/v1/customers?query=Ahmad&is_active=all&loyalty_status=Gold", nil).wantList("full_name")
}

func TestSearchBestMatchFirst(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for i, name := range []string{"Omar Idrissi", "Idrissi Omar", "Omarion", "Alomari", "Other"} {
		f.storeCustomer(map[string]any{"full_name": name, "email": strings.Repeat("x", i+1) + "@web.de", "phone": "1"})
		f.pass(time.Second)
	}
	check := func() {
		t.Helper()
		f.send("GET", "/v1/customers?query=omar", nil).wantList("full_name", "Idrissi Omar", "Omar Idrissi", "Omarion", "Alomari").wantFields(map[string]any{"total": 4.0, "pages": 1.0})
		f.send("GET", "/v1/customers?query=omar&size=2&page=2", nil).wantList("full_name", "Omarion", "Alomari").wantFields(map[string]any{"total": 4.0, "pages": 2.0})
		f.send("GET", "/v1/customers?query=omar&size=3&page=1", nil).wantList("full_name", "Idrissi Omar", "Omar Idrissi", "Omarion")
		f.send("GET", "/v1/customers?query=omar&page=9", nil).wantList("full_name").wantFields(map[string]any{"total": 4.0})
		f.send("GET", "/v1/customers?query=omar&sort=name", nil).wantList("full_name", "Alomari", "Idrissi Omar", "Omar Idrissi", "Omarion")
		f.send("GET", "/v1/customers?query=omar&sort=-created_at", nil).wantList("full_name", "Alomari", "Omarion", "Idrissi Omar", "Omar Idrissi")
		f.send("GET", "/v1/customers?query=omar&sort=", nil).wantList("full_name", "Idrissi Omar", "Omar Idrissi", "Omarion", "Alomari")
		f.send("GET", "/v1/customers?query=%20", nil).wantFields(map[string]any{"total": 5.0})
	}
	check()
	f.indexed()
	check()
}

// The next request already sees a change.
func TestSearchSeesChangesAtOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	find := func(query string, want ...string) {
		t.Helper()
		f.send("GET", "/v1/customers?query="+url.QueryEscape(query), nil).wantList("id", want...).wantFields(map[string]any{"total": float64(len(want))})
	}
	for _, settle := range []func(){func() {}, f.indexed} {
		find("ibrahim")
		id := f.storeCustomer(map[string]any{"full_name": "Ibrahim", "email": "i@web.de", "phone": "0699999999"})
		find("ibrahim", id)
		settle()
		f.send("PUT", "/v1/customers/"+id, map[string]any{"full_name": "Youssef", "phone": "0688888888", "email": "y@web.de"}).want(http.StatusOK)
		find("ibrahim")
		find("0699999999")
		find("youssef", id)
		find("+212688888888", id)
		find("y@web.de", id)
		settle()
		f.send("DELETE", "/v1/customers/"+id, nil).want(http.StatusOK)
		find("youssef")
		f.send("GET", "/v1/customers?query=youssef&is_active=all", nil).wantList("id", id)
		f.send("GET", "/v1/customers?query=youssef&is_active=false", nil).wantList("id", id)
		f.send("PUT", "/v1/customers/"+id, map[string]any{"is_active": true, "region": "Fès"}).want(http.StatusOK)
		find("youssef", id)
		f.send("GET", "/v1/customers?query=youssef&region=fes", nil).wantList("id", id)
		f.send("GET", "/v1/customers?query=youssef&region=rabat", nil).wantList("id")
		f.send("PUT", "/v1/customers/"+id, map[string]any{"full_name": nil, "company_name": "Sahara", "phone": "1", "email": id + "@web.de"}).want(http.StatusOK)
		find("youssef")
		find("sahara", id)
		settle()
		f.send("DELETE", "/v1/customers/"+id, nil).want(http.StatusOK)
		find("sahara")
	}
}

// Whatever is typed or sent, the answer is a list or a sentence about the query.
func TestSearchForAnything(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.four()
	queries := []string{
		"%ff", "%ff%fe", "ahmed%ff", "%00", "ahmed%00", "%C3%28", "%ED%A0%80", "%zz", "%", "*", "?", "a*", "*a", "ah?ed", "%2A", "%25", "_", "%5F", "~", "ahmed~2", "a^5", "%22", "%22ahmed", "%27", "%27%20OR%201=1--",
		"%5C", "%2F", "/.*/", "(", ")", "[", "%7B", "%7D", "<script>", "full_name:ahmed", "email:*", "-ahmed", "%2Bahmed", "!ahmed", "AND", "a+OR+b", "%26%26", "||", ".", "..", "@", "@@", "-", "--", "+", "%2B", "00", "0", "%2B212",
		"%F0%9F%90%AA", "%E2%80%8B", "%E2%80%8F", "%EF%BB%BF", "%CC%81", "%D9%80", "%0A", "%0D%0A", "%09", "%7F", "%1B", "%E2%80%AE", url.QueryEscape("ß"), url.QueryEscape("ﷺ"), url.QueryEscape("Ǆ"), url.QueryEscape("中文"),
		strings.Repeat("a", 10_000), strings.Repeat("a%20", 10_000), strings.Repeat("1", 10_000), strings.Repeat("%D8%B9", 10_000), strings.Repeat("*", 10_000), strings.Repeat("%ff", 10_000), strings.Repeat("ahmed%20", 2_000), strings.Repeat("%20", 10_000),
		strings.Repeat("ahmed%20hassan%20", 40), strings.Repeat("a%CC%81", 3_000), strings.Repeat("%EF%B7%BA", 600), "ahmed&query=hassan", "&query=ahmed",
	}
	ask := func() {
		for _, query := range queries {
			for _, rest := range []string{"", "&sort=name", "&is_active=all&tags=vip"} {
				a := f.send("GET", "/v1/customers?query="+query+rest, nil)
				switch a.status {
				case http.StatusOK:
				case http.StatusUnprocessableEntity:
					a.wantDetail("Validation error")
				default:
					t.Errorf("%.60s%s: status: got %d, want 200 or 422; body %s", query, rest, a.status, a.body)
				}
			}
		}
	}
	ask()
	f.indexed()
	ask()
	f.send("GET", "/v1/customers?query="+strings.Repeat("a", 10_000)+"&page=0", nil).want(http.StatusUnprocessableEntity)
}

// A query may have words from several fields, and the fields may have any characters.
func TestSearchAcrossFields(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.storeCustomer(map[string]any{"full_name": "Nadia\nBen  Salah", "company_name": "Sahara & Fils, S.A.R.L.", "email": "n.bensalah@sahara-fils.ma", "phone": "+212 (0)661-22-33-44"})
	long := f.storeCustomer(map[string]any{"full_name": strings.Repeat("ع ", 127), "company_name": strings.Repeat("x", 255), "email": strings.Repeat("q", 60) + "@" + strings.Repeat("b.", 90) + "com", "phone": strings.Repeat("9", 20)})
	check := func() {
		t.Helper()
		for _, query := range []string{"nadia", "salah", "ben salah", "nadia sahara", "fils nadia", "s.a.r.l.", "sahara-fils", "n.bensalah", "sahara & fils", "0661223344", "nadia 0661223344", "Nadia Ben Salah"} {
			f.send("GET", "/v1/customers?query="+url.QueryEscape(query), nil).wantList("id", id)
		}
		f.send("GET", "/v1/customers?query="+strings.Repeat("x", 60), nil).wantList("id", long)
		f.send("GET", "/v1/customers?query="+strings.Repeat("9", 20), nil).wantList("id", long)
	}
	check()
	f.indexed()
	check()
}

// However a name is divided into words where it is stored and where it is typed, it is found, and first as it was typed.
func TestSearchSpellings(t *testing.T) {
	f := newFixture(t)
	names := [][]string{
		{"El Qabbaj", "El-Qabbaj", "Elqabbaj"}, {"Ben Qaddour", "Benqaddour"}, {"Aït Qlla", "Aitqlla"}, {"Fatima Ez-Zahra", "Fatimaezzahra"},
		{"عبد القهار", "عبدالقهار"}, {"O'Vrannor", "Ovrannor"}, {"D'Almeida", "Dalmeida"},
	}
	for _, spellings := range names {
		for _, name := range spellings {
			f.storeCustomer(map[string]any{"full_name": name})
		}
	}
	search := func(t *testing.T) {
		for _, spellings := range names {
			for _, typed := range spellings {
				got := f.in(t).send("GET", "/v1/customers?query="+url.QueryEscape(typed), nil).want(http.StatusOK)
				found := namesOf(got)
				if got.num("total") != float64(len(spellings)) || len(found) != len(spellings) || found[0] != typed {
					t.Errorf("%q: got %q of %v, want the %d of %q, the first of them first", typed, found, got.num("total"), len(spellings), spellings)
				}
			}
		}
	}
	t.Run("just stored", search)
	f.indexed()
	t.Run("indexed", search)
}

// A query of nothing visible, or of punctuation, is an empty one.
func TestSearchForNothing(t *testing.T) {
	f := newFixture(t)
	f.four()
	for _, query := range []string{"", " ", "\u200b", "%", "-", "\u3164", "«»"} {
		if got := f.send("GET", "/v1/customers?query="+url.QueryEscape(query), nil).want(http.StatusOK).num("total"); got != 4.0 {
			t.Errorf("%q: got %v customers, want all 4", query, got)
		}
	}
}

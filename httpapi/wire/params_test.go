package wire

import (
	"slices"
	"testing"

	"crm/store"
)

func TestParams(t *testing.T) {
	p := ParseQuery("page=2&size=50&sort=-name&is_active=all&tags=VIP&tags[]=family&tags=+&rating=4", office)
	g := p.Paging("created_at", "name")
	if g.Page != 2 || g.Size != 50 || g.Offset != 50 || g.Limit != 50 || g.Sort != "name" || !g.Desc {
		t.Errorf("got %+v, want the second page of 50 by name, descending", g)
	}
	if got := p.Active(new(true)); got != nil {
		t.Errorf("is_active=all: got %t, want nil", *got)
	}
	if got := p.All("tags"); !slices.Equal(got, []string{"VIP", "family"}) {
		t.Errorf("tags: got %q", got)
	}
	if got := p.Ints("rating", 5); !slices.Equal(got, []int{4}) || p.Err() != nil {
		t.Errorf("rating: got %v, %v", got, p.Err())
	}
}

func TestParamsThatCannotBeRead(t *testing.T) {
	for query, want := range map[string]string{
		"page=0":            `[{"loc":["query","page"],"msg":"Must be from 1 to 9223372036854775807","type":"range","params":{"least":1,"most":9223372036854775807}}]`,
		"sort=email":        `[{"loc":["query","sort"],"msg":"Must be one of: name; with - in front for descending","type":"enum","params":{"values":["name"]}}]`,
		"is_active=perhaps": `[{"loc":["query","is_active"],"msg":"Must be true, false or all","type":"bool_parsing"}]`,
		"%zz":               `[{"loc":["query"],"msg":"Must be percent-encoded","type":"query_parsing"}]`,
		"from=yesterday":    `[{"loc":["query","from"],"msg":"` + errTime.Error() + `","type":"datetime_parsing"}]`,
	} {
		p := ParseQuery(query, office)
		p.Paging("name")
		p.Active(nil)
		p.Window()
		if got, err := store.Encode(p.Err()); err != nil || string(got) != want {
			t.Errorf("%s: got %s, %v, want %s", query, got, err, want)
		}
	}
}

func TestPageOf(t *testing.T) {
	all := []int{1, 2, 3, 4, 5}
	for query, want := range map[string][]int{
		"size=2": {5, 4}, "size=2&page=3": {1}, "size=2&page=4": {}, "size=2&sort=time": {1, 2}, "size=2&page=2&sort=-time": {3, 2},
	} {
		if got := PageOf(ParseQuery(query, office).Paging("time"), all); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", query, got, want)
		}
	}
}

func TestPageBeyondAnyNumber(t *testing.T) {
	p := ParseQuery("page=99999999999999999999", office)
	if got := PageOf(p.Paging(), []int{1, 2, 3}); len(got) != 0 || p.Err() != nil {
		t.Errorf("got %v, %v", got, p.Err())
	}
}

func TestNumberedParameters(t *testing.T) {
	p := ParseQuery("tags[10]=d&tags[2]=c&tags%5B%5D=b&tags[x]=e&tags=a&tags[2=f&tags[3]=%E2%80%8B", office)
	if got := p.All("tags"); !slices.Equal(got, []string{"a", "b", "c", "d"}) {
		t.Errorf("got %q", got)
	}
}

func TestPlusThatBecameASpace(t *testing.T) {
	for sent, want := range map[string]string{
		"2024-01-22T10:00:00+01:00": "2024-01-22T10:00:00+01:00", "2024-01-22T10:00+01:00": "2024-01-22T10:00+01:00", "2024-01-22+10:00+01:00": "2024-01-22T10:00+01:00",
		"2024-01-22T10:00:00.5+00:00": "2024-01-22T10:00:00.5Z", "2024-01-22+10:00": "2024-01-22T10:00",
	} {
		from, _ := ParseQuery("from="+sent, office).Window()
		if moment, err := ParseTime(want, office); err != nil || from == nil || *from != moment.At {
			t.Errorf("%s: got %v, want %v, %v", sent, from, moment.At, err)
		}
	}
}

func TestBodyWithByteOrderMark(t *testing.T) {
	b, err := ParseBody([]byte("\ufeff{\"a\":\"b\"}"), office)
	if err != nil || !b.Has("a") {
		t.Errorf("got %v", err)
	}
	if _, err := ParseBody([]byte("\ufeff\ufeff{}"), office); err == nil {
		t.Error("two marks are taken")
	}
}

package object

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"
	"unicode/utf8"
)

func TestObject(t *testing.T) {
	for got, want := range map[string]string{
		string(New(0).End()): `{}`,
		string(New(8).Int("n", -1).Raw("list", []byte(`[1]`)).End()):                  `{"n":-1,"list":[1]}`,
		string(Extend([]byte(`{}`)).Int("n", 1).End()):                                `{"n":1}`,
		string(Extend([]byte(`{"a":{}}`)).Join([]byte(`{"b":[],"c":2}`)).End()):       `{"a":{},"b":[],"c":2}`,
		string(Extend([]byte(`{"a":1}`)).Join([]byte(`{}`)).End()):                    `{"a":1}`,
		string(Extend([]byte(`{}`)).Join([]byte(`{"b":1}`)).Join([]byte(`{}`)).End()): `{"b":1}`,
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func ExampleExtend() {
	fmt.Println(string(Extend([]byte(`{"name":"VIPs"}`)).Raw("customers", []byte(`[]`)).Int("total", 0).End()))
	// Output: {"name":"VIPs","customers":[],"total":0}
}

func TestFields(t *testing.T) {
	for raw, want := range map[string]string{
		`{}`:                                    ``,
		`{"a":1}`:                               `a=1 `,
		` { "a" : true , "b" : null } `:         `a=true b=null `,
		`{"a":"x,\"}{","b":[{"c":"]"}],"d":-1}`: `a="x,\"}{" b=[{"c":"]"}] d=-1 `,
		`{"a\"":{"b":{}},"c":"\\"}`:             `a\"={"b":{}} c="\\" `,
		`{"a":1,"b":[1,2`:                       `a=1 `,
		`{"a":1,"b`:                             `a=1 `,
		`{"a":1,"b":`:                           `a=1 `,
		`{"a":1 2}`:                             ``,
		`{"a":1,"b":"x`:                         `a=1 `,
		`{"a":1,,"b":2}`:                        `a=1 `,
		`{"a":}`:                                ``,
		`{`:                                     ``,
		``:                                      ``,
		`null`:                                  ``,
		`[1]`:                                   ``,
	} {
		got := ""
		for name, value := range Fields([]byte(raw)) {
			got += string(name) + "=" + string(value) + " "
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", raw, got, want)
		}
	}
}

func TestSet(t *testing.T) {
	for _, tt := range []struct{ raw, want string }{
		{`{"a":1,"b":null,"c":[]}`, `{"a":1,"b":"x","c":[]}`},
		{`{"a":",\"b\":1","b":{"c":{}}}`, `{"a":",\"b\":1","b":"x"}`},
		{`{"a":1}`, `{"a":1,"b":"x"}`},
		{`{}`, `{"b":"x"}`},
		{`{"a":1,"b":"x"}`, `{"a":1,"b":"x"}`},
		{`{"a":1,`, `{"a":1,`},
		{`null`, `null`},
		{``, ``},
	} {
		before := []byte(tt.raw)
		if got := Set(before, "b", []byte(`"x"`)); string(got) != tt.want || string(before) != tt.raw {
			t.Errorf("%s: got %s, want %s", tt.raw, got, tt.want)
		}
	}
}

// FuzzFields checks that Fields finds what encoding/json finds in any bytes, and does not panic.
func FuzzFields(f *testing.F) {
	for _, raw := range []string{`{"a":"x,\"}{","b":[{"c":"]"}],"d":-1}`, `{"a`, `{"a":{"b":[`, ` {"a" : 1}`} {
		f.Add([]byte(raw))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		got := map[string]string{}
		for name, value := range Fields(raw) {
			got[string(name)] = string(value)
		}
		var want map[string]json.RawMessage
		if json.Unmarshal(raw, &want) != nil || bytes.Contains(raw, []byte(`\`)) || !utf8.Valid(raw) {
			return // what is no JSON must only not panic; names are not unquoted
		}
		if len(got) != len(want) {
			t.Fatalf("%s: got %d fields, want %d", raw, len(got), len(want))
		}
		for name, value := range want {
			if got[name] != string(value) {
				t.Errorf("%s: %s is %s, want %s", raw, name, got[name], value)
			}
		}
	})
}

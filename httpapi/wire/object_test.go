package wire

import (
	"fmt"
	"testing"
)

func TestObject(t *testing.T) {
	for got, want := range map[string]string{
		string(NewObject(0).End()): `{}`,
		string(NewObject(8).Int("n", -1).Raw("list", []byte(`[1]`)).End()):            `{"n":-1,"list":[1]}`,
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

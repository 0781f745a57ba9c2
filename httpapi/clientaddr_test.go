package httpapi

import (
	"bytes"
	"net/http"
	"net/netip"
	"strings"
	"testing"
)

func TestRemote(t *testing.T) {
	office := []string{"10.0.0.0/8", "192.0.2.1", "2001:db8::/32"}
	tests := []struct {
		name    string
		proxies []string
		peer    string
		header  []string
		want    string
	}{
		{"no proxy", office, "203.0.113.7:4711", nil, "203.0.113.7"},
		{"nobody is trusted", nil, "10.0.0.1:4711", []string{"203.0.113.7"}, "10.0.0.1"},
		{"a stranger's word", office, "203.0.113.7:4711", []string{"198.51.100.1"}, "203.0.113.7"},
		{"one proxy", office, "10.0.0.1:4711", []string{"203.0.113.7"}, "203.0.113.7"},
		{"a proxy by its address", office, "192.0.2.1:4711", []string{"203.0.113.7"}, "203.0.113.7"},
		{"next to that address", office, "192.0.2.2:4711", []string{"203.0.113.7"}, "192.0.2.2"},
		{"two proxies", office, "10.0.0.1:4711", []string{"203.0.113.7, 10.0.0.2"}, "203.0.113.7"},
		{"several lines", office, "10.0.0.1:4711", []string{"198.51.100.1", "203.0.113.7", "10.0.0.2"}, "203.0.113.7"},
		{"the client made some up", office, "10.0.0.1:4711", []string{"198.51.100.1, 10.0.0.9, 203.0.113.7"}, "203.0.113.7"},
		{"all are proxies", office, "10.0.0.1:4711", []string{"10.0.0.3,10.0.0.2"}, "10.0.0.3"},
		{"a proxy says nothing", office, "10.0.0.1:4711", nil, "10.0.0.1"},
		{"empty", office, "10.0.0.1:4711", []string{""}, "10.0.0.1"},
		{"nonsense", office, "10.0.0.1:4711", []string{"203.0.113.7, unknown"}, "10.0.0.1"},
		{"nonsense behind a proxy", office, "10.0.0.1:4711", []string{"_hidden, 10.0.0.2"}, "10.0.0.2"},
		{"port", office, "10.0.0.1:4711", []string{"203.0.113.7:1234"}, "203.0.113.7"},
		{"IPv6", office, "[2001:db8::1]:4711", []string{"2001:db9::7"}, "2001:db9::7"},
		{"IPv6 with port", office, "[2001:db8::1]:4711", []string{"[2001:db9::7]:1234"}, "2001:db9::7"},
		{"IPv6 in brackets", office, "[2001:db8::1]:4711", []string{"[2001:db9::7]"}, "2001:db9::7"},
		{"IPv4 in IPv6", office, "[::ffff:10.0.0.1]:4711", []string{"::ffff:203.0.113.7"}, "203.0.113.7"},
		{"no address", office, "@", []string{"203.0.113.7"}, "@"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var log bytes.Buffer
			f := newFixture(t, withLog(&log), func(c *Config) { c.Proxies = test.proxies })
			r := newRequest(t, "GET", "/health", nil)
			r.RemoteAddr, r.Header["X-Forwarded-For"] = test.peer, test.header
			r.Header.Set("Forwarded", "for=198.51.100.99")
			f.do(r)
			if got := lastLine(t, &log)["remote"]; got != test.want {
				t.Errorf("remote: got %v, want %s", got, test.want)
			}
		})
	}
}

// Behind a proxy, failed sign-ins count against the client and not against everybody.
func TestThrottleBehindAProxy(t *testing.T) {
	f := newFixture(t, func(c *Config) { c.Proxies = []string{"10.0.0.1"} })
	f.addStaff("fatima@example.com", "agent")
	login := func(from, email, password string) *answer {
		r := newRequest(t, "POST", "/api/v1/auth/login", map[string]any{"email": email, "password": password})
		r.RemoteAddr = "10.0.0.1:4711"
		r.Header.Set("X-Forwarded-For", "198.51.100.1, "+from)
		return f.do(r)
	}
	for i := range 20 {
		login("203.0.113.7", strings.Repeat("x", i+1)+"@example.com", "guess").want(http.StatusUnauthorized)
	}
	login("203.0.113.7", "fatima@example.com", staffPassword).want(http.StatusTooManyRequests)
	login("203.0.113.8", "fatima@example.com", staffPassword).want(http.StatusOK)
}

func TestProxiesThatCannotBeTrusted(t *testing.T) {
	f := newFixture(t)
	for _, proxy := range []string{"", "*", "proxy.example.com", "10.0.0.0/33", "10.0.0.1:80", "fe80::1%eth0", "::ffff:10.0.0.0/104"} {
		_, err := New(Config{Store: f.store, Index: f.index, Issuer: f.api.Issuer, Verifier: f.api.Verifier, Proxies: []string{"10.0.0.1", proxy}})
		if err == nil || !strings.Contains(err.Error(), `"`+proxy+`"`) {
			t.Errorf("proxy %q: got error %v, want one that names it", proxy, err)
		}
	}
}

// FuzzForwarded checks that, whatever headers a client sends, its address is one that a proxy has seen.
func FuzzForwarded(f *testing.F) {
	for _, seed := range []string{"", "203.0.113.7", "a, 10.0.0.2", "10.0.0.2,10.0.0.3", "[::1]:80, ::ffff:10.0.0.1", ",,", "fe80::1%eth0", "1.2.3.4:99999", strings.Repeat("10.0.0.2,", 1000)} {
		f.Add(seed)
	}
	proxies, err := parseProxies([]string{"10.0.0.0/8"})
	if err != nil {
		f.Fatal(err)
	}
	a := &API{proxies: proxies}
	f.Fuzz(func(t *testing.T, header string) {
		r := newRequest(t, "GET", "/health", nil)
		r.RemoteAddr = "10.0.0.1:4711"
		r.Header.Set("X-Forwarded-For", header+", 203.0.113.7, 10.0.0.2")
		if got := a.clientAddress(r); got != "203.0.113.7" {
			t.Errorf("behind two proxies: got %s, want 203.0.113.7", got)
		}
		r.Header.Set("X-Forwarded-For", header)
		if got := a.clientAddress(r); !isAddr(got) {
			t.Errorf("got %q, want an address", got)
		}
		r.RemoteAddr = "203.0.113.8:4711"
		if got := a.clientAddress(r); got != "203.0.113.8" {
			t.Errorf("without a proxy: got %s, want 203.0.113.8", got)
		}
	})
}

func isAddr(s string) bool {
	_, err := netip.ParseAddr(s)
	return err == nil
}

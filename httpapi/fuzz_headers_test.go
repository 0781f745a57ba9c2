package httpapi

import (
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var keptID = regexp.MustCompile(`^[A-Za-z0-9._:-]{1,64}$`)

// FuzzHeaders checks that a stream begins at the requested event or is refused, that a request's id is returned or replaced by a new one,
// and that a body is read only if its type is JSON.
func FuzzHeaders(f *testing.F) {
	for _, seed := range [][4]string{
		{"", "", "", ""}, {"1", "a-b_c.D:9", "application/json", ""}, {" 2 ", strings.Repeat("a", 65), "application/problem+json; charset=utf-8", "identity"},
		{"18446744073709551615", "a\r\nSet-Cookie: b", "text/plain", "gzip"}, {"18446744073709551616", "<b>", "application/json;", "br"}, {"-1", "é", "application/jsonx", "IDENTITY"},
		{"0x1", " ", "Application/JSON", "gzip, identity"}, {"1_000", "a b", ";", "\x00"},
	} {
		f.Add(seed[0], seed[1], seed[2], seed[3])
	}
	fix := newFixture(f)
	fix.storeCustomer(nil)
	f.Fuzz(func(t *testing.T, last, id, kind, coding string) {
		fix.fuzzing(t, func() {
			r := fix.request("GET", "/v1/events", nil)
			r.Header["Last-Event-Id"], r.Header["X-Request-Id"] = []string{last}, []string{id}
			got, want := fix.do(r), http.StatusOK
			if _, err := strconv.ParseUint(strings.TrimSpace(last), 10, 64); err != nil && last != "" {
				want = http.StatusUnprocessableEntity
			}
			got.want(want)
			if back := got.header.Get("X-Request-ID"); !keptID.MatchString(back) || keptID.MatchString(id) != (back == id) {
				t.Errorf("request id %q came back as %q", id, back)
			}
			r = fix.request("POST", "/v1/customers", "{}")
			r.Header["Content-Type"], r.Header["Content-Encoding"] = []string{kind}, []string{coding}
			got = fix.do(r)
			read := (kind == "" || strings.Contains(strings.ToLower(kind), "json")) && (coding == "" || coding == "identity")
			if got.status != http.StatusUnsupportedMediaType && (got.status != http.StatusUnprocessableEntity || !read) {
				t.Errorf("%q, %q: got %d", kind, coding, got.status)
			}
		})
	})
}

var ownOrigin = regexp.MustCompile(`//([^/?#]*@)?(localhost|127\.0\.0\.1|\[::1\])(:\d*)?($|[/?#])`)

// FuzzOrigins checks that an origin that can be configured is allowed, and no other one except this machine's own in the demo.
func FuzzOrigins(f *testing.F) {
	for _, seed := range [][2]string{
		{"https://app.example.com", "https://app.example.com"}, {"https://app.example.com", "https://app.example.com.example.net"}, {"*", "null"}, {"https://*.example.com", "https://a.example.com"},
		{"https://app.example.com/", "https://app.example.com"}, {"http://[::1]:80", "http://localhost:1"}, {"null", "null"}, {"", ""}, {"https://a", "http://localhost.example.net"}, {"https://a", "http://localhost@example.net"},
	} {
		f.Add(seed[0], seed[1], true)
		f.Add(seed[0], seed[1], false)
	}
	fix := newFixture(f)
	f.Fuzz(func(t *testing.T, allowed, origin string, local bool) {
		c := fix.api.Config
		c.Origins, c.Localhost = []string{allowed}, local
		api, err := New(c)
		if err != nil {
			return
		}
		if strings.Contains(allowed, "*") || !strings.Contains(allowed, "://") {
			t.Errorf("%q is no origin", allowed)
		}
		preflight := func(origin string) string {
			r := newRequest(t, "OPTIONS", "/v1/customers", nil)
			r.Header["Origin"], r.Header["Access-Control-Request-Method"] = []string{origin}, []string{"POST"}
			w := httptest.NewRecorder()
			api.ServeHTTP(w, r)
			return w.Header().Get("Access-Control-Allow-Origin")
		}
		if got := preflight(allowed); got != allowed {
			t.Errorf("from %q: got %q", allowed, got)
		}
		got := preflight(origin)
		if got != "" && (got != origin || origin != allowed && (!local || !ownOrigin.MatchString(origin))) {
			t.Errorf("from %q, where %q is allowed: got %q", origin, allowed, got)
		}
	})
}

// FuzzProxies checks that exactly the addresses in a configured range, as package net reads it, are trusted.
func FuzzProxies(f *testing.F) {
	for _, seed := range [][2]string{
		{"10.0.0.0/8", "10.1.2.3"}, {"10.1.2.3/8", "10.9.9.9"}, {"192.0.2.1", "192.0.2.1"}, {"2001:db8::/32", "2001:db8::1"}, {"::ffff:10.0.0.1", "10.0.0.1"}, {"0.0.0.0/0", "::1"},
		{"::/0", "10.0.0.1"}, {"fe80::1%eth0", "fe80::1"}, {"fe80::/10", "fe80::1%eth0"}, {"10.0.0.0/08", "10.0.0.1"}, {"010.0.0.1", "10.0.0.1"}, {"", ""},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, proxy, peer string) {
		proxies, err := parseProxies([]string{proxy})
		if err != nil {
			return
		}
		addr, err := netip.ParseAddr(peer)
		if err != nil {
			return
		}
		ip, bare := net.ParseIP(addr.WithZone("").String()), net.ParseIP(proxy)
		want := bare != nil && bare.Equal(ip)
		if _, network, err := net.ParseCIDR(proxy); err == nil {
			want = network.Contains(ip)
		}
		if got := (&API{proxies: proxies}).Trusts(addr); got != want {
			t.Errorf("%q trusts %q: got %t, want %t", proxy, peer, got, want)
		}
	})
}

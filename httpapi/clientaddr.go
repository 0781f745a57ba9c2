package httpapi

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// parseProxies reads addresses and CIDR ranges.
func parseProxies(list []string) ([]netip.Prefix, error) {
	var proxies []netip.Prefix
	for _, s := range list {
		prefix, err := netip.ParsePrefix(s)
		if addr, addrErr := netip.ParseAddr(s); addrErr == nil && addr.Zone() == "" {
			prefix, err = addr.Unmap().Prefix(addr.Unmap().BitLen())
		}
		if err != nil || prefix.Addr().Is4In6() {
			return nil, fmt.Errorf("proxy %q cannot be trusted: give an address such as 192.0.2.1, or a range such as 10.0.0.0/8", s)
		}
		proxies = append(proxies, prefix)
	}
	return proxies, nil
}

// clientAddress returns the address that a request comes from. Behind trusted proxies it is the last address in X-Forwarded-For that is
// not of such a proxy: each proxy appends the address that it received the request from, and the client may have written those before.
// It ignores Forwarded (RFC 7239), because a proxy that writes only one of the two headers passes the other on from the client.
func (a *API) clientAddress(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	if len(a.proxies) == 0 {
		return host
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	hops := strings.Split(strings.Join(r.Header["X-Forwarded-For"], ","), ",")
	for _, hop := range slices.Backward(hops) {
		before, ok := parseHop(hop)
		if !ok || !a.Trusts(addr) {
			break
		}
		addr = before
	}
	return addr.Unmap().String()
}

// Trusts reports whether an address is one of a trusted proxy.
func (a *API) Trusts(addr netip.Addr) bool {
	addr = addr.Unmap().WithZone("")
	return slices.ContainsFunc(a.proxies, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// parseHop reads an address of X-Forwarded-For; some proxies add the port.
func parseHop(s string) (netip.Addr, bool) {
	s = strings.TrimSpace(s)
	if withPort, err := netip.ParseAddrPort(s); err == nil {
		return withPort.Addr(), true
	}
	addr, err := netip.ParseAddr(strings.Trim(s, "[]"))
	return addr, err == nil
}

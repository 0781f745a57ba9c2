package server

import (
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"
)

// The most connections that a service has open at a time. A browser opens six to a server without HTTP/2.
const (
	maxConnections = 2048
	maxFromAddress = 256 // from one IPv4 address, or one /64 of IPv6
)

// A connections listener closes connections that are too many, in all or from one address, as soon as they are accepted.
type connections struct {
	net.Listener
	all, each int
	free      func(netip.Addr) bool // addresses that are not counted
	log       *slog.Logger

	mu     sync.Mutex
	total  int
	from   map[netip.Prefix]int // 0 is left out
	warned time.Time
}

// limitConnections bounds the connections of a listener. Those from this machine and from addresses that trusted reports, which are
// proxies with many clients behind them, are not counted.
func limitConnections(l net.Listener, all, each int, trusted func(netip.Addr) bool, log *slog.Logger) net.Listener {
	free := func(addr netip.Addr) bool { return addr.IsLoopback() || trusted(addr) }
	return &connections{Listener: l, all: all, each: each, free: free, log: log, from: make(map[netip.Prefix]int)}
}

// Accept returns the next connection that is not one too many.
func (l *connections) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		addr := peerOf(conn)
		if !addr.IsValid() || l.free(addr) {
			return conn, nil
		}
		network := networkOf(addr)
		if l.open(network) {
			return &counted{Conn: conn, release: sync.OnceFunc(func() { l.close(network) })}, nil
		}
		_ = conn.Close() // nothing was sent
	}
}

// open counts a connection, or reports false when it is one too many.
func (l *connections) open(network netip.Prefix) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.total >= l.all || l.from[network] >= l.each {
		if time.Since(l.warned) >= time.Minute {
			l.warned = time.Now()
			l.log.Warn("connections are closed because too many are open", "open", l.total, "from_this_address", l.from[network])
		}
		return false
	}
	l.total++
	l.from[network]++
	return true
}

func (l *connections) close(network netip.Prefix) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.total--
	if l.from[network]--; l.from[network] == 0 {
		delete(l.from, network)
	}
}

// peerOf returns the address at the other end, the zero Addr for one that is no TCP address.
func peerOf(conn net.Conn) netip.Addr {
	tcp, ok := conn.RemoteAddr().(*net.TCPAddr)
	if !ok {
		return netip.Addr{}
	}
	return tcp.AddrPort().Addr().Unmap().WithZone("")
}

// networkOf returns what one client has: an IPv4 address, or a /64 of IPv6.
func networkOf(addr netip.Addr) netip.Prefix {
	bits := addr.BitLen()
	if addr.Is6() {
		bits = 64
	}
	network, err := addr.Prefix(bits)
	if err != nil {
		return netip.PrefixFrom(addr, addr.BitLen())
	}
	return network
}

// A counted connection is no longer counted when it is closed.
type counted struct {
	net.Conn
	release func()
}

func (c *counted) Close() error {
	c.release()
	return c.Conn.Close()
}

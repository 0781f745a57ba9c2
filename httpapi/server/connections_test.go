package server

import (
	"io"
	"log/slog"
	"net"
	"net/netip"
	"testing"
)

// A scripted listener accepts connections from addresses that a test chooses.
type scripted struct{ conns chan net.Conn }

func (l *scripted) Accept() (net.Conn, error) {
	c, ok := <-l.conns
	if !ok {
		return nil, net.ErrClosed
	}
	return c, nil
}
func (l *scripted) Close() error   { return nil }
func (l *scripted) Addr() net.Addr { return &net.TCPAddr{} }

// A fromAddress connection says that it comes from an address.
type fromAddress struct {
	net.Conn
	addr string
}

func (c *fromAddress) RemoteAddr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(c.addr), 1))
}

// accepts connects from an address. It returns the accepted connection, or nil when the listener has closed it.
func accepts(t *testing.T, l net.Listener, inner *scripted, addr string) net.Conn {
	t.Helper()
	client, server := net.Pipe()
	t.Cleanup(func() { client.Close() })
	last, behind := net.Pipe() // from this machine, which is always accepted: Accept returns with one of the two
	t.Cleanup(func() { last.Close() })
	inner.conns <- &fromAddress{server, addr}
	inner.conns <- &fromAddress{behind, "127.0.0.1"}
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	if peerOf(conn).String() == addr && addr != "127.0.0.1" {
		if next, err := l.Accept(); err != nil || peerOf(next).String() != "127.0.0.1" {
			t.Fatalf("got %v, %v, want the connection from this machine", next, err)
		}
		return conn
	}
	if _, err := client.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("%s: got %v, want a closed connection", addr, err)
	}
	return nil
}

func TestConnectionsAreLimited(t *testing.T) {
	inner := &scripted{make(chan net.Conn, 2)}
	proxy := netip.MustParseAddr("10.0.0.1")
	l := limitConnections(inner, 4, 2, func(a netip.Addr) bool { return a == proxy }, slog.New(slog.DiscardHandler))
	want := func(addr string, accepted bool) net.Conn {
		t.Helper()
		c := accepts(t, l, inner, addr)
		if (c != nil) != accepted {
			t.Errorf("%s: accepted %v, want %v", addr, c != nil, accepted)
		}
		return c
	}
	first := want("192.0.2.1", true)
	want("192.0.2.1", true)
	want("192.0.2.1", false) // a third from one address
	want("2001:db8:0:1::1", true)
	want("2001:db8:0:1::2", true)
	want("2001:db8:0:1::3", false) // a third from one /64
	want("192.0.2.9", false)       // a fifth in all
	for range 5 {
		want("10.0.0.1", true) // a trusted proxy
	}
	first.Close()
	first.Close() // is not counted twice
	want("192.0.2.1", true)
	want("192.0.2.1", false)
}

package server

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

const publicName = "crm.example.test"

// pebble starts an authority for tests, which looks for the service at port. It returns the address of its directory and a client
// that trusts it.
func pebble(t *testing.T, port int) (directory string, client *http.Client) {
	t.Helper()
	program, err := exec.LookPath("pebble")
	if err != nil && os.Getenv("CRM_NEED_ALL") != "" {
		t.Fatal(err)
	}
	if err != nil {
		t.Skip(err)
	}
	dir := t.TempDir()
	own, err := ownCertificate("localhost")
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.MarshalPKCS8PrivateKey(own.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: own.Certificate[0]})
	listen, management := freeAddress(t), freeAddress(t)
	config, err := json.Marshal(map[string]any{"pebble": map[string]any{
		"listenAddress": listen, "managementListenAddress": management, "tlsPort": port, "httpPort": 1,
		"certificate": filepath.Join(dir, "cert.pem"), "privateKey": filepath.Join(dir, "key.pem"),
	}})
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"cert.pem": cert, "key.pem": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}), "config.json": config} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), program, "-config", filepath.Join(dir, "config.json"), "-dnsserver", resolver(t))
	cmd.Env = append(os.Environ(), "PEBBLE_VA_NOSLEEP=1", "PEBBLE_WFE_NONCEREJECT=0")
	cmd.WaitDelay = time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(cert)
	directory = "https://" + listen + "/dir"
	client = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) { // until it listens
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, directory, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := client.Do(r)
		if err == nil {
			response.Body.Close()
			return directory, client
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

// freeAddress returns an address of this machine that nobody listened at a moment ago.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// resolver answers every question about an IPv4 address with this machine's, until the test ends.
func resolver(t *testing.T) (address string) {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	go func() {
		for buf := make([]byte, 4096); ; {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buf[:n]) != nil || len(m.Questions) == 0 {
				continue
			}
			m.Response, m.Additionals = true, nil
			if q := m.Questions[0]; q.Type == dnsmessage.TypeA {
				header := dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: 1}
				m.Answers = []dnsmessage.Resource{{Header: header, Body: &dnsmessage.AResource{A: [4]byte{127, 0, 0, 1}}}}
			}
			if raw, err := m.Pack(); err == nil {
				_, _ = conn.WriteTo(raw, from)
			}
		}
	}()
	return conn.LocalAddr().String()
}

// A service with a public name gets a certificate at the first connection that names it, tells browsers to stay with TLS, shows commands
// on this machine its own certificate, and keeps the authority's.
func TestDomain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	directory, client := pebble(t, l.Addr().(*net.TCPAddr).Port)
	d, err := newDomain(publicName, dir)
	if err != nil {
		t.Fatal(err)
	}
	d.manager.Client.DirectoryURL, d.manager.Client.HTTPClient = directory, client
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	hello := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") })
	go func() { ended <- answer(ctx, l, strict(hello), d, slog.New(slog.DiscardHandler)) }()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	shown := func(name string) (issuer string, header http.Header, err error) {
		transport := &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{ServerName: name, InsecureSkipVerify: true}}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, fmt.Sprintf("https://%s/", l.Addr()), nil)
		if err != nil {
			return "", nil, err
		}
		response, err := (&http.Client{Transport: transport}).Do(r)
		if err != nil {
			return "", nil, err
		}
		defer response.Body.Close()
		return response.TLS.PeerCertificates[0].Issuer.CommonName, response.Header, nil
	}
	if issuer, _, err := shown(""); err != nil || issuer != publicName {
		t.Errorf("without a name: got a certificate of %q, %v, want one of its own", issuer, err)
	}
	if issuer, _, err := shown("other.example.test"); err == nil {
		t.Errorf("for another name: got a certificate of %q, want none", issuer)
	}
	issuer, header, err := shown(publicName)
	if err != nil || !strings.Contains(issuer, "Pebble") {
		t.Fatalf("got a certificate of %q, %v, want the authority's", issuer, err)
	}
	if got := header.Get("Strict-Transport-Security"); got != "max-age=31536000" {
		t.Errorf("Strict-Transport-Security: got %q", got)
	}
	again, err := newDomain(publicName, dir) // without the authority
	if err != nil {
		t.Fatal(err)
	}
	kept, err := again.manager.GetCertificate(&tls.ClientHelloInfo{ServerName: publicName, SupportedVersions: []uint16{tls.VersionTLS13}, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256}})
	if err != nil || !strings.Contains(kept.Leaf.Issuer.CommonName, "Pebble") {
		t.Errorf("after a restart: got %v, %v, want the authority's certificate", kept, err)
	}
}

package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// serveHTTP is a server of something else until the test ends.
func serveHTTP(t *testing.T, handle http.HandlerFunc) (url string) {
	t.Helper()
	server := httptest.NewServer(handle)
	t.Cleanup(server.Close)
	return server.URL
}

// A pair is the two files of a certificate.
type pair struct{ cert, key string }

func pairIn(dir string) pair {
	return pair{filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")}
}

func (p pair) flags() []string { return []string{"--tls-cert", p.cert, "--tls-key", p.key} }

// make writes a new certificate that signs itself, for a name that is not this machine's.
func (p pair) make(t *testing.T, name string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	write(t, p.cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw}))
	write(t, p.key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}))
}

// shown is the name of the certificate that a service shows, and the version of TLS; empty when it refuses.
func (s *service) shown(most uint16) (name string, version uint16) {
	dialer := tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, MaxVersion: most}}
	ctx, cancel := context.WithTimeout(s.t.Context(), limit)
	defer cancel()
	c, err := dialer.DialContext(ctx, "tcp", strings.TrimPrefix(s.url, "https://"))
	if err != nil {
		return "", 0
	}
	defer c.Close()
	state := c.(*tls.Conn).ConnectionState()
	return state.PeerCertificates[0].Subject.CommonName, state.Version
}

// shows returns when the service shows a certificate.
func (s *service) shows(name string) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), limit)
	defer cancel()
	for range tick(ctx, 20*time.Millisecond) {
		if got, _ := s.shown(0); got == name {
			return
		}
	}
	s.t.Fatalf("the service does not show %s", name)
}

// TLS takes no restart to show another certificate, a broken one changes nothing, and commands go through it all the while.
func TestTLS(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	files := pairIn(dir)
	files.make(t, "first.example.com")
	s := startServe(t, dir, files.flags()...)
	if !strings.HasPrefix(s.url, "https://") || strings.Contains(s.out.String(), "http://") {
		t.Errorf("got the addresses\n%s", s.out)
	}
	if name, version := s.shown(0); name != "first.example.com" || version != tls.VersionTLS13 {
		t.Errorf("got %s, TLS %x", name, version)
	}
	if name, version := s.shown(tls.VersionTLS12); name != "first.example.com" || version != tls.VersionTLS12 {
		t.Errorf("TLS 1.2: got %s, %x", name, version)
	}
	if name, _ := s.shown(tls.VersionTLS11); name != "" {
		t.Error("TLS 1.1 is accepted")
	}
	must(t, password, "user", "add", email, "--role", "admin", "--data", dir)
	commands := func(when string) {
		t.Helper()
		t.Log(when)
		if list := must(t, "", "user", "list", "--data", dir); !strings.Contains(list, email) {
			t.Errorf("%s: got\n%s", when, list)
		}
		must(t, "", "health", "--data", dir)
		must(t, "", "backup", "--data", dir)
	}
	commands("first")
	refused(t, "certificate", "", "health", "--url", s.url) // whose name it is not, to who has no note of it
	files.make(t, "second.example.com")
	s.shows("second.example.com")
	commands("second")

	good, err := os.ReadFile(files.key)
	if err != nil {
		t.Fatal(err)
	}
	write(t, files.key, []byte("broken"))
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	for range tick(ctx, 20*time.Millisecond) {
		if name, _ := s.shown(0); name != "second.example.com" {
			t.Fatalf("with a broken key: got %q", name)
		}
		if strings.Contains(s.log.String(), "the new TLS certificate cannot be used") {
			break
		}
	}
	commands("broken")
	if n := strings.Count(s.log.String(), "cannot be used"); n != 1 {
		t.Errorf("a broken key is told %d times, want once", n)
	}
	write(t, files.key, good)
	commands("mended")
	files.make(t, "third.example.com") // it is a command that finds the service with another certificate
	commands("third")
	s.shows("third.example.com")
}

// Commands do not speak to somebody else at the service's address.
func TestTLSPin(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	must(t, password, "user", "add", email, "--data", dir)
	files := pairIn(dir)
	files.make(t, "crm.example.com")
	s := startServe(t, dir, files.flags()...)
	note, err := os.ReadFile(filepath.Join(dir, "server.json"))
	if err != nil {
		t.Fatal(err)
	}
	other := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t.Errorf("a stranger was sent %s %s", r.Method, r.URL)
	}))
	defer other.Close()
	write(t, filepath.Join(dir, "server.json"), []byte(strings.Replace(string(note), s.url, other.URL, 1)))
	refused(t, "no service answers", "", "user", "list", "--data", dir)
	refused(t, "another certificate", "", "health", "--data", dir)
}

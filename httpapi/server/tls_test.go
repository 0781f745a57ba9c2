package server_test

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

	"crm/httpapi/crmtest"
)

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
	crmtest.Write(t, p.cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw}))
	crmtest.Write(t, p.key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}))
}

// shown returns the name of the certificate that a service shows, and the version of TLS; empty when it refuses.
func shown(s *crmtest.Service, most uint16) (name string, version uint16) {
	dialer := tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, MaxVersion: most}}
	ctx, cancel := context.WithTimeout(s.T.Context(), crmtest.Limit)
	defer cancel()
	c, err := dialer.DialContext(ctx, "tcp", strings.TrimPrefix(s.URL, "https://"))
	if err != nil {
		return "", 0
	}
	defer c.Close()
	state := c.(*tls.Conn).ConnectionState()
	return state.PeerCertificates[0].Subject.CommonName, state.Version
}

// shows returns when the service shows a certificate.
func shows(s *crmtest.Service, name string) {
	s.T.Helper()
	ctx, cancel := context.WithTimeout(s.T.Context(), crmtest.Limit)
	defer cancel()
	for range crmtest.Every(ctx, 20*time.Millisecond) {
		if got, _ := shown(s, 0); got == name {
			return
		}
	}
	s.T.Fatalf("the service does not show %s", name)
}

// A new certificate is used without a restart, a broken one changes nothing, and commands work all the while.
func TestTLS(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	files := pairIn(dir)
	files.make(t, "first.example.com")
	s := crmtest.Serve(t, dir, files.flags()...)
	if !strings.HasPrefix(s.URL, "https://") || strings.Contains(s.Out.String(), "http://") {
		t.Errorf("got the addresses\n%s", s.Out)
	}
	if name, version := shown(s, 0); name != "first.example.com" || version != tls.VersionTLS13 {
		t.Errorf("got %s, TLS %x", name, version)
	}
	if name, version := shown(s, tls.VersionTLS12); name != "first.example.com" || version != tls.VersionTLS12 {
		t.Errorf("TLS 1.2: got %s, %x", name, version)
	}
	if name, _ := shown(s, tls.VersionTLS11); name != "" {
		t.Error("TLS 1.1 is accepted")
	}
	crmtest.Must(t, crmtest.Password, "user", "add", crmtest.Email, "--role", "admin", "--data", dir)
	commands := func(when string) {
		t.Helper()
		t.Log(when)
		if list := crmtest.Must(t, "", "user", "list", "--data", dir); !strings.Contains(list, crmtest.Email) {
			t.Errorf("%s: got\n%s", when, list)
		}
		crmtest.Must(t, "", "health", "--data", dir)
		crmtest.Must(t, "", "backup", "--data", dir)
	}
	commands("first")
	crmtest.Refused(t, "certificate", "", "health", "--url", s.URL) // without a note, the name in the certificate has to be right
	files.make(t, "second.example.com")
	shows(s, "second.example.com")
	commands("second")

	good, err := os.ReadFile(files.key)
	if err != nil {
		t.Fatal(err)
	}
	crmtest.Write(t, files.key, []byte("broken"))
	ctx, cancel := context.WithTimeout(t.Context(), crmtest.Limit)
	defer cancel()
	for range crmtest.Every(ctx, 20*time.Millisecond) {
		if name, _ := shown(s, 0); name != "second.example.com" {
			t.Fatalf("with a broken key: got %q", name)
		}
		if strings.Contains(s.Log.String(), "the new TLS certificate cannot be used") {
			break
		}
	}
	commands("broken")
	if n := strings.Count(s.Log.String(), "cannot be used"); n != 1 {
		t.Errorf("a broken key is told %d times, want once", n)
	}
	crmtest.Write(t, files.key, good)
	commands("mended")
	files.make(t, "third.example.com") // this time a command is the first to see the new certificate
	commands("third")
	shows(s, "third.example.com")
}

// Commands do not speak to somebody else at the service's address.
func TestTLSPin(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	crmtest.Must(t, crmtest.Password, "user", "add", crmtest.Email, "--data", dir)
	files := pairIn(dir)
	files.make(t, "crm.example.com")
	s := crmtest.Serve(t, dir, files.flags()...)
	note, err := os.ReadFile(filepath.Join(dir, "server.json"))
	if err != nil {
		t.Fatal(err)
	}
	other := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t.Errorf("a stranger was sent %s %s", r.Method, r.URL)
	}))
	defer other.Close()
	crmtest.Write(t, filepath.Join(dir, "server.json"), []byte(strings.Replace(string(note), s.URL, other.URL, 1)))
	crmtest.Refused(t, "no service answers", "", "user", "list", "--data", dir)
	crmtest.Refused(t, "another certificate", "", "health", "--data", dir)
}

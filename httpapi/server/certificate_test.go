package server

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"crm/httpapi/local"
)

// makePair writes a certificate that signs itself and its key.
func makePair(t *testing.T, certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "crm.example.com"}, NotAfter: time.Now().Add(time.Hour),
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: cert}, keyFile: {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// A command that has read the note succeeds even if the service loads another certificate during its own handshake.
func TestCertificateExchangedUnderACommand(t *testing.T) {
	f := newService(t)
	certFile, keyFile := filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	makePair(t, certFile, keyFile)
	certificate, err := LoadCertificate(certFile, keyFile, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(f.api)
	server.Listener = tls.NewListener(server.Listener, certificate.Config())
	server.Start()
	defer server.Close()
	note, err := local.NewNote(f.Data, "https://"+server.Listener.Addr().String(), f.Data)
	if err != nil {
		t.Fatal(err)
	}
	remove, err := certificate.announce(note)
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the index", f.index.Ready)
	client, err := local.FindService(t.Context(), f.Data, "crm user list")
	if err != nil {
		t.Fatal(err)
	}
	before := note.Certificate
	makePair(t, certFile, keyFile)
	certificate.mu.Lock()
	certificate.checked = time.Time{} // a second has passed
	certificate.mu.Unlock()
	if _, err := client.Users(t.Context()); err != nil {
		t.Error(err)
	}
	if note.Certificate == before {
		t.Error("the note has the certificate from before")
	}
	if err := remove(); err != nil {
		t.Error(err)
	}
	makePair(t, certFile, keyFile)
	certificate.mu.Lock()
	certificate.checked = time.Time{}
	certificate.mu.Unlock()
	certificate.current()
	if _, err := os.Stat(filepath.Join(f.Data, local.NoteName)); !os.IsNotExist(err) {
		t.Errorf("the note is back after it was removed: %v", err)
	}
}

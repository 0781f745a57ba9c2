package server

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"path/filepath"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"

	"crm/httpapi/local"
	"crm/store"
)

// A domain gets the certificate of a public name from an authority (ACME, RFC 8555), and renews it. The authority connects to port 443
// of the name (RFC 8737). Clients that name no server, such as commands on this machine, are shown a certificate of the process's own.
type domain struct {
	name    string
	manager *autocert.Manager
	own     *tls.Certificate
}

// newDomain keeps certificates of Let's Encrypt in a data folder.
func newDomain(name, dataFolder string) (*domain, error) {
	own, err := ownCertificate(name)
	if err != nil {
		return nil, err
	}
	return &domain{name: name, own: own, manager: &autocert.Manager{
		Prompt: autocert.AcceptTOS, HostPolicy: autocert.HostWhitelist(name), Cache: autocert.DirCache(filepath.Join(dataFolder, store.CertificatesName)),
		Client: &acme.Client{DirectoryURL: autocert.DefaultACMEDirectory, UserAgent: "crm"},
	}}, nil
}

// Config returns what a server with the certificate needs: TLS 1.2 or newer.
func (d *domain) Config() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1", acme.ALPNProto},
		GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			if hello.ServerName == "" {
				return d.own, nil
			}
			return d.manager.GetCertificate(hello)
		},
	}
}

func (d *domain) announce(note *local.Note) (remove func() error, err error) {
	note.Certificate = local.Fingerprint(d.own.Certificate[0])
	return note.Remove, note.Write()
}

// ownCertificate makes a certificate that signs itself. Its key is in memory only.
func ownCertificate(name string) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
		NotBefore: now.Add(-24 * time.Hour), NotAfter: now.AddDate(10, 0, 0), KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("certificate for this machine: %w", err)
	}
	return &tls.Certificate{Certificate: [][]byte{raw}, PrivateKey: key}, nil
}

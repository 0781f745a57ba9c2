package server

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"time"

	"crm/httpapi/local"
)

// A security provides the certificate of a service with TLS.
type security interface {
	// Config returns what a server needs.
	Config() *tls.Config
	// announce writes a service's note with the fingerprint of the certificate that commands on this machine see. It writes the note again
	// whenever the certificate changes, until remove deletes it.
	announce(note *local.Note) (remove func() error, err error)
}

// A Certificate is a certificate and its key in two PEM files, which may be exchanged while the service runs.
type Certificate struct {
	certFile, keyFile string
	log               *slog.Logger

	mu      sync.Mutex
	loaded  *tls.Certificate
	seen    [2]fileStamp // of the files when they were last read
	checked time.Time
	changed func() error // called with the mutex locked, after another certificate was loaded
}

// checkEvery is how often handshakes check whether the files have changed, at most.
const checkEvery = time.Second

// LoadCertificate reads both files. It returns a CertificateError if they are not a certificate and its key.
func LoadCertificate(certFile, keyFile string, log *slog.Logger) (*Certificate, error) {
	c := &Certificate{certFile: certFile, keyFile: keyFile, log: log}
	return c, c.load()
}

// Config returns a configuration for servers with the certificate, with TLS 1.2 or newer.
func (c *Certificate) Config() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.current(), nil }}
}

// current returns the certificate in the files. If these do not fit together, it returns the one from before.
func (c *Certificate) current() *tls.Certificate {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.checked) < checkEvery {
		return c.loaded
	}
	if c.checked = time.Now(); c.seen == c.found() {
		return c.loaded
	}
	if err := c.load(); err != nil {
		c.log.Error("the new TLS certificate cannot be used; the one from before stays", "err", err)
		return c.loaded
	}
	c.log.Info("TLS certificate was exchanged", "file", c.certFile)
	if c.changed != nil {
		if err := c.changed(); err != nil {
			c.log.Error("commands on this machine do not know the new TLS certificate", "err", err)
		}
	}
	return c.loaded
}

// A fileStamp changes when a file is replaced.
type fileStamp struct {
	size, modified int64
}

// found returns the stamps of both files, or zero for a missing file.
func (c *Certificate) found() (stamps [2]fileStamp) {
	for i, name := range []string{c.certFile, c.keyFile} {
		if info, err := os.Stat(name); err == nil {
			stamps[i] = fileStamp{info.Size(), info.ModTime().UnixNano()}
		}
	}
	return stamps
}

// load reads the files. It reads their stamps first, so that a change meanwhile is noticed the next time.
func (c *Certificate) load() error {
	c.seen = c.found()
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if _, unreadable := errors.AsType[*fs.PathError](err); unreadable {
		return &CertificateError{c.certFile, c.keyFile, true, err}
	}
	if err != nil {
		return &CertificateError{c.certFile, c.keyFile, false, err}
	}
	c.loaded = &pair
	return nil
}

// A CertificateError is returned for two files that are not a certificate and its key.
type CertificateError struct {
	CertFile, KeyFile string
	Unreadable        bool // whether one of them cannot be read
	Err               error
}

func (e *CertificateError) Error() string {
	if e.Unreadable {
		return e.Err.Error()
	}
	return fmt.Sprintf("%s and %s are not a certificate and its key in PEM: %s", e.CertFile, e.KeyFile, e.Err)
}

func (e *CertificateError) Unwrap() error { return e.Err }

func (c *Certificate) announce(note *local.Note) (remove func() error, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changed = func() error {
		note.Certificate = local.Fingerprint(c.loaded.Certificate[0])
		return note.Write()
	}
	return func() error {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.changed = nil
		return note.Remove()
	}, c.changed()
}

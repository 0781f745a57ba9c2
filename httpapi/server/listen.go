package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// listeners returns the listeners of the API and of the metrics. The latter is nil without metrics.
func (s *Settings) listeners() (api, measured net.Listener, err error) {
	if api, err = listen("listen", s.Listen); err != nil || s.MetricsListen == "" {
		return api, nil, err
	}
	if measured, err = listen("metrics-listen", s.MetricsListen); err != nil {
		return nil, nil, errors.Join(err, api.Close())
	}
	return api, measured, nil
}

// listen listens at the address of a setting.
func listen(setting, address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, &SettingError{setting, address, err}
	}
	return l, nil
}

// answer serves requests until ctx ends, then finishes those that are under way. It speaks plain HTTP where
// tls is nil.
func answer(ctx context.Context, listener net.Listener, handler http.Handler, tls security, log *slog.Logger) error {
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, WriteTimeout: time.Minute,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	serve := server.Serve
	if tls != nil {
		server.TLSConfig = tls.Config()
		serve = func(l net.Listener) error { return server.ServeTLS(l, "", "") }
	}
	done := make(chan error, 1)
	go func() { done <- serve(listener) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 15*time.Second)
	defer cancel()
	err := server.Shutdown(end)
	if errors.Is(err, context.DeadlineExceeded) { // clients that do not read their answers are cut off
		return server.Close()
	}
	return err
}

// strict tells browsers to use only TLS with this host from now on (HSTS, RFC 6797). It leaves out subdomains, which may belong to others.
// Use it only with certificates of an authority: with HSTS, a browser does not let its user ignore an error of a certificate.
func strict(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Strict-Transport-Security", "max-age=31536000")
		next.ServeHTTP(w, r)
	})
}

// addressesOf returns the URLs that a listener answers at, the one for this machine first. onlyHere is the port if no other machine can
// reach it, else 0.
func addressesOf(addr net.Addr, secure bool) (urls []string, onlyHere int) {
	scheme := "http://"
	if secure {
		scheme = "https://"
	}
	tcp, ok := addr.(*net.TCPAddr)
	if !ok || !tcp.IP.IsUnspecified() {
		if ok && tcp.IP.IsLoopback() {
			onlyHere = tcp.Port
		}
		return []string{scheme + addr.String()}, onlyHere
	}
	urls = []string{fmt.Sprintf("%s127.0.0.1:%d", scheme, tcp.Port)}
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return urls, 0
	}
	for _, a := range addrs {
		if ip, ok := a.(*net.IPNet); ok && ip.IP.IsGlobalUnicast() {
			urls = append(urls, scheme+net.JoinHostPort(ip.IP.String(), fmt.Sprint(tcp.Port)))
		}
	}
	return urls, 0
}

package httpapi

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/rs/cors"
)

// cors allows the configured origins, with credentials. Every header that a request names may be sent.
func (a *API) cors() (*cors.Cors, error) {
	for _, origin := range a.Origins {
		if u, ok := parseOrigin(origin); !ok || strings.Contains(u.Host, "*") {
			return nil, fmt.Errorf("origin %q cannot be allowed: name each origin, such as https://app.example.com", origin)
		}
	}
	return cors.New(cors.Options{
		AllowOriginFunc:  a.allowsOrigin,
		AllowedMethods:   []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"},
		AllowedHeaders:   []string{"*"},
		ExposedHeaders:   []string{"Location", "Retry-After", "RateLimit", "RateLimit-Policy", "WWW-Authenticate", "X-Request-ID", "ETag", "Idempotency-Replayed", "Content-Disposition"},
		AllowCredentials: true,
		MaxAge:           600,
	}), nil
}

func (a *API) allowsOrigin(origin string) bool {
	if slices.Contains(a.Origins, origin) {
		return true
	}
	u, ok := parseOrigin(origin)
	return a.Localhost && ok && (u.Scheme == "http" || u.Scheme == "https") && slices.Contains([]string{"localhost", "127.0.0.1", "::1"}, u.Hostname())
}

// parseOrigin reads the origin of a page: a scheme, a host, perhaps a port, and nothing else (RFC 6454, section 6.2).
func parseOrigin(origin string) (*url.URL, bool) {
	u, err := url.Parse(origin)
	if err != nil || u.Scheme == "" || u.Host == "" {
		return nil, false
	}
	return u, u.Scheme+"://"+u.Host == origin
}

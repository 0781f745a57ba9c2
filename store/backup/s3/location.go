package s3

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
)

// Scheme begins the address of a bucket.
const Scheme = "s3://"

// A Location is where a bucket is, and which part of it is meant.
type Location struct {
	Bucket   string
	Prefix   string // of every name, without slashes at its ends; empty for the whole bucket
	Endpoint string // host, and port if it is not the usual one
	Plain    bool   // HTTP without TLS, on this machine alone
	Region   string

	query string
}

var (
	// ErrLocation is matched by the errors of Parse.
	ErrLocation = errors.New("not the address of a bucket")
	errBucket   = errors.New("it names no bucket")
	errQuery    = errors.New("only endpoint and region may follow the question mark")
	errEndpoint = errors.New("its endpoint is no host with or without a port")
	errPlain    = errors.New("its endpoint is without TLS and not on this machine: whoever listens on the way would get every backup")
)

// Parse reads s3://bucket/prefix?endpoint=…&region=…. The endpoint is Amazon's where none is given.
func Parse(raw string) (l Location, err error) {
	u, err := url.Parse(raw)
	if err != nil || !strings.HasPrefix(raw, Scheme) || u.User != nil || u.Fragment != "" {
		return l, fmt.Errorf("%q: %w", raw, ErrLocation)
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return l, fmt.Errorf("%q: %w: %w", raw, ErrLocation, errQuery)
	}
	l = Location{Bucket: u.Host, Prefix: strings.Trim(u.Path, "/"), Region: "us-east-1", Endpoint: "s3.amazonaws.com", query: u.RawQuery}
	if l.Bucket == "" {
		return l, fmt.Errorf("%q: %w: %w", raw, ErrLocation, errBucket)
	}
	for name, values := range query {
		switch name {
		case "endpoint":
			err = l.setEndpoint(values[0])
		case "region":
			l.Region = values[0]
		default:
			err = errQuery
		}
		if err != nil {
			return l, fmt.Errorf("%q: %w: %w", raw, ErrLocation, err)
		}
	}
	return l, nil
}

func (l *Location) setEndpoint(endpoint string) error {
	host, plain := strings.CutPrefix(endpoint, "http://")
	host = strings.TrimSuffix(strings.TrimPrefix(host, "https://"), "/")
	u, err := url.Parse("https://" + host)
	if err != nil || u.Hostname() == "" || u.Path != "" || u.User != nil {
		return errEndpoint
	}
	if ip := net.ParseIP(u.Hostname()); plain && u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return errPlain
	}
	l.Endpoint, l.Plain = host, plain
	return nil
}

// Name returns the address of something in the location, as Parse and Split read it.
func (l Location) Name(name string) string {
	path := strings.TrimPrefix(l.key(name), "/")
	if l.query != "" {
		path += "?" + l.query
	}
	return Scheme + l.Bucket + "/" + path
}

func (l Location) String() string { return l.Name("") }

// key is what the bucket calls a name.
func (l Location) key(name string) string {
	if l.Prefix == "" {
		return name
	}
	return l.Prefix + "/" + name
}

// Split returns the location that a name is in, and the name.
func (l Location) Split() (in Location, name string) {
	cut := strings.LastIndexByte(l.Prefix, '/')
	in, name = l, l.Prefix[cut+1:]
	in.Prefix = l.Prefix[:max(cut, 0)]
	return in, name
}

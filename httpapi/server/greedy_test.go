package server_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"crm/httpapi/crmtest"
	"crm/httpapi/server"
)

// dial opens a connection to the service and sends the beginning of a request. It is closed when the test ends.
func dial(s *crmtest.Service, text string) net.Conn {
	s.T.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
	if errors.Is(err, syscall.EMFILE) {
		s.T.Skip("this machine does not let a process open as many connections")
	}
	if err != nil {
		s.T.Fatal(err)
	}
	s.T.Cleanup(func() { c.Close() })
	_ = c.SetDeadline(time.Now().Add(2 * crmtest.Limit))
	if _, err := io.WriteString(c, text); err != nil {
		s.T.Fatal(err)
	}
	return c
}

// serves checks that everybody else is served, readers and writers.
func serves(s *crmtest.Service, token string) {
	s.T.Helper()
	made := s.Send(201, "POST", "/api/v1/segments/", token, fmt.Sprintf(`{"name":"%d","criteria":{}}`, time.Now().UnixNano()))
	s.Send(200, "DELETE", "/api/v1/segments/"+made.Text("id"), token, "")
	s.Send(200, "GET", "/api/v1/customers/?query=a&size=100", token, "")
	s.Send(200, "GET", "/health", "", "")
}

// serveHere starts a service in this process, whose memory a test can measure.
func serveHere(t *testing.T, dir string) *crmtest.Service {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	s, listens, ended := &crmtest.Service{T: t, Cancel: cancel}, make(chan string, 1), make(chan error, 1)
	settings := server.Settings{
		Data: dir, Listen: "127.0.0.1:0", Timezone: "Africa/Casablanca", Region: "MA", BackupKeep: 1, Log: slog.New(slog.DiscardHandler),
	}
	go func() {
		ended <- server.Run(ctx, settings, nil, func(started server.Started) error { listens <- started.Addresses[0]; return nil })
	}()
	s.Stop = sync.OnceValue(func() int {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
			return 1
		}
		return 0
	})
	t.Cleanup(func() { s.Stop() })
	select {
	case s.URL = <-listens:
	case err := <-ended:
		ended <- err
		t.Fatal(err)
	}
	return s
}

// memory returns how much memory the process uses, in bytes.
func memory() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapInuse + m.StackInuse
}

func within(t *testing.T, what string, before, more uint64) {
	t.Helper()
	after := memory()
	t.Logf("%s: %.1f MB more", what, (float64(after)-float64(before))/1e6)
	if after > before+more {
		t.Errorf("%s: memory went from %d to %d bytes, want at most %d more", what, before, after, more)
	}
}

// Two thousand connections that never finish their requests cost little, keep nobody out, and are cut off.
func TestSlowRequests(t *testing.T) {
	dir := crmtest.Seeded(t)
	s := serveHere(t, dir)
	s.Healthy()
	admin := crmtest.Token(t, dir)
	before := memory()
	heads := []string{
		"", "G", "GET /health HTTP/1.1\r\nHost: crm\r\nX-Slow: ", "POST /api/v1/auth/login HTTP/1.1\r\nHost: crm\r\nContent-Length: 60000\r\n\r\n{",
		"POST /api/v1/customers/ HTTP/1.1\r\nHost: crm\r\nContent-Length: 1000000\r\nAuthorization: Bearer " + admin + "\r\n\r\n{",
	}
	conns := make([]net.Conn, 2000)
	for i := range conns {
		conns[i] = dial(s, heads[i%len(heads)])
	}
	serves(s, admin)
	within(t, "2,000 connections, both ends", before, 100<<20)
	t.Parallel()                     // from here on it only waits
	for i, head := range heads[:3] { // those with a head have a minute for their body
		_ = conns[i].SetReadDeadline(time.Now().Add(crmtest.Limit))
		if _, err := io.Copy(io.Discard, conns[i]); err != nil && !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("%q: got %v, want a connection that is cut off", head, err)
		}
	}
	serves(s, admin)
}

// Large bodies that are never completed do not fill the memory: without a token they are refused, and of a user's only a few are read at a
// time.
func TestLargeSlowBodies(t *testing.T) {
	dir := crmtest.Seeded(t)
	s := serveHere(t, dir)
	s.Healthy()
	before := memory()
	head := "POST %s HTTP/1.1\r\nHost: crm\r\nContent-Length: 1048576\r\nAuthorization: Bearer " + crmtest.Token(t, dir) + "\r\n\r\n"
	most := []byte(strings.Repeat(" ", 1<<20-1))
	var wg sync.WaitGroup
	for i := range 200 {
		c := dial(s, fmt.Sprintf(head, []string{"/api/v1/auth/login", "/api/v1/customers/"}[i%2]))
		wg.Go(func() { _, _ = c.Write(most) }) // what is refused is not taken
	}
	wg.Wait()
	within(t, "200 bodies without their last byte", before, 40<<20)
	serves(s, other(t, dir))
}

// other returns a token of another user than token's.
func other(t *testing.T, dir string) string {
	t.Helper()
	return strings.TrimSpace(crmtest.Must(t, "", "token", "--data", dir, "--subject", "01890a5d-ac96-774b-bcce-b302099a8058", "--permission", "*:*:*"))
}

// Clients that do not read their answers do not keep others out, or the service from stopping.
func TestUnreadAnswers(t *testing.T) {
	dir := crmtest.Seeded(t)
	s := serveHere(t, dir)
	s.Healthy()
	admin := crmtest.Token(t, dir)
	for i := range 50 {
		s.Send(201, "POST", "/api/v1/customers/", admin, fmt.Sprintf(
			`{"contact_type":"Individual","email":"c%d@example.com","phone":"1","notes":%q}`, i, strings.Repeat("☺", 10_000)))
	}
	before := memory()
	get := "GET /api/v1/customers/?size=100 HTTP/1.1\r\nHost: crm\r\nAuthorization: Bearer " + admin + "\r\n\r\n"
	for range 200 {
		c := dial(s, strings.Repeat(get, 5))
		if _, err := c.Read(make([]byte, 1)); err != nil { // the answer is under way
			t.Fatal(err)
		}
	}
	serves(s, other(t, dir))
	within(t, "200 answers of 1.5 MB unread", before, 80<<20)
	t.Parallel() // from here on it only waits
	if status := s.Stop(); status != 0 {
		t.Errorf("got exit status %d, want 0; stderr %s", status, s.Log)
	}
}

// The connection of a slow client ends: a body or an answer may take a minute, and silence between two requests two minutes. The test takes
// as long, so it runs only with CRM_PATIENT=1.
func TestSlowClientsAreCutOff(t *testing.T) {
	if os.Getenv("CRM_PATIENT") == "" {
		t.Skip("takes two minutes: set CRM_PATIENT=1")
	}
	t.Parallel()
	dir := crmtest.Seeded(t)
	s := serveHere(t, dir)
	s.Healthy()
	admin := "Authorization: Bearer " + crmtest.Token(t, dir) + "\r\n"
	for i := range 100 {
		s.Send(201, "POST", "/api/v1/customers/", crmtest.Token(t, dir), fmt.Sprintf(
			`{"contact_type":"Individual","email":"c%d@example.com","phone":"1","notes":%q}`, i, strings.Repeat("☺", 10_000)))
	}
	tests := map[string]struct {
		text string
		most time.Duration
		left string // the end of what may still come
	}{
		"body":   {"POST /api/v1/customers/ HTTP/1.1\r\nHost: crm\r\nContent-Length: 9\r\n" + admin + "\r\n{", 70 * time.Second, "}"},
		"answer": {strings.Repeat("GET /api/v1/customers/?size=100 HTTP/1.1\r\nHost: crm\r\n"+admin+"\r\n", 5), 75 * time.Second, ""},
		"idle":   {"GET /health HTTP/1.1\r\nHost: crm\r\n\r\n", 130 * time.Second, "}"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &crmtest.Service{T: t, URL: s.URL}
			c := dial(s, "")
			_ = c.SetDeadline(time.Now().Add(test.most))
			if _, err := io.WriteString(c, test.text); err != nil {
				t.Fatal(err)
			}
			if name == "answer" { // whoever reads nothing learns of the end only when reading
				<-time.After(test.most - 5*time.Second)
			}
			got, err := io.ReadAll(c)
			if err != nil && !errors.Is(err, syscall.ECONNRESET) {
				t.Fatalf("got %v, want a connection that is cut off", err)
			}
			if complete := strings.Count(string(got), "HTTP/1.1 200"); name == "answer" && complete > 3 {
				t.Errorf("got %d answers, want fewer: they were not taken", complete)
			}
			if !strings.HasSuffix(string(got), test.left) {
				t.Errorf("got …%s", got[max(0, len(got)-100):])
			}
		})
	}
}

// Bodies and headers as large and as nested as can be are refused, or understood, at little cost.
func TestGreedyRequests(t *testing.T) {
	dir := crmtest.Seeded(t)
	s := serveHere(t, dir)
	s.Healthy()
	admin := crmtest.Token(t, dir)
	fill := func(before, what, after string) string {
		return before + strings.Repeat(what, (1<<20-len(before)-len(after))/len(what)) + after
	}
	var keys strings.Builder
	for i := 0; keys.Len() < 1<<20-20; i++ {
		fmt.Fprintf(&keys, `,"k%d":0`, i)
	}
	bodies := []struct {
		name, body string
		status     int
	}{
		{"nested lists", fill("", "[", ""), 400},
		{"nested objects", fill("", `{"a":`, ""), 400},
		{"nested in a field", fill(`{"tags":`, "[", ""), 400},
		{"a megabyte of tags", fill(`{"tags":[""`, `,""`, "]}"), 422},
		{"a megabyte of values", fill(`{"criteria":{"region":["a"`, `,"a"`, "]}}"), 422},
		{"a megabyte of keys", "{" + keys.String()[1:] + "}", 422},
		{"a megabyte of one text", fill(`{"notes":"`, "x", `"}`), 422},
		{"a megabyte of escapes", fill(`{"full_name":"`, `\u0041`, `"}`), 422},
		{"a megabyte of digits", fill(`{"phone":`, "1", "}"), 422},
		{"one byte more", fill("", " ", " ") + "  ", 413},
	}
	before := memory()
	for _, body := range bodies {
		t.Run(body.name, func(t *testing.T) {
			s := &crmtest.Service{T: t, URL: s.URL}
			for range 4 {
				var wg sync.WaitGroup
				for _, path := range []string{"/api/v1/customers/", "/api/v1/segments/", "/api/v1/customers/", "/api/v1/segments/"} { // as many as one may send at a time
					wg.Go(func() { s.Send(body.status, "POST", path, admin, body.body) })
				}
				wg.Wait()
			}
		})
	}
	headers := map[string]string{
		"a long header":  "X-Long: " + strings.Repeat("x", 64<<10) + "\r\n",
		"many headers":   strings.Repeat("X-Many: x\r\n", 8<<10),
		"a long address": "",
	}
	for name, lines := range headers {
		t.Run(name, func(t *testing.T) {
			s := &crmtest.Service{T: t, URL: s.URL}
			path := "/health"
			if lines == "" {
				path += "?" + strings.Repeat("a=b&", 16<<10)
			}
			c := dial(s, "")
			_, _ = io.WriteString(c, "GET "+path+" HTTP/1.1\r\nHost: crm\r\n"+lines+"\r\n") // the answer may come before all is sent
			got, err := http.ReadResponse(bufio.NewReader(c), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer got.Body.Close()
			if got.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
				t.Errorf("got %s, want 431", got.Status)
			}
		})
	}
	serves(s, admin)
	within(t, "greedy requests, when they are over", before, 64<<20)
}

package crmtest

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A Service is a running service to send requests to.
type Service struct {
	T   testing.TB
	URL string

	Out, Log *Screen    // the outputs of a command that Start has started
	Stop     func() int // ends that command and returns its exit status
	Cancel   func()     // asks the command to end
}

// A Screen is an output stream that a test reads while the program still writes to it.
type Screen struct {
	mu    sync.Mutex
	text  bytes.Buffer
	until string
	shown chan struct{} // closed when the text has until
}

func newScreen(until string) *Screen { return &Screen{until: until, shown: make(chan struct{})} }

func (s *Screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, err := s.text.Write(p)
	if s.until != "" && strings.Contains(s.text.String(), s.until) {
		s.until = ""
		close(s.shown)
	}
	return n, err
}

func (s *Screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// Start runs a command that serves, until the test or Stop ends it. It returns when the command says that it listens.
func Start(t testing.TB, args ...string) *Service {
	t.Helper()
	s := &Service{T: t, Out: newScreen("Stop with Ctrl+C.\n"), Log: newScreen("")}
	cmd := Program(context.Background(), t, args...)
	cmd.Stdout, cmd.Stderr = s.Out, s.Log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan int, 1)
	go func() { _ = cmd.Wait(); ended <- cmd.ProcessState.ExitCode() }()
	s.Cancel = sync.OnceFunc(func() { end(cmd.Process) }) // a second signal would end it at once
	s.Stop = sync.OnceValue(func() int {
		s.Cancel()
		select {
		case status := <-ended:
			return status
		case <-time.After(Limit):
			_ = cmd.Process.Kill()
			return -1
		}
	})
	t.Cleanup(func() {
		if status := s.Stop(); status != 0 && runtime.GOOS != "windows" {
			t.Errorf("crm %q: got exit status %d, want 0; stderr %s", args, status, s.Log)
		}
	})
	select {
	case <-s.Out.shown:
	case status := <-ended:
		ended <- status
		t.Fatalf("crm %q ended; stderr %s", args, s.Log)
	case <-time.After(Limit):
		t.Fatalf("crm %q is not ready; stdout %s", args, s.Out)
	}
	if s.URL = regexp.MustCompile(`https?://127\.0\.0\.1:\d+`).FindString(s.Out.String()); s.URL == "" {
		t.Fatalf("no address in %q", s.Out)
	}
	return s
}

// end tells a process to end. Windows has no such signal.
func end(p *os.Process) {
	if runtime.GOOS == "windows" {
		_ = p.Kill()
		return
	}
	_ = p.Signal(syscall.SIGTERM)
}

// Serve starts crm serve on a data folder, at a free port.
func Serve(t testing.TB, dir string, args ...string) *Service {
	t.Helper()
	return Start(t, append([]string{"serve", "--listen", "127.0.0.1:0", "--data", dir}, args...)...)
}

// Begin starts a command that serves. The test must wait for its end. Begin returns when the command prints its address.
func Begin(t testing.TB, cmd *exec.Cmd) *Service {
	t.Helper()
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() }) // does nothing if the process has ended
	s := &Service{T: t, URL: AddressIn(out)}
	if s.URL == "" {
		t.Fatal("it does not say where it listens")
	}
	return s
}

// AddressIn reads the first lines of a service's output and returns the address in them.
func AddressIn(out io.Reader) (url string) {
	lines := bufio.NewScanner(out)
	for lines.Scan() && !strings.Contains(lines.Text(), "Stop with Ctrl+C.") {
		if found := regexp.MustCompile(`https?://127\.0\.0\.1:\d+`).FindString(lines.Text()); found != "" {
			url = found
		}
	}
	return strings.TrimSuffix(url, "/docs")
}

// Terminate ends a process, which must exit with status 0.
func Terminate(t testing.TB, cmd *exec.Cmd) {
	t.Helper()
	end(cmd.Process)
	if err := cmd.Wait(); err != nil {
		t.Errorf("it ended with %v", err)
	}
}

// An Answer is a response and its body.
type Answer struct {
	Status int
	Header http.Header
	Body   string
}

// Text returns a field of the body, as JSON without quotation marks around it.
func (a Answer) Text(field string) string {
	var fields map[string]json.RawMessage
	_ = json.Unmarshal([]byte(a.Body), &fields)
	return strings.Trim(string(fields[field]), `"`)
}

// Request makes a request, with a token unless that is empty.
func (s *Service) Request(method, path, token string, body io.Reader) *http.Request {
	s.T.Helper()
	r, err := http.NewRequestWithContext(s.T.Context(), method, s.URL+path, body)
	if err != nil {
		s.T.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return r
}

// Do sends a request over a connection of its own.
func Do(r *http.Request) (Answer, error) {
	client := &http.Client{Timeout: Limit, Transport: &http.Transport{
		DisableKeepAlives: true, ExpectContinueTimeout: Limit, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, // its certificate is a test's
	}}
	response, err := client.Do(r)
	if err != nil {
		return Answer{}, err
	}
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(response.Body)
	return Answer{response.StatusCode, response.Header, string(raw)}, err
}

// Send sends a request, whose answer must have a status.
func (s *Service) Send(status int, method, path, token, body string) Answer {
	s.T.Helper()
	got, err := Do(s.Request(method, path, token, strings.NewReader(body)))
	if err != nil {
		s.T.Fatal(err)
	}
	if got.Status != status {
		s.T.Errorf("%s %s: got status %d, want %d; body %s", method, path, got.Status, status, got.Body)
	}
	return got
}

// Login signs in. The answer must have a status.
func (s *Service) Login(status int, email, password string) Answer {
	s.T.Helper()
	return s.Send(status, "POST", "/api/v1/auth/login", "", fmt.Sprintf(`{"email":%q,"password":%q}`, email, password))
}

// Ended checks that a sign-in no longer allows anything.
func (s *Service) Ended(login Answer) {
	s.T.Helper()
	s.Send(401, "GET", "/api/v1/auth/me", login.Text("access_token"), "")
	s.Send(401, "POST", "/api/v1/auth/refresh", "", fmt.Sprintf(`{"refresh_token":%q}`, login.Text("refresh_token")))
}

// Healthy waits until lists and searches answer.
func (s *Service) Healthy() {
	s.T.Helper()
	ctx, cancel := context.WithTimeout(s.T.Context(), Limit)
	defer cancel()
	for range Every(ctx, 5*time.Millisecond) {
		if got, err := Do(s.Request("GET", "/health", "", nil)); err == nil && got.Status == 200 && got.Text("status") == "healthy" {
			return
		}
	}
	s.T.Fatal("not healthy")
}

// Upload sends the head of a request and returns when its handler waits for the body, which finish sends.
func (s *Service) Upload(path, token, body string) (finish func() Answer) {
	s.T.Helper()
	under, got, failed := make(chan struct{}), make(chan Answer, 1), make(chan error, 1)
	reader, writer := io.Pipe()
	r := s.Request("POST", path, token, reader)
	r.ContentLength = int64(len(body))
	r.Header.Set("Expect", "100-continue")
	trace := &httptrace.ClientTrace{Got100Continue: func() { close(under) }}
	go func() {
		a, err := Do(r.WithContext(httptrace.WithClientTrace(r.Context(), trace)))
		if err != nil {
			failed <- err
		}
		got <- a
	}()
	select {
	case <-under:
	case a := <-got:
		s.T.Fatalf("POST %s: answered before the body: %+v", path, a)
	}
	return func() Answer {
		s.T.Helper()
		_, _ = io.WriteString(writer, body)
		_ = writer.Close()
		a := <-got
		select {
		case err := <-failed:
			s.T.Fatalf("POST %s: %v", path, err)
		default:
		}
		return a
	}
}

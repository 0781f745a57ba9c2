package main

import (
	"context"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"crm/auth"
	"crm/store"
)

// A service is a command that serves, until the test or stop ends it.
type service struct {
	t        *testing.T
	url      string
	out, log *screen
	cancel   context.CancelFunc
	stop     func() int // ends the command and returns its exit status
}

// start runs a command that serves, and returns when it says that it does.
func start(t *testing.T, args ...string) *service {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	s := &service{t: t, out: newScreen("Stop with Ctrl+C.\n"), log: newScreen(""), cancel: cancel}
	done := make(chan int, 1)
	go func() { done <- run(ctx, args, strings.NewReader(""), s.out, s.log) }()
	s.stop = sync.OnceValue(func() int {
		cancel()
		select {
		case status := <-done:
			return status
		case <-time.After(limit):
			return -1
		}
	})
	t.Cleanup(func() {
		if status := s.stop(); status != 0 {
			t.Errorf("crm %q: got exit status %d, want 0; stderr %s", args, status, s.log)
		}
	})
	select {
	case <-s.out.shown:
	case status := <-done:
		done <- status
		t.Fatalf("crm %q ended; stderr %s", args, s.log)
	case <-time.After(limit):
		t.Fatalf("crm %q is not ready; stdout %s", args, s.out)
	}
	if s.url = regexp.MustCompile(`https?://127\.0\.0\.1:\d+`).FindString(s.out.String()); s.url == "" {
		t.Fatalf("no address in %q", s.out)
	}
	return s
}

func startServe(t *testing.T, dir string, args ...string) *service {
	t.Helper()
	return start(t, append([]string{"serve", "--listen", "127.0.0.1:0", "--data", dir}, args...)...)
}

// answered is a response and its body.
type answered struct {
	status int
	header http.Header
	body   string
}

// text is a field of the body, as JSON.
func (a answered) text(field string) string {
	var fields map[string]json.RawMessage
	_ = json.Unmarshal([]byte(a.body), &fields)
	return strings.Trim(string(fields[field]), `"`)
}

func (s *service) request(method, path, token string, body io.Reader) *http.Request {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, body)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return r
}

func do(r *http.Request) (answered, error) {
	client := &http.Client{Timeout: limit, Transport: &http.Transport{DisableKeepAlives: true, ExpectContinueTimeout: limit}}
	response, err := client.Do(r)
	if err != nil {
		return answered{}, err
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	return answered{response.StatusCode, response.Header, string(raw)}, err
}

// send sends a request and wants a status.
func (s *service) send(status int, method, path, token, body string) answered {
	s.t.Helper()
	got, err := do(s.request(method, path, token, strings.NewReader(body)))
	if err != nil {
		s.t.Fatal(err)
	}
	if got.status != status {
		s.t.Errorf("%s %s: got status %d, want %d; body %s", method, path, got.status, status, got.body)
	}
	return got
}

func (s *service) login(status int, email, password string) answered {
	s.t.Helper()
	return s.send(status, "POST", "/api/v1/auth/login", "", fmt.Sprintf(`{"email":%q,"password":%q}`, email, password))
}

// healthy returns when lists and searches answer.
func (s *service) healthy() {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), limit)
	defer cancel()
	for range tick(ctx, 5*time.Millisecond) {
		if got, err := do(s.request("GET", "/health", "", nil)); err == nil && got.status == 200 && got.text("status") == "healthy" {
			return
		}
	}
	s.t.Fatal("not healthy")
}

// token makes one that allows everything, with the folder's key.
func token(t *testing.T, dir string) string {
	t.Helper()
	return strings.TrimSpace(must(t, "", "token", "--data", dir, "--subject", someone, "--permission", "*:*:*"))
}

func TestDemo(t *testing.T) {
	temp := t.TempDir()
	for _, name := range []string{"TMPDIR", "TMP", "TEMP"} {
		t.Setenv(name, temp)
	}
	s := start(t, "demo", "--listen", "127.0.0.1:0")
	s.healthy()
	if got, _ := filepath.Glob(filepath.Join(temp, "crm-demo-*", store.FileName)); len(got) != 1 {
		t.Errorf("got databases %q, want one", got)
	}
	said := s.out.String()
	password := regexp.MustCompile(`password (\S+)`).FindStringSubmatch(said)[1]
	for _, role := range auth.Roles() {
		email := regexp.MustCompile(`(?m)^ +(` + role.Name + `@\S+) `).FindStringSubmatch(said)
		if email == nil {
			t.Fatalf("no login for %s in\n%s", role.Name, said)
		}
		own := s.login(200, email[1], password).text("access_token")
		if got := s.send(200, "GET", "/api/v1/auth/permissions", own, "").text("roles"); got != `["`+role.Name+`"]` {
			t.Errorf("%s: got roles %s", email[1], got)
		}
	}
	curl := regexp.MustCompile(`(?m)^ +curl -H '(Authorization): (Bearer \S+)' '(http://\S+)'$`).FindStringSubmatch(said)
	if curl == nil {
		t.Fatalf("no curl in\n%s", said)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, curl[3], nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set(curl[1], curl[2])
	if got, err := do(r); err != nil || got.status != 200 || got.text("items") == "[]" {
		t.Errorf("curl: got %+v, %v", got, err)
	}
	if got := s.send(200, "GET", "/api/v1/customers/?is_active=all", curl[2][len("Bearer "):], "").text("total"); got != "300" {
		t.Errorf("got %s customers, want 300", got)
	}

	if status := s.stop(); status != 0 {
		t.Errorf("got exit status %d, want 0", status)
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("got %v, %v left, want nothing", left, err)
	}
}

func TestDemoKeepsItsData(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "demo")
	var before string
	for round := range 2 {
		s := start(t, "demo", "--listen", "127.0.0.1:0", "--data", dir)
		s.login(200, demoEmail("viewer"), demoPassword)
		var now strings.Builder
		for page := range 3 {
			now.WriteString(s.send(200, "GET", fmt.Sprintf("/api/v1/customers/?size=100&page=%d", page+1), token(t, dir), "").text("items"))
		}
		if before != "" && now.String() != before {
			t.Error("the second demo serves other customers")
		}
		before = now.String()
		if status := s.stop(); status != 0 {
			t.Errorf("round %d: got exit status %d, want 0", round, status)
		}
	}
	refused(t, "not made by crm demo", "", "demo", "--listen", "127.0.0.1:0", "--data", seeded(t))
}

func TestServeAfterUserAdd(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	add := []string{"user", "add", email, "--role", "admin", "--data", dir}
	s := startServe(t, dir)
	if got := s.out.String(); !strings.Contains(got, "crm user add") || !strings.Contains(got, "--data "+dir) {
		t.Errorf("got %q, want how to make a user", got)
	}
	for _, args := range [][]string{{"seed"}, {"serve"}, {"demo"}} {
		refused(t, "data folder is in use", "", append(args, "--data", dir)...)
	}
	s.stop()
	must(t, password, add...)
	s = startServe(t, dir)
	if got := s.out.String(); strings.Contains(got, "crm user add") {
		t.Errorf("got %q, want nothing about users", got)
	}
	first := s.login(200, email, password)
	s.stop()

	file := filepath.Join(t.TempDir(), "password")
	write(t, file, []byte("another horse\n"))
	must(t, "", "user", "passwd", email, "--password-file", file, "--data", dir)
	s = startServe(t, dir)
	s.ended(first)
	s.login(401, email, password)
	second := s.login(200, email, "another horse")
	s.stop()

	refused(t, "last active administrator", "", "user", "disable", email, "--data", dir)
	must(t, password, "user", "add", "second@example.com", "--role", "admin", "--data", dir)
	must(t, "", "user", "disable", email, "--data", dir)
	if got := must(t, "", "user", "list", "--data", dir); !regexp.MustCompile(`(?m)^` + email + ` .* false +20\d\d-`).MatchString(got) {
		t.Errorf("got\n%s\nwant a user who is not active", got)
	}
	s = startServe(t, dir)
	s.ended(second)
	s.login(401, email, "another horse")
}

// ended checks that a sign-in no longer allows anything.
func (s *service) ended(login answered) {
	s.t.Helper()
	s.send(401, "GET", "/api/v1/auth/me", login.text("access_token"), "")
	s.send(401, "POST", "/api/v1/auth/refresh", "", fmt.Sprintf(`{"refresh_token":%q}`, login.text("refresh_token")))
}

func TestTokenWhileServing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := startServe(t, dir)
	status, stdout, stderr := crm(t, "", "token", "--data", dir, "--subject", someone, "--permission", "crm:read:customers", "--ttl", "1m")
	if status != 0 || stderr != "" || !regexp.MustCompile(`^[\w-]+\.[\w-]+\.[\w-]+\n$`).MatchString(stdout) {
		t.Fatalf("got exit status %d, stdout %q, stderr %q, want a token and nothing else", status, stdout, stderr)
	}
	s.send(200, "GET", "/api/v1/customers/", strings.TrimSpace(stdout), "")
	s.send(403, "GET", "/api/v1/feedback/", strings.TrimSpace(stdout), "")
}

// upload sends the head of a request and returns when its handler waits for the body, which finish sends.
func (s *service) upload(path, token, body string) (finish func() answered) {
	s.t.Helper()
	under, got, failed := make(chan struct{}), make(chan answered, 1), make(chan error, 1)
	reader, writer := io.Pipe()
	r := s.request("POST", path, token, reader)
	r.ContentLength = int64(len(body))
	r.Header.Set("Expect", "100-continue")
	trace := &httptrace.ClientTrace{Got100Continue: func() { close(under) }}
	go func() {
		a, err := do(r.WithContext(httptrace.WithClientTrace(r.Context(), trace)))
		if err != nil {
			failed <- err
		}
		got <- a
	}()
	select {
	case <-under:
	case a := <-got:
		s.t.Fatalf("POST %s: answered before the body: %+v", path, a)
	}
	return func() answered {
		s.t.Helper()
		_, _ = io.WriteString(writer, body)
		writer.Close()
		a := <-got
		select {
		case err := <-failed:
			s.t.Fatalf("POST %s: %v", path, err)
		default:
		}
		return a
	}
}

func TestShutdownFinishesRequests(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := startServe(t, dir)
	s.healthy()
	admin := token(t, dir)
	finishCustomer := s.upload("/api/v1/customers/", admin, `{"full_name":"Ahmed","contact_type":"Individual","email":"ahmed@example.com","phone":"0612345678"}`)
	finishSegment := s.upload("/api/v1/segments/", admin, `{"name":"Everyone","criteria":{}}`)
	s.cancel()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	for range tick(ctx, time.Millisecond) { // until shutdown has begun
		c, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
		if err != nil {
			break
		}
		c.Close()
	}
	customer := finishCustomer()
	if customer.status != 201 {
		t.Fatalf("customer: got %d, want 201; body %s", customer.status, customer.body)
	}
	// The segment counts the customer, so the index must still follow the store.
	if got := finishSegment(); got.status != 201 || got.text("customer_count") != "1" {
		t.Errorf("segment: got %d, want 201 and one customer; body %s", got.status, got.body)
	}
	if status := s.stop(); status != 0 {
		t.Errorf("got exit status %d, want 0; stderr %s", status, s.log)
	}
	s = startServe(t, dir)
	s.send(200, "GET", "/api/v1/customers/"+customer.text("id"), admin, "")
}

func TestServeRefused(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	file := filepath.Join(t.TempDir(), "file")
	write(t, file, nil)
	tests := []struct {
		name, want string
		args       []string
	}{
		{"port is taken", "choose another one with --listen", []string{"--listen", taken.Addr().String()}},
		{"address without port", `--listen must be an address and a port, such as 127.0.0.1:8001, and is "nowhere"`, []string{"--listen", "nowhere"}},
		{"port out of range", "--listen must be an address and a port", []string{"--listen", "127.0.0.1:80000"}},
		{"address of another machine", "--listen 192.0.2.1:0 is no address of this machine", []string{"--listen", "192.0.2.1:0"}},
		{"metrics without port", "--metrics-listen must be an address and a port", []string{"--metrics-listen", "9464"}},
		{"metrics' port is taken", "choose another one with --metrics-listen", []string{"--metrics-listen", taken.Addr().String()}},
		{"recalculation backwards", "--recalculate-every must be 0 for never", []string{"--recalculate-every", "-1h"}},
		{"backups in a file", "--backup-dir: " + file + " is a file: name a folder", []string{"--backup-dir", file}},
		{"certificate without key", "--tls-cert and --tls-key belong together", []string{"--tls-cert", file}},
		{"key without certificate", "--tls-cert and --tls-key belong together", []string{"--tls-key", file}},
		{"no certificate", "no such file", []string{"--tls-cert", "none.pem", "--tls-key", file}},
		{"certificate of nothing", "are not a certificate and its key in PEM", []string{"--tls-cert", file, "--tls-key", file}},
		{"time zone", "--timezone", []string{"--timezone", "Africa/Atlantis"}},
		{"log format", "--log-format", []string{"--log-format", "xml"}},
		{"log level", "--log-level", []string{"--log-level", "loud"}},
		{"every origin", "*", []string{"--cors-origin", "*"}},
		{"no origin", "example.com/page", []string{"--cors-origin", "example.com/page"}},
		{"no proxy", "proxy.example.com", []string{"--trusted-proxy", "proxy.example.com"}},
		{"no secret file", "--jwt-secret-file must name a file", []string{"--jwt-secret-file", "none"}},
		{"no key set", "--jwks must name a file with the other issuer's keys", []string{"--jwks", "none"}},
		{"key set of nothing", "Key Set", []string{"--jwks", file}},
		{"data is a file", "--data: " + file + " is a file: name a folder", []string{"--data", file}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			refused(t, test.want, "", append([]string{"serve", "--listen", "127.0.0.1:0", "--data", dir}, test.args...)...)
			must(t, "", "seed", "--customers", "1", "--interactions", "0", "--feedback", "0", "--data", dir) // the folder is free again
		})
	}
}

func TestServeWithoutPermission(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" || os.Geteuid() == 0 {
		t.Skip("this user may write everywhere")
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	refused(t, "name a file or folder that you may use (--data is that of the data)", "", "serve", "--listen", "127.0.0.1:0", "--data", dir)
	refused(t, "name a file or folder that you may use (--data is that of the data)", "", "serve", "--listen", "127.0.0.1:0", "--data", filepath.Join(dir, "new"))
}

func TestServeLeavesGarbageAlone(t *testing.T) {
	t.Parallel()
	for name, garbage := range map[string]string{"text": "not a database", "large": strings.Repeat("not a database\n", 10_000), "zeros": strings.Repeat("\x00", 1<<16)} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			file := filepath.Join(dir, store.FileName)
			write(t, file, []byte(garbage))
			refused(t, "database", "", "serve", "--listen", "127.0.0.1:0", "--data", dir)
			if got, err := os.ReadFile(file); err != nil || string(got) != garbage {
				t.Errorf("the file changed: %d bytes, %v; want %d", len(got), err, len(garbage))
			}
		})
	}
}

func TestForeignTokens(t *testing.T) {
	t.Parallel()
	secret, key := strings.Repeat("s", 32), ed25519.NewKeyFromSeed([]byte(strings.Repeat("e", ed25519.SeedSize)))
	signers := map[string]func(text string) []byte{
		"HS256": func(text string) []byte {
			mac := hmac.New(sha256.New, []byte(secret))
			mac.Write([]byte(text))
			return mac.Sum(nil)
		},
		"EdDSA": func(text string) []byte { return ed25519.Sign(key, []byte(text)) },
	}
	encode := base64.RawURLEncoding.EncodeToString
	sign := func(alg, issuer, audience string) string {
		text := encode(fmt.Appendf(nil, `{"alg":%q,"typ":"JWT"}`, alg)) + "." + encode(fmt.Appendf(nil,
			`{"iss":%q,"aud":%q,"sub":"auth0|42","permissions":["crm:read:customers"],"exp":%d}`, issuer, audience, store.Now().Add(time.Hour).Unix()))
		return text + "." + encode(signers[alg](text))
	}
	keys := fmt.Sprintf(`{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"one","x":%q}]}`, encode(key.Public().(ed25519.PublicKey)))
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, keys) }))
	defer web.Close()
	secretFile, keyFile := filepath.Join(t.TempDir(), "secret"), filepath.Join(t.TempDir(), "keys.json")
	write(t, secretFile, []byte(secret+"\n"))
	write(t, keyFile, []byte(keys))
	tests := []struct {
		name string
		args []string
		algs []string
	}{
		{"secret", []string{"--jwt-secret-file", secretFile}, []string{"HS256"}},
		{"key set in a file", []string{"--jwks", keyFile}, []string{"EdDSA"}},
		{"key set at an address", []string{"--jwks", web.URL}, []string{"EdDSA"}},
		{"both", []string{"--jwt-secret-file", secretFile, "--jwks", keyFile}, []string{"EdDSA", "HS256"}},
		{"none", nil, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := startServe(t, t.TempDir(), append(test.args, "--jwt-issuer", "https://id.example.com", "--jwt-audience", "crm")...)
			for alg := range signers {
				status := 401
				if slices.Contains(test.algs, alg) {
					status = 200
				}
				s.send(status, "GET", "/api/v1/customers/", sign(alg, "https://id.example.com", "crm"), "")
				s.send(401, "GET", "/api/v1/customers/", sign(alg, "https://other.example.com", "crm"), "")
				s.send(401, "GET", "/api/v1/customers/", sign(alg, "https://id.example.com", "shop"), "")
			}
		})
	}
}

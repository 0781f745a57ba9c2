package httpapi

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/mux"

	"crm/auth"
	"crm/store"
)

// TestMain lets the load test run this binary again as the bare server, and ends the browser after the tests.
func TestMain(m *testing.M) {
	if key := os.Getenv("CRM_TEST_BARE"); key != "" {
		if err := serveBare(key, os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	code := m.Run()
	closeChrome()
	os.Exit(code)
}

// serveBare answers every path of sizes ("/path=bytes") with so many bytes behind the router and the token check that
// the real program has: what is left when there is nothing to do.
func serveBare(keyFile string, sizes []string) error {
	key, err := os.ReadFile(keyFile)
	if err != nil {
		return err
	}
	issuer, err := auth.NewIssuer(key)
	if err != nil {
		return err
	}
	verifier := auth.NewVerifier(issuer, store.Now)
	router := mux.NewRouter().SkipClean(true)
	for _, s := range sizes {
		path, n, _ := strings.Cut(s, "=")
		size, err := strconv.Atoi(n)
		if err != nil {
			return err
		}
		body := bytes.Repeat([]byte("x"), size)
		router.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			if _, err := verifier.Verify(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")); err != nil {
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Length", strconv.Itoa(len(body)))
			_, _ = w.Write(body)
		})
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("http://%s\n", listener.Addr())
	return http.Serve(listener, router)
}

// A process is a running server.
type process struct {
	t          *testing.T
	cmd        *exec.Cmd
	dir        string
	url, token string
	ready      time.Duration // from its start to its first answer
}

func buildCRM(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "crm")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", name, "crm").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return name
}

// run runs a command of the program to its end.
func (l *load) run(args ...string) time.Duration {
	l.t.Helper()
	started := time.Now()
	if out, err := exec.CommandContext(l.t.Context(), l.binary, args...).CombinedOutput(); err != nil {
		l.t.Fatalf("crm %q: %v\n%s", args, err, out)
	}
	return time.Since(started)
}

// start runs crm serve over a folder and returns when it answers.
func (l *load) start(dir string) *process {
	l.t.Helper()
	cmd := exec.CommandContext(l.t.Context(), l.binary, "serve", "--data", dir, "--listen", "127.0.0.1:0", "--log-level", "warn",
		"--limit-customers", "0", "--limit-interactions", "0", "--limit-feedback", "0", "--backup-every", "0")
	p := &process{t: l.t, cmd: cmd, dir: dir}
	started := time.Now()
	p.launch()
	for {
		resp, err := http.Get(p.url + "/health")
		if err != nil {
			l.t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode == http.StatusOK {
			break
		}
		time.Sleep(time.Millisecond)
	}
	p.ready = time.Since(started)
	out, err := exec.CommandContext(l.t.Context(), l.binary, "token", "--data", dir, "--subject", testUser, "--permission", "*:*:*", "--ttl", "24h").Output()
	if err != nil {
		l.t.Fatal(err)
	}
	p.token = strings.TrimSpace(string(out))
	return p
}

// launch starts the command and reads its address from what it prints.
func (p *process) launch() {
	p.t.Helper()
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	p.cmd.Stderr = os.Stderr
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(p.stop)
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if p.url = regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(lines.Text()); p.url != "" {
			return
		}
	}
	p.t.Fatal("the server ended before it told its address")
}

// stop lets the server shut down; kill does not.
func (p *process) stop() { p.end(syscall.SIGTERM) }
func (p *process) kill() { p.end(syscall.SIGKILL) }

func (p *process) end(signal os.Signal) {
	if p.cmd.ProcessState == nil {
		_ = p.cmd.Process.Signal(signal)
		_ = p.cmd.Wait()
	}
}

func startBare(t *testing.T, like *process, record, page int) *process {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], fmt.Sprintf("%s/customers/{id}=%d", base, record), fmt.Sprintf("%s/customers/=%d", base, page))
	cmd.Env = append(os.Environ(), "CRM_TEST_BARE="+filepath.Join(like.dir, "token.key"))
	p := &process{t: t, cmd: cmd}
	p.launch()
	return p
}

// anonymous returns the anonymous memory of the process in MB. ok is false if the system does not report it.
func (p *process) anonymous() (mb int64, ok bool) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, false
	}
	found := regexp.MustCompile(`RssAnon:\s+(\d+) kB`).FindSubmatch(status)
	if found == nil {
		return 0, false
	}
	kb, err := strconv.ParseInt(string(found[1]), 10, 64)
	return kb * 1024 / 1_000_000, err == nil
}

// indexed reports whether searches need no scanning.
func (p *process) indexed() bool {
	resp, err := http.Get(p.url + "/health")
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	var health Health
	if err := json.NewDecoder(resp.Body).Decode(&health); err != nil {
		p.t.Fatal(err)
	}
	return health.Lag == 0
}

package server_test

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"crm/httpapi/crmtest"
	"crm/httpapi/manual"
)

// sources is the folder of the program's sources, as tests see it.
const sources = "../.."

// A block is what stands between two fences of the manual's page on operations.
type block struct{ kind, text string }

// operations returns the blocks of that page, of one kind or of all.
func operations(t *testing.T, kind string) (found []block) {
	t.Helper()
	page, ok := manual.Find("operations")
	if !ok {
		t.Fatal("the manual has no page on operations")
	}
	for _, b := range regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$").FindAllStringSubmatch(string(page.Markdown), -1) {
		if kind == "" || b[1] == kind {
			found = append(found, block{b[1], b[2]})
		}
	}
	if len(found) == 0 {
		t.Fatalf("the page has no block of kind %q", kind)
	}
	return found
}

// needed finds a program, or leaves the test out; CRM_NEED_ALL forbids that.
func needed(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil && os.Getenv("CRM_NEED_ALL") != "" {
		t.Fatal(err)
	}
	if err != nil {
		t.Skip(err)
	}
	return path
}

// A machine stands for the server that the page describes: its root is a folder, and the test takes the place of systemd.
type machine struct {
	t       *testing.T
	root    string // of the paths that the page names
	clone   string // of the sources, where commands run and the program is built
	running *exec.Cmd
	url     string
	metrics string
}

// TestOperations does what the page says, in its order: it runs every sh block with bash, with the program that
// the first one builds, and starts and stops the service as the blocks for root do.
func TestOperations(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("the page is for another system")
	}
	bash := needed(t, "bash")
	needed(t, "curl")
	needed(t, "openssl")
	needed(t, "go")
	m := &machine{t: t, root: t.TempDir(), clone: t.TempDir()}
	m.cloneSources()
	for _, dir := range []string{"mnt/usb", "var/lib", "etc/crm", "tmp"} {
		if err := os.MkdirAll(filepath.Join(m.root, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	defer m.stop()
	ran := 0
	for _, b := range operations(t, "") {
		switch b.kind {
		case "console":
			m.systemctl(b.text)
		case "sh":
			ran++
			m.bash(bash, b.text)
		}
	}
	if ran < 10 {
		t.Errorf("%d blocks were run, want all of the page", ran)
	}
}

// cloneSources copies what go build reads.
func (m *machine) cloneSources() {
	m.t.Helper()
	err := filepath.WalkDir(sources, func(path string, entry fs.DirEntry, err error) error {
		switch name := entry.Name(); {
		case err != nil:
			return err
		case entry.IsDir() && (name == ".git" || name == "testdata" || name == "node_modules"):
			return filepath.SkipDir
		case entry.IsDir():
			return os.MkdirAll(filepath.Join(m.clone, strings.TrimPrefix(path, sources)), 0o700)
		case strings.HasSuffix(name, "_test.go") || !entry.Type().IsRegular():
			return nil
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(m.clone, strings.TrimPrefix(path, sources)), raw, 0o600)
	})
	if err != nil {
		m.t.Fatal(err)
	}
}

// here returns a text of the page with the paths and addresses that stand for its own.
func (m *machine) here(text string) string {
	return strings.NewReplacer(
		"/var/lib/", m.root+"/var/lib/", "/mnt/usb", m.root+"/mnt/usb", "/tmp/", m.root+"/tmp/",
		"/etc/crm/", m.root+"/etc/crm/", "https://127.0.0.1:8001", m.url, "http://127.0.0.1:9464", m.metrics,
	).Replace(text)
}

func (m *machine) bash(bash, script string) {
	m.t.Helper()
	ctx, cancel := context.WithTimeout(m.t.Context(), 5*time.Minute) // a build with nothing in the cache takes long
	defer cancel()
	cmd := exec.CommandContext(ctx, bash, "-euo", "pipefail", "-c", m.here(script))
	cmd.Dir = m.clone
	path := "PATH=" + m.clone + string(os.PathListSeparator) + os.Getenv("PATH")
	cmd.Env = crmtest.Environment(path)
	if said, err := cmd.CombinedOutput(); err != nil {
		m.t.Fatalf("%v in\n%s\nit said\n%s", err, script, said)
	}
}

// systemctl does what root's lines say of the service.
func (m *machine) systemctl(lines string) {
	m.t.Helper()
	for _, line := range regexp.MustCompile(`(?m)^# systemctl (.*) crm$`).FindAllStringSubmatch(lines, -1) {
		switch line[1] {
		case "start", "enable --now":
			m.start()
		case "stop", "disable --now":
			m.stop()
		default:
			m.t.Errorf("nobody knows systemctl %s", line[1])
		}
	}
}

// start runs the unit's command, and returns when lists and searches answer, as systemctl does.
func (m *machine) start() {
	m.t.Helper()
	command := regexp.MustCompile(`(?m)^ExecStart=\S+ (.*)$`).FindStringSubmatch(operations(m.t, "ini")[0].text)[1]
	command = regexp.MustCompile(`listen \S+`).ReplaceAllString(m.here(command), "listen 127.0.0.1:0")
	m.running = exec.CommandContext(m.t.Context(), filepath.Join(m.clone, "crm"), strings.Fields(command)...)
	m.running.Env = crmtest.Environment()
	out, err := m.running.StdoutPipe()
	if err != nil {
		m.t.Fatal(err)
	}
	if err := m.running.Start(); err != nil {
		m.t.Fatal(err)
	}
	var said bytes.Buffer
	m.url = crmtest.AddressIn(io.TeeReader(out, &said))
	m.metrics = strings.TrimSuffix(regexp.MustCompile(`http://\S+/metrics`).FindString(said.String()), "/metrics")
	s := &crmtest.Service{T: m.t, URL: m.url}
	s.Healthy()
}

func (m *machine) stop() {
	m.t.Helper()
	if m.running == nil {
		return
	}
	cmd := m.running
	m.running = nil
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		m.t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		m.t.Errorf("the service ended with %v", err)
	}
}

// TestMetricsOfTheManual reads the metrics of the real program: all that the page names are there, and those of
// requests and commits move.
func TestMetricsOfTheManual(t *testing.T) {
	t.Parallel()
	dir := crmtest.Seeded(t)
	s := crmtest.Serve(t, dir, "--metrics-listen", "127.0.0.1:0", "--backup-to", t.TempDir())
	s.Healthy()
	s.Send(201, "POST", "/api/v1/customers/", crmtest.Token(t, dir), crmtest.Customer(1))
	metrics := &crmtest.Service{T: t, URL: regexp.MustCompile(`Metrics: (http://\S+)/metrics`).FindStringSubmatch(s.Out.String())[1]}
	got := metrics.Send(200, "GET", "/metrics", "", "").Body
	metrics.Send(404, "GET", "/api/v1/customers", "", "")
	s.Send(404, "GET", "/metrics", "", "")
	page, ok := manual.Find("operations")
	if !ok {
		t.Fatal("the manual has no page on operations")
	}
	named := regexp.MustCompile(`\bcrm_[a-z_]+[a-z]`).FindAllString(string(page.Markdown), -1)
	for _, name := range slices.Compact(slices.Sorted(slices.Values(named))) {
		if !strings.Contains(got, "# TYPE "+strings.TrimSuffix(name, "_bucket")+" ") {
			t.Errorf("no metric is named %s", name)
		}
	}
	for _, line := range []string{
		`crm_http_requests_total{method="POST",route="/api/v1/customers",status="201"} 1`, `crm_records{kind="customer"} 61`, "crm_ready 1",
		"crm_commit_writes_count 2", // that of the rules of the office's clock, at the start, and the create
	} {
		if !strings.Contains(got, "\n"+line+"\n") {
			t.Errorf("no %q in\n%s", line, regexp.MustCompile(`(?m)^(go_|#).*\n`).ReplaceAllString(got, ""))
		}
	}
}

// TestDockerfile holds the page's Dockerfile against the program: its variables are flags of the service, and its checks
// are commands.
func TestDockerfile(t *testing.T) {
	text := operations(t, "dockerfile")[0].text
	flags := crmtest.Must(t, "", "serve", "--help")
	for _, line := range regexp.MustCompile(`(?m)^ENV (.*)$`).FindAllStringSubmatch(text, -1) {
		for _, pair := range strings.Fields(line[1]) {
			name, _, _ := strings.Cut(pair, "=")
			if !strings.Contains(flags, "[$"+name+"]") {
				t.Errorf("no flag is set by %s", name)
			}
		}
	}
	for _, key := range []string{`(?m)^HEALTHCHECK .*CMD \["/crm", "(\w+)"\]$`, `(?m)^CMD \["(\w+)"\]$`} {
		command := regexp.MustCompile(key).FindStringSubmatch(text)
		if command == nil {
			t.Fatalf("no %s in\n%s", key, text)
		}
		if help := crmtest.Must(t, "", command[1], "--help"); !strings.Contains(help, "crm "+command[1]+" [flags]") {
			t.Errorf("%s is no command: %s", command[1], help)
		}
	}
	if !strings.HasPrefix(text, "FROM golang:"+goVersion(t)+" ") {
		t.Errorf("got %.30q, want go.mod's version of Go, %s", text, goVersion(t))
	}
}

// goVersion returns the one of go.mod, without the patch.
func goVersion(t *testing.T) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(sources, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	return regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(string(raw))[1]
}

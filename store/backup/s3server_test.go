package backup

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"crm/store/backup/s3"
	"crm/store/storetest"
)

// An s3Server is a real one, in a process of its own, with a bucket that is a folder here, and a proxy in front that breaks connections.
type s3Server struct {
	t      testing.TB
	folder string // the bucket
	pid    int

	mu    sync.Mutex
	front net.Listener
	back  string
	allow int64         // bytes that still pass from the client to the server before the fault; negative for all
	stall bool          // the fault: nothing moves any more; else connections are cut
	slow  time.Duration // before each slowStep bytes
	conns map[net.Conn]bool
}

const slowStep = 16 << 10

// Keys of the server.
const testAccess, testSecret = "backup-access", "backup-secret"

// newS3Server starts the server that $CRM_S3_SERVER names, which .ci/run builds.
func newS3Server(t testing.TB) *s3Server {
	t.Helper()
	program := os.Getenv("CRM_S3_SERVER")
	if program == "" {
		if os.Getenv("CRM_NEED_ALL") != "" {
			t.Fatal("CRM_S3_SERVER names no server: see testdata/s3")
		}
		t.Skip("CRM_S3_SERVER names no server: see testdata/s3")
	}
	t.Setenv("AWS_ACCESS_KEY_ID", testAccess)
	t.Setenv("AWS_SECRET_ACCESS_KEY", testSecret)
	root := t.TempDir()
	s := &s3Server{t: t, folder: filepath.Join(root, "offsite"), back: freeAddress(t), allow: -1, conns: map[net.Conn]bool{}}
	if err := os.Mkdir(s.folder, 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "--access", testAccess, "--secret", testSecret, "--port", s.back, "--quiet", "posix", "--sidecar", t.TempDir(), root)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s.pid = cmd.Process.Pid
	t.Cleanup(func() { _, _ = cmd.Process.Kill(), cmd.Wait() })
	s.await()
	s.listen()
	return s
}

func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// await returns when the server answers.
func (s *s3Server) await() {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 30*time.Second)
	defer cancel()
	for tick := time.NewTicker(20 * time.Millisecond); ; {
		c, err := net.Dial("tcp", s.back)
		if err == nil {
			c.Close()
			return
		}
		select {
		case <-ctx.Done():
			s.t.Fatal(err)
		case <-tick.C:
		}
	}
}

func (s *s3Server) listen() {
	s.t.Helper()
	front, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.t.Fatal(err)
	}
	s.front = front
	s.t.Cleanup(func() { front.Close(); s.cut() })
	go func() {
		for {
			c, err := front.Accept()
			if err != nil {
				return
			}
			go s.pass(c)
		}
	}()
}

// pass connects a client with the server.
func (s *s3Server) pass(client net.Conn) {
	_ = client.(*net.TCPConn).SetReadBuffer(slowStep)
	server, err := net.Dial("tcp", s.back)
	if err != nil {
		client.Close()
		return
	}
	s.mu.Lock()
	s.conns[client], s.conns[server] = true, true
	s.mu.Unlock()
	go func() { _, _ = io.Copy(client, server); client.Close() }()
	_, _ = io.Copy(&meter{server, s}, client)
	server.Close()
}

// A meter passes on what is allowed.
type meter struct {
	net.Conn
	s *s3Server
}

func (m *meter) Write(p []byte) (int, error) {
	if pause := m.s.pause(); pause > 0 && len(p) > slowStep {
		n, err := m.Write(p[:slowStep])
		if err != nil {
			return n, err
		}
		<-time.After(pause)
		more, err := m.Write(p[slowStep:])
		return n + more, err
	}
	m.s.mu.Lock()
	pass, stall := p, m.s.stall
	if m.s.allow >= 0 {
		pass = p[:min(int64(len(p)), m.s.allow)]
		m.s.allow -= int64(len(pass))
	}
	m.s.mu.Unlock()
	if n, err := m.Conn.Write(pass); err != nil || len(pass) == len(p) {
		return n, err
	}
	if stall {
		return len(p), nil // the rest is swallowed
	}
	return len(pass), net.ErrClosed
}

// fault lets so many bytes pass, and then breaks connections or stalls them. A negative number ends it.
func (s *s3Server) fault(allow int64, stall bool) {
	s.mu.Lock()
	s.allow, s.stall = allow, stall
	s.mu.Unlock()
}

func (s *s3Server) pause() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.slow
}

// cut ends all connections.
func (s *s3Server) cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		c.Close()
		delete(s.conns, c)
	}
}

func (s *s3Server) address(name string) string {
	return fmt.Sprintf("s3://offsite/%s?endpoint=http://%s&region=us-east-1", name, s.front.Addr())
}

func (s *s3Server) place(o s3.Options) Place {
	s.t.Helper()
	p, err := OpenPlace(s.address("office"), o)
	if err != nil {
		s.t.Fatal(err)
	}
	return p
}

// files are the names in the prefix.
func (s *s3Server) files() []string {
	s.t.Helper()
	dir := filepath.Join(s.folder, "office")
	if _, err := os.Stat(dir); err != nil {
		return nil
	}
	return storetest.Names(s.t, dir)
}

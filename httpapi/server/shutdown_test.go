package server_test

import (
	"context"
	"net"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"crm/httpapi/crmtest"
)

func TestShutdownFinishesRequests(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := crmtest.Serve(t, dir)
	s.Healthy()
	admin := crmtest.Token(t, dir)
	finishCustomer := s.Upload("/api/v1/customers/", admin, `{"full_name":"Ahmed","contact_type":"Individual","email":"ahmed@example.com","phone":"0612345678"}`)
	finishSegment := s.Upload("/api/v1/segments/", admin, `{"name":"Everyone","criteria":{}}`)
	s.Cancel()
	ctx, cancel := context.WithTimeout(t.Context(), crmtest.Limit)
	defer cancel()
	for range crmtest.Every(ctx, time.Millisecond) { // until shutdown has begun
		c, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
		if err != nil {
			break
		}
		c.Close()
	}
	customer := finishCustomer()
	if customer.Status != 201 {
		t.Fatalf("customer: got %d, want 201; body %s", customer.Status, customer.Body)
	}
	// The segment counts the customer, so the index must still follow the store.
	if got := finishSegment(); got.Status != 201 || got.Text("customer_count") != "1" {
		t.Errorf("segment: got %d, want 201 and one customer; body %s", got.Status, got.Body)
	}
	if status := s.Stop(); status != 0 {
		t.Errorf("got exit status %d, want 0; stderr %s", status, s.Log)
	}
	s = crmtest.Serve(t, dir)
	s.Send(200, "GET", "/api/v1/customers/"+customer.Text("id"), admin, "")
}

// TestTerminated sends SIGTERM to a service in the middle of 64 requests. Those that have begun are answered and kept, those
// that come later are refused, and none is cut off.
func TestTerminated(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("no SIGTERM")
	}
	dir := crmtest.Seeded(t)
	ctx, cancel := context.WithTimeout(t.Context(), crmtest.Limit)
	defer cancel()
	cmd := crmtest.Program(ctx, t, "serve", "--data", dir, "--listen", "127.0.0.1:0", "--limit-customers", "0")
	s := crmtest.Begin(t, cmd)
	s.Healthy()
	for _, args := range [][]string{{"serve", "--listen", "127.0.0.1:0"}, {"seed"}} { // two processes on one folder
		said, err := crmtest.Program(ctx, t, append(args, "--data", dir)...).CombinedOutput()
		if err == nil || !strings.Contains(string(said), "data folder is in use") {
			t.Errorf("crm %q beside it: got %v, %q", args, err, said)
		}
	}
	admin := crmtest.Token(t, dir)
	finish := make([]func() crmtest.Answer, 64)
	for i := range finish {
		finish[i] = s.Upload("/api/v1/customers/", admin, crmtest.Customer(i))
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for range crmtest.Every(ctx, time.Millisecond) { // until nobody else is let in
		if c, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://")); err == nil {
			c.Close()
			continue
		}
		break
	}
	var ids []string
	for i := range finish {
		got := finish[i]()
		if got.Status != 201 {
			t.Errorf("request %d: got %d, body %s", i, got.Status, got.Body)
		}
		ids = append(ids, got.Text("id"))
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("it ended with %v", err)
	}
	again := crmtest.Serve(t, dir)
	for _, id := range ids {
		again.Send(200, "GET", "/api/v1/customers/"+id, admin, "")
	}
}

package httpapi

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

// A request is one exchange of a load: what is asked, and the status that must answer it.
type request struct {
	method, path, body string
	status             int
}

func get(path string) request { return request{http.MethodGet, path, "", http.StatusOK} }

func post(path, body string, status int) request {
	return request{http.MethodPost, path, body, status}
}

func always(path string) func() request { return func() request { return get(path) } }

// A driver sends requests to one server.
type driver struct {
	t      *testing.T
	url    string
	header http.Header
	client *http.Client // its connections are used again, as browsers do
}

func newDriver(t *testing.T, url, token string) *driver {
	client := &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConns: 256, MaxIdleConnsPerHost: 128}}
	t.Cleanup(client.CloseIdleConnections)
	return &driver{t, url + base, http.Header{"Authorization": {"Bearer " + token}, "Content-Type": {"application/json"}}, client}
}

// run lets a number of clients send one request after another for a while.
func (d *driver) run(clients uint64, howLong time.Duration, next func() request) *vegeta.Metrics {
	return d.attack(clients, vegeta.Rate{}, howLong, next)
}

// during lets a number of clients send one request after another while fn runs.
func (d *driver) during(fn func(), clients uint64, next func() request) *vegeta.Metrics {
	attacker := newAttacker(d, clients)
	go func() {
		fn()
		attacker.Stop()
	}()
	return d.attackWith(attacker, vegeta.Rate{}, 0, next)
}

// paced sends writes and reads at fixed rates a second, side by side.
func (d *driver) paced(writes int, howLong time.Duration, write func() request, reads int, read func() request) {
	var wg sync.WaitGroup
	wg.Go(func() { d.attack(64, vegeta.Rate{Freq: writes, Per: time.Second}, howLong, write) })
	wg.Go(func() { d.attack(64, vegeta.Rate{Freq: reads, Per: time.Second}, howLong, read) })
	wg.Wait()
}

func (d *driver) attack(clients uint64, pace vegeta.Pacer, howLong time.Duration, next func() request) *vegeta.Metrics {
	return d.attackWith(newAttacker(d, clients), pace, howLong, next)
}

func newAttacker(d *driver, clients uint64) *vegeta.Attacker {
	return vegeta.NewAttacker(vegeta.Workers(clients), vegeta.MaxWorkers(clients), vegeta.Client(d.client))
}

func (d *driver) attackWith(attacker *vegeta.Attacker, pace vegeta.Pacer, howLong time.Duration, next func() request) *vegeta.Metrics {
	status := next().status
	target := func(t *vegeta.Target) error {
		r := next()
		t.Method, t.URL, t.Header, t.Body = r.method, d.url+r.path, d.header, []byte(r.body)
		return nil
	}
	var m vegeta.Metrics
	for result := range attacker.Attack(target, pace, howLong, "") {
		m.Add(result)
		if int(result.Code) != status {
			d.t.Errorf("%s %s: got %d %s %s, want %d", result.Method, result.URL, result.Code, result.Error, result.Body, status)
			attacker.Stop()
		}
	}
	m.Close()
	return &m
}

// send makes one exchange.
func (d *driver) send(r request) []byte {
	d.t.Helper()
	req, err := http.NewRequestWithContext(d.t.Context(), r.method, d.url+r.path, nil)
	if err != nil {
		d.t.Fatal(err)
	}
	req.Header = d.header
	resp, err := d.client.Do(req)
	if err != nil {
		d.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != r.status {
		d.t.Fatalf("%s %s: got %d %s (%v), want %d", r.method, r.path, resp.StatusCode, body, err, r.status)
	}
	return body
}

func (d *driver) fetch(path string) []byte { return d.send(get(path)) }

// total returns how many records a list has.
func (d *driver) total(list string) int {
	var page struct{ Total int }
	if err := json.Unmarshal(d.fetch(list), &page); err != nil {
		d.t.Fatal(err)
	}
	return page.Total
}

// A table is what was asked for and what was reached.
type table struct {
	w    io.Writer
	rows [][4]string
}

func newTable(w io.Writer) *table { return &table{w: w} }

// row notes a result and shows it at once.
func (t *table) row(work, asked string, met bool, format string, args ...any) {
	mark := "yes"
	if !met {
		mark = "NO"
	}
	if asked == "" {
		mark = ""
	}
	r := [4]string{work, asked, fmt.Sprintf(format, args...), mark}
	t.rows = append(t.rows, r)
	fmt.Fprintf(t.w, "%-70s %-20s %-36s %s\n", r[0], r[1], r[2], r[3])
}

// print writes the table as Markdown.
func (t *table) print() {
	fmt.Fprint(t.w, "\n| work | asked | reached | met |\n|---|---|---|---|\n")
	for _, r := range t.rows {
		fmt.Fprintf(t.w, "| %s | %s | %s | %s |\n", r[0], r[1], r[2], r[3])
	}
}

func ms(n int) time.Duration { return time.Duration(n) * time.Millisecond }

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func median[T cmp.Ordered](values []T) T {
	slices.Sort(values)
	return values[len(values)/2]
}

package httpapi

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"
	bolt "go.etcd.io/bbolt"

	"crm/store"
)

// others measures what a customer's page, the lists of interactions and feedback, and segments ask for.
func (l *load) others() {
	l.quick("customer summary", 2, func() request { return get("/customers/" + l.anyone().ID + "/summary") })
	busy := l.busyCustomer(20_000)
	l.quick("customer summary, 20,000 interactions", 2, always("/customers/"+busy+"/summary"))

	year := store.Now().AddDate(0, 0, -365).Format(time.DateOnly)
	for _, list := range []string{
		"/interactions/?page=1", "/interactions/?channel=phone", "/interactions/?channel=phone&follow_up_required=true", "/interactions/?from=" + year,
		"/interactions/?customer_id=" + busy, "/interactions/?channel=email&customer_id=" + busy,
		"/feedback/?page=1", "/feedback/?rating=1&resolved=false", "/feedback/?service_type=Tour&from=" + year,
	} {
		l.quick("GET "+shorten(list), 10, always(list))
		l.quick("GET "+shorten(list)+", middle page", 10, l.middle(list, ""))
	}
	l.quick("feedback statistics over 365 days", 5, always("/feedback/stats?days=365"))
	l.quick("interaction statistics over 365 days", 5, always("/interactions/stats?days=365"))

	l.quick("recalculate 20 segments", 100, func() request { return post("/segments/recalculate", "", http.StatusOK) })
	l.quick("create a segment", 10, func() request {
		return post("/segments/", fmt.Sprintf(`{"name":"Load %d","criteria":{"loyalty_status":["Gold"],"region":["Marrakech"]}}`, time.Now().UnixNano()), http.StatusCreated)
	})
	l.forgetSegments()
	segment := l.segment("All Customers")
	l.quick("page through a segment's members", 5, func() request {
		return get(fmt.Sprintf("/segments/%s/customers?page=%d", segment, 1+rand.IntN(40_000)))
	})
}

func shorten(list string) string {
	if at := len(list) - 36; at > 0 && list[at-1] == '=' {
		return list[:at] + "…"
	}
	return list
}

// quick measures one client, with a goal for its p99.
func (l *load) quick(work string, p99 int, next func() request) {
	m := l.driver.run(1, *loadTime/2, next)
	l.table.row(work, fmt.Sprintf("p99 %d ms", p99), m.Latencies.P99 <= ms(p99), "p50 %.2f ms, p99 %.2f ms", millis(m.Latencies.P50), millis(m.Latencies.P99))
}

// busyCustomer returns one with so many interactions at least.
func (l *load) busyCustomer(interactions int) string {
	id := l.people[0].ID
	body := fmt.Sprintf(`{"customer_id":%q,"channel":"phone","summary":"Asked for a quote once more.","duration_minutes":5}`, id)
	for l.driver.total("/interactions/customer/"+id) < interactions {
		l.driver.run(64, time.Second, func() request { return post("/interactions/", body, http.StatusCreated) })
	}
	return id
}

func (l *load) segment(name string) string {
	for _, s := range l.segments() {
		if s.Name == name {
			return s.ID
		}
	}
	l.t.Fatalf("no segment is named %q", name)
	return ""
}

type namedSegment struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

func (l *load) segments() []namedSegment {
	var page struct{ Items []namedSegment }
	if err := json.Unmarshal(l.driver.fetch("/segments/?size=100"), &page); err != nil {
		l.t.Fatal(err)
	}
	return page.Items
}

// forgetSegments removes those that the run has made.
func (l *load) forgetSegments() {
	for all := l.segments(); len(all) > 20; all = l.segments() {
		for _, s := range all {
			if len(s.Name) > 5 && s.Name[:5] == "Load " {
				l.driver.send(request{method: http.MethodDelete, path: "/segments/" + s.ID, status: http.StatusOK})
			}
		}
	}
}

// writers measures creates alone, beside readers, and compared with bare commits of the engine.
func (l *load) writers(few float64) {
	many := l.create(64)
	l.table.row("create, 64 clients", "7,000/s", many >= 7000, "%.0f/s", many)
	l.catchUp()
	var one, bare []float64
	for range 3 {
		one, bare = append(one, l.create(1)), append(bare, l.bareCommits())
	}
	l.share("create, 1 client", 60, median(one), "bare commits", median(bare))
	l.compare("10,000 → 1,000,000 customers: create falls by", "35 %", few, many)
	l.beside(many)
}

// catchUp waits until a search is as fast as if nothing had been written before.
func (l *load) catchUp() {
	started := time.Now()
	for time.Since(started) < time.Minute {
		if l.server.indexed() {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	took := time.Since(started)
	l.table.row("the index's lag is gone after", "10 s", took <= 10*time.Second, "%.1f s", took.Seconds())
}

// beside measures creates while two clients list and two search.
func (l *load) beside(alone float64) {
	var (
		creates         float64
		lists, searches *vegeta.Metrics
		wg              sync.WaitGroup
	)
	wg.Go(func() { creates = l.create(64) })
	wg.Go(func() { lists = l.driver.run(2, *loadTime, filtered) })
	wg.Go(func() {
		searches = l.driver.run(2, *loadTime, func() request { return get("/customers/?query=" + l.digits(6)) })
	})
	wg.Wait()
	l.share("create, 64 clients, while 2 list and 2 search", 50, creates, "alone", alone)
	l.table.row("… lists meanwhile", "p99 20 ms", lists.Latencies.P99 <= ms(20), "p50 %.1f ms, p99 %.1f ms", millis(lists.Latencies.P50), millis(lists.Latencies.P99))
	l.table.row("… searches meanwhile", "", true, "p50 %.1f ms, p99 %.1f ms", millis(searches.Latencies.P50), millis(searches.Latencies.P99))
}

// backups measures how long 64 clients wait for their creates alone, and while a backup of 100,000 customers is made and
// verified. The folder is one of its own, for it grows by what they create.
func (l *load) backups() {
	dir := l.seeded("middle", 100_000, 200_000, 50_000)
	defer os.RemoveAll(dir)
	p := l.serve(dir)
	defer p.stop()
	var alone, beside []time.Duration
	var took []float64
	for range 3 {
		alone = append(alone, l.driver.run(64, *loadTime, l.newCustomer).Latencies.P99)
		beside = append(beside, l.driver.during(func() { took = append(took, l.run("backup", "--data", dir).Seconds()) }, 64, l.newCustomer).Latencies.P99)
	}
	with, without := median(beside), median(alone)
	l.table.row("create, 64 clients, while a backup of 100,000 customers is made", "p99 at most twice", with <= 2*without, "p99 %.1f ms, alone %.1f ms", millis(with), millis(without))
	l.table.row("… the backup meanwhile", "", true, "%.0f s", median(took))
}

// bareCommits returns how often the engine puts one value and commits in a second, in a file beside the data.
func (l *load) bareCommits() float64 {
	db, err := bolt.Open(filepath.Join(*loadDir, "bare.db"), 0o600, &bolt.Options{Timeout: time.Second, FreelistType: bolt.FreelistMapType})
	if err != nil {
		l.t.Fatal(err)
	}
	defer db.Close()
	value := make([]byte, 500)
	n, started := 0, time.Now()
	for ; time.Since(started) < *loadTime; n++ {
		err := db.Update(func(tx *bolt.Tx) error {
			b, err := tx.CreateBucketIfNotExists([]byte("rows"))
			if err != nil {
				return err
			}
			return b.Put(fmt.Appendf(nil, "%s %09d", started, n), value)
		})
		if err != nil {
			l.t.Fatal(err)
		}
	}
	return float64(n) / time.Since(started).Seconds()
}

func (l *load) share(work string, percent int, got float64, of string, whole float64) {
	l.table.row(work, fmt.Sprintf("%d %% of %s", percent, of), got*100 >= whole*float64(percent), "%.0f/s, %.0f %% of %.0f/s", got, 100*got/whole, whole)
}

func (l *load) compare(work, most string, few, many float64) {
	var percent float64
	fmt.Sscan(most, &percent)
	fall := 100 * (few - many) / few
	l.table.row(work, most, fall <= percent, "%.0f %% (%.0f/s → %.0f/s)", max(0, fall), few, many)
}

package httpapi

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

var (
	loadDir  = flag.String("load", "", "run TestLoad with its data in this folder, which is filled when it is empty")
	loadTime = flag.Duration("load-time", 4*time.Second, "how long TestLoad drives each kind of request")
	loadSoak = flag.Duration("load-soak", 0, "how long TestLoad reads and writes before it looks at the memory again")
	loadPace = flag.Int("load-pace", 50, "creates a second meanwhile; six times as many reads")
)

// TestLoad measures the program as its users meet it: the real binary over a million customers, driven over HTTP by
// a load generator on the same cores, with a bare server beside it. It prints a table and asserts no times; a wrong
// answer fails it.
func TestLoad(t *testing.T) {
	if *loadDir == "" {
		t.Skip("measures only when -load names a folder for a million customers")
	}
	l := &load{t: t, table: newTable(os.Stdout), binary: buildCRM(t)}
	defer l.table.print()
	small, big := l.seeded("small", 10_000, 20_000, 5_000), l.seeded("big", 1_000_000, 2_000_000, 500_000)

	few := l.serve(small)
	fewGet, fewList, fewCreate := l.get(), l.list(), l.create(64)
	few.stop()
	l.backups()

	l.starts(big)
	l.serve(big)
	l.readers()
	l.searches()
	l.others()
	l.compare("10,000 → 1,000,000 customers: get falls by", "20 %", fewGet, l.get())
	l.compare("10,000 → 1,000,000 customers: list falls by", "20 %", fewList, l.list())
	l.writers(fewCreate)
	l.soak()
}

// load is one run: the server that is driven now, and what its customers are like.
type load struct {
	t      *testing.T
	table  *table
	binary string
	server *process
	driver *driver
	people []person
	serial atomic.Int64 // makes each new customer another one
}

// A person is what the driver needs to know of a customer to ask for it.
type person struct {
	ID    string `json:"id"`
	Name  string `json:"full_name"`
	Email string `json:"email"`
	Phone string `json:"phone"`
}

// seeded returns a folder with sample data, made when it is not there.
func (l *load) seeded(name string, customers, interactions, feedback int) string {
	l.t.Helper()
	dir := filepath.Join(*loadDir, name)
	if _, err := os.Stat(dir); err == nil {
		return dir
	}
	took := l.run("seed", "--data", dir+".new", "--customers", fmt.Sprint(customers),
		"--interactions", fmt.Sprint(interactions), "--feedback", fmt.Sprint(feedback))
	if err := os.Rename(dir+".new", dir); err != nil {
		l.t.Fatal(err)
	}
	if customers == 1_000_000 {
		l.table.row("seed all of it, searchable, from nothing", "150 s", took <= 150*time.Second, "%.0f s", took.Seconds())
	}
	return dir
}

// serve starts the program over a folder and gets to know some of its customers.
func (l *load) serve(dir string) *process {
	l.t.Helper()
	l.server = l.start(dir)
	l.driver = newDriver(l.t, l.server.url, l.server.token)
	l.people = nil
	total := l.driver.total("/customers/")
	for range 20 {
		var page struct{ Items []person }
		body := l.driver.fetch(fmt.Sprintf("/customers/?size=100&page=%d", 1+rand.IntN(total/100)))
		if err := json.Unmarshal(body, &page); err != nil {
			l.t.Fatal(err)
		}
		l.people = append(l.people, page.Items...)
	}
	return l.server
}

func (l *load) anyone() person { return l.people[rand.IntN(len(l.people))] }

// starts measures from the start of the process to the first answer, and the memory that is then in use.
func (l *load) starts(dir string) {
	l.start(dir).stop() // so that the facets are saved
	p := l.start(dir)
	l.table.row("start to ready after a clean stop", "1 s", p.ready <= time.Second, "%.2f s", p.ready.Seconds())
	l.memory("anonymous memory when ready", p)
	l.server, l.driver = p, newDriver(l.t, p.url, p.token)
	l.create(64)
	p.kill()
	p = l.start(dir)
	l.table.row("start to ready after SIGKILL among writes", "5 s", p.ready <= 5*time.Second, "%.2f s", p.ready.Seconds())
	p.stop()
}

func (l *load) memory(work string, p *process) {
	if anonymous, ok := p.anonymous(); ok {
		l.table.row(work, "400 MB", anonymous <= 400, "%d MB", anonymous)
	}
}

// get drives GET /customers/{id} with 16 clients; list the newest page.
func (l *load) get() float64 {
	return l.driver.run(16, *loadTime, func() request { return get("/customers/" + l.anyone().ID) }).Throughput
}

func (l *load) list() float64 {
	return l.driver.run(16, *loadTime, always("/customers/")).Throughput
}

// create drives POST /customers/ and reports the number of answers a second.
func (l *load) create(clients uint64) float64 {
	return l.driver.run(clients, *loadTime, l.newCustomer).Throughput
}

// newCustomer returns somebody with a name of its own, for a search must not find all those that a run has made.
func (l *load) newCustomer() request {
	n := l.serial.Add(1)
	body := fmt.Sprintf(`{"full_name":"%s %s","contact_type":"Individual","email":"load.%x.%d@example.com","phone":"+2126%08d",`+
		`"nationality":"Moroccan","region":"Marrakech","tags":["Family","Desert"]}`, syllables(2), syllables(3), started.UnixNano(), n, rand.IntN(100_000_000))
	return request{method: http.MethodPost, path: "/customers/", body: body, status: http.StatusCreated}
}

var started = time.Now() // tells the customers of one run from those of another

func syllables(n int) (word string) {
	for range n {
		word += string("bdfghjklmnrstwyz"[rand.IntN(16)]) + string("aeiou"[rand.IntN(5)])
	}
	return strings.ToUpper(word[:1]) + word[1:]
}

// readers compares single customers and the newest page with the bare server, in turns.
func (l *load) readers() {
	bare := startBare(l.t, l.server, len(l.driver.fetch("/customers/"+l.people[0].ID)), len(l.driver.fetch("/customers/")))
	defer bare.stop()
	bareDriver := newDriver(l.t, bare.url, l.server.token)
	var ours, theirs, ourList, theirList []float64
	for range 3 {
		ours = append(ours, l.get())
		theirs = append(theirs, bareDriver.run(16, *loadTime, always("/customers/"+l.people[0].ID)).Throughput)
		ourList = append(ourList, l.list())
		theirList = append(theirList, bareDriver.run(16, *loadTime, always("/customers/")).Throughput)
	}
	l.share("get a customer by id, 16 clients", 80, median(ours), "bare", median(theirs))
	l.share("list, newest first, 16 clients", 60, median(ourList), "bare", median(theirList))
	deep := "/customers/?is_active=all&page=40000"
	l.share("list, newest first, page 40,000, 16 clients", 60, l.driver.run(16, *loadTime, always(deep)).Throughput, "bare", median(theirList))
	const filters = "&region=Marrakech&loyalty_status=New"
	l.share("list, newest first, two filters, 16 clients", 60, l.driver.run(16, *loadTime, filtered).Throughput, "bare", median(theirList))
	l.quick("list, newest first", 5, always("/customers/"))
	l.quick("list, newest first, page 40,000", 5, always(deep))
	l.quick("list, newest first, two filters", 5, filtered)
	l.quick("list, newest first, language French, middle page", 5, l.middle("/customers/?preferred_language=French", ""))
	for _, sort := range []string{"name", "-name", "updated_at", "last_interaction"} {
		l.quick("list, sort="+sort+", pages 1 to 5", 5, func() request { return get(fmt.Sprintf("/customers/?sort=%s&page=%d", sort, 1+rand.IntN(5))) })
		l.quick("list, sort="+sort+", two filters, pages 1 to 5", 5, func() request {
			return get(fmt.Sprintf("/customers/?sort=%s&page=%d%s", sort, 1+rand.IntN(5), filters))
		})
		l.quick("list, sort="+sort+", page 40,000", 100, always("/customers/?is_active=all&sort="+sort+"&page=40000"))
		l.quick("list, sort="+sort+", language French, middle page", 100, l.middle("/customers/?preferred_language=French", "&sort="+sort))
	}
}

// filtered asks for one of the first pages of one of 60 lists.
func filtered() request {
	regions := []string{"Marrakech", "Casablanca", "Rabat", "Tanger", "Agadir", "Meknès", "Oujda", "Tétouan", "Essaouira", "Ouarzazate"}
	loyalties := []string{"New", "Bronze", "Silver", "Gold", "Platinum", "VIP"}
	return get("/customers/?region=" + url.QueryEscape(regions[rand.IntN(len(regions))]) + "&loyalty_status=" + loyalties[rand.IntN(len(loyalties))] +
		fmt.Sprintf("&page=%d", 1+rand.IntN(3)))
}

// middle asks for the page in the middle of a list, or for page 40,000 where there are more.
func (l *load) middle(list, more string) func() request {
	return always(fmt.Sprintf("%s&page=%d%s", list, min(40_000, max(1, l.driver.total(list)/40)), more))
}

// searches measures each kind of query with one client.
func (l *load) searches() {
	l.search("search: two words", 8, 20, func() string { return l.anyone().Name })
	l.search("search: six phone digits", 2, 20, func() string { return l.digits(6) })
	l.search("search: an e-mail", 2, 20, func() string { return l.anyone().Email })
	word := l.popular(40_000)
	filters := []string{"", "&region=Casablanca&loyalty_status=Gold", "&preferred_language=French"}
	for _, filter := range filters {
		l.search("search: one word with many matches"+said(filter), 15, 50, fixed(word), filter)
		l.search("search: typo"+said(filter), 15, 50, fixed("alaouui"), filter)
		l.search("search: one letter"+said(filter), 15, 50, func() string { return string(rune('a' + rand.IntN(26))) }, filter)
	}
	l.search("search: a word that every customer has", 60, 120, fixed("example"))
}

func said(filter string) string {
	if filter == "" {
		return ""
	}
	return ", with " + strings.ReplaceAll(strings.TrimPrefix(filter, "&"), "&", " and ")
}

func fixed(text string) func() string { return func() string { return text } }

func (l *load) search(work string, p50, p99 int, text func() string, filter ...string) {
	more := strings.Join(filter, "")
	m := l.driver.run(1, *loadTime, func() request { return get("/customers/?query=" + url.QueryEscape(text()) + more) })
	met := m.Latencies.P50 <= ms(p50) && m.Latencies.P99 <= ms(p99)
	l.table.row(work, fmt.Sprintf("p50 %d ms, p99 %d ms", p50, p99), met, "p50 %.1f ms, p99 %.1f ms", millis(m.Latencies.P50), millis(m.Latencies.P99))
}

// digits returns so many neighbouring digits of somebody's phone number.
func (l *load) digits(n int) string {
	for {
		digits := strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' {
				return r
			}
			return -1
		}, l.anyone().Phone)
		if len(digits) > n {
			at := rand.IntN(len(digits) - n)
			return digits[at : at+n]
		}
	}
}

// popular returns the word whose number of matches is nearest to want.
func (l *load) popular(want int) (word string) {
	best := 1 << 30
	for _, candidate := range []string{"ahmed", "alaoui", "amine", "fatima", "hassan", "idrissi", "khadija", "maria", "mohamed", "sara", "tazi", "zahra"} {
		if off := max(want, l.driver.total("/customers/?query="+candidate)) - min(want, l.driver.total("/customers/?query="+candidate)); off < best {
			word, best = candidate, off
		}
	}
	return word
}

// soak reads and creates for a long time, then looks at the memory.
func (l *load) soak() {
	if *loadSoak == 0 {
		return
	}
	highest := int64(0)
	for end := time.Now().Add(*loadSoak); time.Now().Before(end); {
		l.driver.paced(*loadPace, 2*time.Second, l.newCustomer, 6**loadPace, l.anyRead)
		if anonymous, ok := l.server.anonymous(); ok {
			highest = max(highest, anonymous)
		}
	}
	l.memory(fmt.Sprintf("anonymous memory after %v of reads with %d creates/s", *loadSoak, *loadPace), l.server)
	l.table.row("… and the most that it was", "", true, "%d MB", highest)
}

// anyRead returns what an office asks for in a day.
func (l *load) anyRead() request {
	who := l.anyone()
	switch rand.IntN(8) {
	case 0:
		return get("/customers/?query=" + url.QueryEscape(who.Name))
	case 1:
		return get("/customers/?query=" + l.digits(6))
	case 2:
		return get("/customers/?sort=-last_interaction&region=Marrakech")
	case 3:
		return get("/customers/" + who.ID + "/summary")
	case 4:
		return get("/interactions/customer/" + who.ID)
	case 5:
		return get("/feedback/stats?days=365")
	case 6:
		return get("/interactions/?channel=phone&follow_up_required=true")
	}
	return get("/customers/" + who.ID)
}

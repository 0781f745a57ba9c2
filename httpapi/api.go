package httpapi

import (
	"log/slog"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"crm/auth"
	"crm/httpapi/metrics"
	"crm/index"
	"crm/store"
	"crm/store/backup"
)

// Config is what an API needs. Store, Backups, Index, Issuer and Verifier are required.
type Config struct {
	Store    *store.Store
	Backups  *backup.Schedule
	Index    *index.Index
	Issuer   *auth.Issuer
	Verifier *auth.Verifier

	Version    string
	Limits     Limits
	AccessTTL  time.Duration    // of access tokens; 30 min when 0
	RefreshTTL time.Duration    // of sessions and their refresh tokens; 30 days when 0
	HashCost   int              // bcrypt's; auth.DefaultCost when 0
	Origins    []string         // of other sites' pages that may call the API
	Localhost  bool             // pages of any localhost port may call it too
	Proxies    []string         // addresses and CIDR ranges of proxies whose X-Forwarded-For is believed
	Metrics    *metrics.Metrics // nil for none
	Stopping   <-chan struct{}  // closed when the service begins to stop, which ends event streams; nil for never
	Clock      func() time.Time
	Log        *slog.Logger
}

// Limits are per minute; 0 switches a limit off.
type Limits struct {
	Customers    int // created, per user
	Interactions int // created, per user
	Feedback     int // created, per customer
	Reads        int // customers on pages after the first, per user without the right to export them; at least MaxSize of a page
}

// DefaultLimits are the limits unless flags set others. Those for creations are the specification's (Rate Limiting).
var DefaultLimits = Limits{Customers: 20, Interactions: 100, Feedback: 10, Reads: 2_000}

// An API is the handler of all requests.
type API struct {
	Config
	hasher   *auth.Hasher
	throttle *auth.Throttle
	accounts accounts
	proxies  []netip.Prefix
	started  time.Time
	limits   struct {
		customers, interactions, feedback *limiter
		reads                             *readLimit
	}
	running  sync.Map // the Idempotency-Keys (store.ID) whose first request is not answered yet
	handler  http.Handler
	measured map[*route]*metrics.Route // by the route, nil for paths that nothing answers; empty if nothing is measured

	feed         feed
	streams      *quota // event streams
	exports      *quota
	bodies       *quota        // large bodies
	answers      *quota        // large answers, in KiB
	pingEvery    time.Duration // of streams
	chunkTimeout time.Duration // of streams
}

// New returns an API. It returns an error for origins that cannot be allowed, proxies that cannot be trusted, and metrics that another API
// uses already.
func New(c Config) (*API, error) {
	setDefaults(&c)
	proxies, err := parseProxies(c.Proxies)
	if err != nil {
		return nil, err
	}
	a := &API{Config: c, started: c.Clock(), proxies: proxies, hasher: auth.NewHasher(c.HashCost), throttle: auth.NewThrottle(c.Clock)}
	a.streams, a.exports = newQuota("event_streams", numberOf("event streams"), 256, 16), newQuota("exports", numberOf("exports"), 8, 2)
	a.bodies, a.answers = newQuota("large_bodies", numberOf("large bodies"), 16, 4), newQuota("large_answers", kibibytes, 64<<10, 32<<10)
	a.pingEvery, a.chunkTimeout = pingEvery, chunkTimeout
	a.limits.customers = newLimiter("customers", "new customers", c.Limits.Customers, c.Clock)
	a.limits.interactions = newLimiter("interactions", "new interactions", c.Limits.Interactions, c.Clock)
	a.limits.feedback = newLimiter("feedback", "feedback of one customer", c.Limits.Feedback, c.Clock)
	a.limits.reads = newReadLimit(c.Limits.Reads, c.Clock)
	if a.handler, err = a.wrap(a.router()); err != nil {
		return nil, err
	}
	return a, a.measure(c.Metrics)
}

func setDefaults(c *Config) {
	if c.AccessTTL == 0 {
		c.AccessTTL = 30 * time.Minute
	}
	if c.RefreshTTL == 0 {
		c.RefreshTTL = 30 * 24 * time.Hour
	}
	if c.HashCost == 0 {
		c.HashCost = auth.DefaultCost
	}
	if c.Clock == nil {
		c.Clock = store.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
}

func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.handler.ServeHTTP(w, r) }

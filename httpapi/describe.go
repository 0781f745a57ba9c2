package httpapi

import (
	"math"
	"time"

	"crm/store"
)

// A Description is the answer at the API's root.
type Description struct {
	Service string `json:"service"`
	Version string `json:"version"`
	Docs    string `json:"docs"`
	OpenAPI string `json:"openapi"`
	Health  string `json:"health"`
	Login   string `json:"login"`
	Zone    string `json:"timezone"` // the office's time zone
	// The zone's rules. Browsers may have another version of them.
	Data    string       `json:"timezone_data"` // the version of IANA's data, such as 2026f
	Today   string       `json:"today"`
	Offsets []zoneOffset `json:"utc_offsets"`
}

// A zoneOffset is how far the office's clocks are ahead of UTC from an instant on.
type zoneOffset struct {
	From    store.Time `json:"from"`
	Minutes int        `json:"minutes"`
}

// The years before and after now whose offsets are listed. The list begins earlier if there are older records.
const offsetYearsBack, offsetYearsAhead = 10, 3

// offsets returns the offsets of the office's zone, oldest first.
func (a *API) offsets(now store.Time) (list []zoneOffset, err error) {
	from, to := now.Std().AddDate(-offsetYearsBack, 0, 0), now.Std().AddDate(offsetYearsAhead, 0, 0)
	oldest, err := a.oldest(now)
	if err != nil {
		return nil, err
	}
	if t := oldest.Std(); t.Before(from) {
		from = time.Date(t.Year(), 1, 1, 0, 0, 0, 0, time.UTC) // only the year, because callers need no token
	}
	for _, o := range a.Store.Zone().Offsets(from, to) {
		list = append(list, zoneOffset{store.TimeOf(o.From), int(math.Round(o.Ahead.Minutes()))})
	}
	return list, nil
}

// oldest returns the time of the oldest record, or now if there is none.
func (a *API) oldest(now store.Time) (oldest store.Time, err error) {
	oldest = a.Index.Oldest(now)
	err = a.Store.View(func(tx *store.Tx) error {
		for id := range tx.Customers(store.ID{}) {
			c, err := tx.Customer(id)
			if err == nil {
				oldest = min(oldest, c.CreatedAt)
			}
			return err
		}
		return nil
	})
	return oldest, err
}

// describe answers at the API's root with the addresses of the documentation.
func (a *API) describe(c *call) error {
	now, z := a.Store.Now(), a.Store.Zone()
	offsets, err := a.offsets(now)
	if err != nil {
		return err
	}
	return c.respond(Description{
		ServiceName, a.Version, "/docs", "/openapi.json", "/health", base + "/auth/login",
		z.Name(), z.Data().Version, a.today().String(), offsets,
	})
}

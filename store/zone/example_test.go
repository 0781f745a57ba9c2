package zone_test

import (
	"fmt"
	"log"
	"time"

	"crm/store/zone"
)

// A day of the office begins at an instant, which depends on its time zone.
func Example() {
	z, err := zone.Embedded().Zone("Asia/Tokyo")
	if err != nil {
		log.Fatal(err)
	}
	day := z.Day(time.Date(2026, 11, 28, 16, 0, 0, 0, time.UTC)) // at night in Tokyo
	from, to := z.Start(day), z.Start(day+1)
	fmt.Println(day, from.UTC().Format(time.RFC3339), to.Sub(from))
	// Output: 2026-11-29 2026-11-28T15:00:00Z 24h0m0s
}

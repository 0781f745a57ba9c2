package sample_test

import (
	"fmt"
	"time"

	"crm/store/sample"
)

// The same options always give the same rows.
func Example() {
	g := sample.New(sample.Options{Seed: 1, Customers: 5, Now: time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)})
	for c := range g.Customers() {
		fmt.Println(c.Name(), c.LoyaltyStatus)
	}
	// Output:
	// Ahmed Hassan Gold
	// Hélène Müller Platinum
	// فاطمة العلوي Silver
	// Karim Benjelloun VIP
	// Youssef El Amrani Gold
}

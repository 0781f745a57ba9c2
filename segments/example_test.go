package segments_test

import (
	"fmt"

	"crm/segments"
	"crm/store"
)

// Filter selects the customers of a segment in the index; Matches and Explain look at one customer.
func Example() {
	criteria := store.Criteria{"tags": {"VIP", "Family"}, "loyalty_status": {"Gold"}}
	customer := &store.Customer{FullName: new("Salma Bennis"), LoyaltyStatus: "Silver", Tags: []string{"vip"}, IsActive: true}

	filter := segments.Filter(criteria) // ix.CountCustomers(filter) counts them
	fmt.Println("active customers only:", *filter.Active)
	fmt.Println("in the segment:", segments.Matches(criteria, customer))
	for _, c := range segments.Explain(criteria, customer) {
		fmt.Printf("%s: %v, has %v, wants one of %v\n", c.Key, c.Matches, c.Value, c.Values)
	}
	// Output:
	// active customers only: true
	// in the segment: false
	// loyalty_status: false, has Silver, wants one of [Gold]
	// tags: true, has [vip], wants one of [VIP Family]
}

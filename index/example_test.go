package index_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"crm/index"
	"crm/store"
)

// The index follows a store. Whoever has written waits for the sequence of the write before asking the index.
func Example() {
	dir, err := os.MkdirTemp("", "crm-example-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	st, err := store.Open(dir)
	if err != nil {
		log.Fatal(err)
	}
	defer st.Close()

	ix := index.New(st, filepath.Join(dir, "index"), index.Options{})
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- ix.Run(ctx) }()

	seq, err := st.Update(store.By{Actor: "example"}, func(tx *store.Tx) error {
		for i, name := range []string{"Salma Bennis", "Hélène Müller"} {
			c := &store.Customer{FullName: &name, ContactType: "Individual", Email: fmt.Sprintf("c%d@example.com", i), Phone: "0612345678", Tags: []string{"VIP"}}
			if _, err := tx.CreateCustomer(c, nil); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	if err := ix.Wait(ctx, seq); err != nil {
		log.Fatal(err)
	}
	page, err := ix.Customers(index.CustomerQuery{Text: "helene", Slice: index.Slice{Limit: 20}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("found:", page.Total)
	fmt.Println("tags:", ix.Values("tags"))
	fmt.Println("VIPs:", ix.CountCustomers(index.CustomerFilter{Values: store.Criteria{"tags": {"vip"}}}))

	stop()
	if err := <-done; err != nil {
		log.Fatal(err)
	}
	// Output:
	// found: 1
	// tags: [{VIP 2}]
	// VIPs: 2
}

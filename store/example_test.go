package store_test

import (
	"encoding/json"
	"fmt"
	"log"
	"os"

	"crm/store"
)

// A function given to Update checks first and writes after; what it wrote is on disk when Update returns.
func ExampleStore_Update() {
	dir, err := os.MkdirTemp("", "crm-example-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	s, err := store.Open(dir)
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()

	c := &store.Customer{ContactType: "Individual", Email: "ahmed@example.com", Phone: "0612345678"}
	_, err = s.Update(store.By{Actor: "example"}, func(tx *store.Tx) error {
		_, err := tx.CreateCustomer(c, nil)
		return err
	})
	if err != nil {
		log.Fatal(err)
	}
	err = s.View(func(tx *store.Tx) error {
		raw, err := tx.CustomerJSON(c.ID)
		if err != nil {
			return err
		}
		var read store.Customer
		if err := json.Unmarshal(raw, &read); err != nil {
			return err
		}
		fmt.Println(read.Email, read.LoyaltyStatus, tx.Seq())
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	// Output: ahmed@example.com New 1
}

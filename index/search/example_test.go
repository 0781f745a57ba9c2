package search_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/RoaringBitmap/roaring/v2"

	"crm/index/column"
	"crm/index/search"
	"crm/store"
	"crm/store/text"
)

// The caller has the customers' texts and tells the engine which of them change. The engine finds a customer at once, and need not
// have written it to its index for that.
func Example() {
	dir, err := os.MkdirTemp("", "crm-example-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	names := []string{"Salma Bennis", "Hélène Müller", "Omar Bensalami"}
	var texts column.Texts // a caller whose texts change guards them with a lock
	home := text.CountryOf("MA")
	for row, name := range names {
		c := &store.Customer{FullName: &name, Email: "someone@example.com", Phone: "0612345678"}
		texts.Put(uint32(row), search.AppendText(nil, c, home))
	}
	engine := search.New(dir, search.Source{
		Database: store.ID{1},
		Rows:     func() int { return len(names) },
		Row:      func(id store.ID) (uint32, bool) { return uint32(id[0]), int(id[0]) < len(names) },
		Documents: func(rows []uint32) (list []search.Document) {
			for _, row := range rows {
				list = append(list, search.Document{ID: store.ID{byte(row)}, Text: texts.Get(row)})
			}
			return list
		},
		Applied:      func() uint64 { return 3 },
		Seq:          func() uint64 { return 3 },
		ChangedSince: func(uint64) (*roaring.Bitmap, error) { return roaring.New(), nil },
	}, search.Options{})
	engine.Reset(len(names))
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); engine.Run(ctx) }()

	for _, typed := range []string{"helene", "sal", "06 12 34", "mullre"} {
		query, err := search.ParseQuery(typed, home)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Print(typed, ":")
		for _, rows := range engine.Find(&query, &texts, column.UpTo(len(names))) { // the best matches first
			for _, row := range rows.ToArray() {
				fmt.Printf(" %s;", names[row])
			}
		}
		fmt.Println()
	}
	stop()
	<-done
	// Output:
	// helene: Hélène Müller;
	// sal: Salma Bennis; Omar Bensalami;
	// 06 12 34: Salma Bennis; Hélène Müller; Omar Bensalami;
	// mullre: Hélène Müller;
}

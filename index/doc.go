// Package index answers what the store's sorted buckets cannot: lists by any filter and order, statistics,
// and the search for people. Everything in it is derived from the store, follows the store's change log, and
// can be thrown away.
//
// The facets (facet.go, column.go, order.go; customers.go, interactions.go, feedback.go) are in memory: bitmaps and
// columns over dense row numbers in the order of creation. They hold each customer's folded text too, and the matcher
// decides over it whether a customer answers a query. Bleve (search.go, postings.go) is on disk and only proposes candidates:
// rows that it does not have yet, or all of them while it is rebuilt, are candidates too. So a late or
// lost Bleve index makes a search slower and not wrong; verify.go looks for damage at each start. snapshot.go saves the facets for the next start.
//
//	ix := index.New(st, dir, index.Options{})
//	go ix.Run(ctx)                             // follows the log until ctx ends
//	err := ix.Wait(ctx, st.Seq())              // read your writes
//	page, err := ix.Customers(index.CustomerQuery{Text: "hassan", Limit: 20})
package index
